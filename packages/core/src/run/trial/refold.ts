import type { Plan } from "../../plan/plan.ts";
import type { Micros } from "../../time.ts";
import type { Effect, SignalEffect, TimerEffect } from "../effect.ts";
import type { Fact } from "../fact.ts";
import { Run } from "../run.ts";
import { Step } from "../step.ts";
import { placeOf, stepKey, type StepPlace } from "../step-key.ts";
import { FactQueue } from "./fact-queue.ts";
import { childDigestOf, digestOf, type RequestDigest } from "./request-digest.ts";

/** A run folded to look at it closely: all iterations are kept, and what its calls send is noted. */
export interface Refolded {
  readonly run: Run;
  /** The request of each call by `stepKey`; it is the same for all attempts. */
  readonly requests: ReadonlyMap<string, RequestDigest>;
  /** When each delay was due, by `stepKey`. */
  readonly dues: ReadonlyMap<string, Micros>;
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
 * before it now. A delay that the run did not have, or that was due at another time, ends when it is due. A call that was never made has no
 * answer, so its path ends there.
 *
 * @param facts  The first one is the delivery.
 * @param dues  When the delays of the recorded run were due. One that is due at the same time now ends with the recorded fact, if there is one.
 * @throws HistoryError
 */
export async function refold(
  plan: Plan,
  facts: readonly Fact[],
  dues: ReadonlyMap<string, Micros>,
  options: RefoldOptions,
): Promise<Refolded> {
  const folding = new Folding(plan, options);
  const [delivery, ...recorded] = facts;
  const queue = new FactQueue(recorded.filter((fact) => isOfPlan(fact, plan)));
  const unused = recorded.filter((fact) => !isOfPlan(fact, plan));
  const isFree = (effect: LimitedWait): boolean => dues.get(stepKey(effect)) !== effect.dueAt;
  if (delivery !== undefined) await folding.apply(delivery);
  while (folding.run.status === "running") {
    const fact = queue.take();
    if (fact === null) {
      const ended = await folding.endWait(Number.POSITIVE_INFINITY, isFree);
      if (ended === null) break;
      queue.recall(ended);
      continue;
    }
    if (!folding.awaits(fact, isFree)) {
      queue.keep(fact);
      continue;
    }
    const ended = await folding.endWait(fact.at, isFree);
    // What was due before the fact comes first, and may be what it waited for.
    if (ended !== null) {
      queue.putBack(fact);
      queue.recall(ended);
      continue;
    }
    queue.recall(await folding.apply(fact));
    if (folding.run.ignored !== null) unused.push(fact);
  }
  return folding.result([...unused, ...queue.rest()]);
}

function isOfPlan(fact: Fact, plan: Plan): boolean {
  return !("node" in fact) || fact.node === undefined || plan.nodeById.has(fact.node);
}

/** A wait that ends when it is due, if nothing else ends it. */
type LimitedWait = TimerEffect | (SignalEffect & { readonly dueAt: Micros });

function endsByItself(effect: Effect): effect is LimitedWait {
  return effect.kind === "timer" || (effect.kind === "signal" && effect.dueAt !== null);
}

class Folding {
  readonly run: Run;
  readonly #requests = new Map<string, RequestDigest>();
  readonly #dues = new Map<string, Micros>();
  readonly #rest: () => Promise<void>;
  readonly #sliceUnits: number;
  #restedAt = 0;

  constructor(plan: Plan, { runId, sliceUnits, rest }: RefoldOptions) {
    this.run = new Run(plan, runId, { sliceUnits, keepsIterations: true });
    this.#sliceUnits = sliceUnits;
    this.#rest = rest;
  }

  async apply(fact: Fact): Promise<readonly Effect[]> {
    let effects = this.run.apply(this.#addressed(fact), Math.max(0, this.run.seq));
    while (this.run.isPaused) {
      await this.#pause();
      effects = this.run.proceed();
    }
    for (const effect of effects) this.#note(effect);
    if (this.run.unitsSpent - this.#restedAt >= this.#sliceUnits) await this.#pause();
    return effects;
  }

  /** Says whether a fact would change something. One about the run itself always does. */
  awaits(fact: Fact, isFree: (effect: LimitedWait) => boolean): boolean {
    if (!("node" in fact) || fact.node === undefined) return true;
    const { node, iteration } = fact;
    const step = this.run.stepAt(placeOf({ node, iteration }));
    if (!(step instanceof Step) || step.status !== "waiting") return false;
    const limited = step.effect !== null && endsByItself(step.effect) ? step.effect : null;
    if (fact.kind === "timer") return limited?.kind === "timer" && !isFree(limited);
    if (fact.kind === "timeout") return step.timeout !== null || (limited !== null && !isFree(limited));
    return !("attempt" in fact) || fact.attempt === step.attempts;
  }

  /**
   * Ends the delay, or the wait for a signal, that is due first, if it is due by `at` and nothing is recorded of its end.
   *
   * @returns What follows; null when there is none.
   */
  async endWait(at: Micros, isFree: (effect: LimitedWait) => boolean): Promise<readonly Effect[] | null> {
    let first: LimitedWait | null = null;
    for (const effect of this.run.pendingEffects()) {
      if (!endsByItself(effect) || effect.dueAt > at || !isFree(effect)) continue;
      if (first === null || effect.dueAt < first.dueAt) first = effect;
    }
    if (first === null) return null;
    const kind = first.kind === "timer" ? "timer" : "timeout";
    return this.apply({ kind, ...placeOf(first), at: Math.max(first.dueAt, this.run.lastAt) });
  }

  result(unused: readonly Fact[]): Refolded {
    return { run: this.run, requests: this.#requests, dues: this.#dues, unused };
  }

  /** The id of a child follows from the time at which its parent asked for it, which may be another one now. */
  #addressed(fact: Fact): Fact {
    const step = fact.kind === "child" ? this.run.stepAt(fact) : null;
    if (fact.kind !== "child" || !(step instanceof Step) || step.effect?.kind !== "child") return fact;
    return { ...fact, runId: step.effect.runId };
  }

  #note(effect: Effect): void {
    if (effect.node === undefined || effect.kind === "timeout") return;
    const key = stepKey(effect);
    if (endsByItself(effect)) this.#dues.set(key, effect.dueAt);
    if (this.#requests.has(key)) return;
    if (effect.kind === "call") this.#requests.set(key, digestOf(effect.request()));
    else if (effect.kind === "child") this.#requests.set(key, childDigestOf(effect));
  }

  async #pause(): Promise<void> {
    await this.#rest();
    this.#restedAt = this.run.unitsSpent;
  }
}
