import type { Plan } from "../../plan/plan.ts";
import type { Micros } from "../../time.ts";
import type { CallEffect, Effect, SignalEffect, TimerEffect } from "../effect.ts";
import type { Fact } from "../fact.ts";
import { Run } from "../run.ts";
import { placeOf, stepKey, type StepPlace } from "../step-key.ts";
import { digestOf, type RequestDigest } from "./request-digest.ts";

/** A run folded to look at it closely: all iterations are kept, and what its calls send is noted. */
export interface Refolded {
  readonly run: Run;
  /** The request of each call by `stepKey`; it is the same for all attempts. */
  readonly requests: ReadonlyMap<string, RequestDigest>;
  /** Facts that have no place in this plan: they belong to steps that it does not have, or that did not wait for them. */
  readonly unused: readonly Fact[];
}

interface RefoldOptions {
  readonly runId: string;
  readonly sliceUnits: number;
  /** Awaited between slices. */
  readonly rest: () => Promise<void>;
}

/** Folds a run's facts under the plan that it was started with. @throws HistoryError */
export async function foldRecorded(plan: Plan, facts: readonly Fact[], options: RefoldOptions): Promise<Refolded> {
  const folding = new Folding(plan, options);
  for (const fact of facts) await folding.apply(fact);
  return folding.result([]);
}

/**
 * Folds the facts of a run under another plan, as far as they answer what it asks for.
 *
 * Facts are matched by node, iteration and attempt, not by their order: a call that has moved finds its answer although other steps come
 * before it now. A wait that the run did not have ends when it is due. A call that was never made has no answer, so its path ends there.
 *
 * @param facts  The first one is the delivery.
 * @param isOpen  Says of a place that its wait was still going on when the facts were read; then nothing is known of its end.
 * @throws HistoryError
 */
export async function refold(
  plan: Plan,
  facts: readonly Fact[],
  isOpen: (place: StepPlace) => boolean,
  options: RefoldOptions,
): Promise<Refolded> {
  const folding = new Folding(plan, options);
  const [delivery, ...recorded] = facts;
  if (delivery !== undefined) await folding.apply(delivery);
  const unused: Fact[] = [];
  const left: Fact[] = [];
  for (const fact of recorded) (isOfPlan(fact, plan) ? left : unused).push(fact);
  while (folding.run.status === "running") {
    const next = await nextAwaited(folding, left, isOpen);
    if (next !== null) {
      left.splice(left.indexOf(next), 1);
      await folding.apply(next);
      if (folding.run.ignored !== null) unused.push(next);
    } else if (!(await folding.endWait(Number.POSITIVE_INFINITY, left, isOpen))) break;
  }
  return folding.result([...unused, ...left]);
}

function isOfPlan(fact: Fact, plan: Plan): boolean {
  return !("node" in fact) || fact.node === undefined || plan.nodeById.has(fact.node);
}

/** The first fact that something waits for, once the waits that were over before it have ended; null when there is none. */
async function nextAwaited(
  folding: Folding,
  left: readonly Fact[],
  isOpen: (place: StepPlace) => boolean,
): Promise<Fact | null> {
  for (const fact of left) {
    if (!folding.awaits(fact)) continue;
    while (await folding.endWait(fact.at, left, isOpen));
    if (folding.run.status !== "running") return null;
    if (folding.awaits(fact)) return fact;
  }
  return null;
}

class Folding {
  readonly run: Run;
  readonly #requests = new Map<string, RequestDigest>();
  readonly #rest: () => Promise<void>;
  readonly #sliceUnits: number;
  #restedAt = 0;

  constructor(plan: Plan, { runId, sliceUnits, rest }: RefoldOptions) {
    this.run = new Run(plan, runId, { sliceUnits, keepsIterations: true });
    this.#sliceUnits = sliceUnits;
    this.#rest = rest;
  }

  async apply(fact: Fact): Promise<void> {
    let effects = this.run.apply(fact, Math.max(0, this.run.seq));
    while (this.run.isPaused) {
      await this.#pause();
      effects = this.run.proceed();
    }
    for (const effect of effects) if (effect.kind === "call") this.#note(effect);
    if (this.run.unitsSpent - this.#restedAt >= this.#sliceUnits) await this.#pause();
  }

  /** Says whether a fact would change something. One about the run itself always does. */
  awaits(fact: Fact): boolean {
    if (!("node" in fact) || fact.node === undefined) return true;
    const { node, iteration } = fact;
    const step = this.run.stepAt(placeOf({ node, iteration }));
    if (step?.status !== "waiting") return false;
    if (fact.kind === "timeout") return step.timeout !== null || (step.effect !== null && endsByItself(step.effect));
    return !("attempt" in fact) || fact.attempt === step.attempts;
  }

  /**
   * Ends the wait that is due first, if it is due by `at` and no fact says when it ended.
   *
   * @returns False when there is none.
   */
  async endWait(at: Micros, recorded: readonly Fact[], isOpen: (place: StepPlace) => boolean): Promise<boolean> {
    const [first] = this.run
      .pendingEffects()
      .filter(endsByItself)
      .filter((effect) => effect.dueAt <= at && !isOpen(effect) && !hasEnd(recorded, effect))
      .sort((one, other) => one.dueAt - other.dueAt);
    if (first === undefined) return false;
    await this.apply({ kind: endOf(first), ...placeOf(first), at: Math.max(first.dueAt, this.run.lastAt) });
    return true;
  }

  result(unused: readonly Fact[]): Refolded {
    return { run: this.run, requests: this.#requests, unused };
  }

  #note(effect: CallEffect): void {
    const key = stepKey(effect);
    if (!this.#requests.has(key)) this.#requests.set(key, digestOf(effect.request()));
  }

  async #pause(): Promise<void> {
    await this.#rest();
    this.#restedAt = this.run.unitsSpent;
  }
}

/** A wait that ends when it is due, if nothing else ends it. */
type LimitedWait = TimerEffect | (SignalEffect & { readonly dueAt: Micros });

function endsByItself(effect: Effect): effect is LimitedWait {
  return effect.kind === "timer" || (effect.kind === "signal" && effect.dueAt !== null);
}

/** The kind of fact that says so. */
function endOf({ kind }: LimitedWait): "timer" | "timeout" {
  return kind === "timer" ? "timer" : "timeout";
}

function hasEnd(facts: readonly Fact[], wait: LimitedWait): boolean {
  const [key, kind] = [stepKey(wait), endOf(wait)];
  return facts.some(
    (fact) => fact.kind === kind && fact.node !== undefined && stepKey(placeOf({ ...fact, node: fact.node })) === key,
  );
}
