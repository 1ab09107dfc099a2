import type { Plan } from "../../plan/plan.ts";
import type { Micros } from "../../time.ts";
import type { Effect, SignalEffect, TimeoutEffect, TimerEffect } from "../effect.ts";
import type { Fact } from "../fact.ts";
import { Run } from "../run.ts";
import { placeOf, stepKey } from "../step-key.ts";
import { FactQueue } from "./fact-queue.ts";
import { childDigestOf, digestOf, type RequestDigest } from "./request-digest.ts";

/** A run folded to look at it closely: all iterations are kept, and what its calls send is noted. */
export interface Refolded {
  readonly run: Run;
  /** The request of each call by `stepKey`; it is the same for all attempts. */
  readonly requests: ReadonlyMap<string, RequestDigest>;
  /** When each delay, each limit of a wait and each timeout was due, by `dueKey`. */
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
 * @param dues  When the waits of the recorded run were due. One that is due at the same time now ends with the recorded fact, if there is one.
 * @throws HistoryError
 */
export async function refold(
  plan: Plan,
  facts: readonly Fact[],
  dues: ReadonlyMap<string, Micros>,
  options: RefoldOptions,
): Promise<Refolded> {
  const folding = new Folding(plan, options);
  const recorded = facts.slice(1);
  const queue = new FactQueue(recorded.filter((fact) => isOfPlan(fact, plan)));
  const unused = recorded.filter((fact) => !isOfPlan(fact, plan));
  const isFree: IsFree = (effect) => dues.get(dueKey(effect)) !== effect.dueAt;
  for (const delivery of facts.slice(0, 1)) await folding.apply(delivery);
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

/** Says of a wait that the recorded run did not have it, or that it was due at another time there. */
type IsFree = (effect: TimedEffect) => boolean;
type TimedEffect = TimerEffect | SignalEffect | TimeoutEffect;

function isTimed(effect: Effect): effect is TimedEffect {
  return effect.kind === "timer" || effect.kind === "signal" || effect.kind === "timeout";
}

/** A step has at most one wait of each kind; without a node it is the run's own. */
function dueKey({ kind, node, iteration }: Pick<TimedEffect, "kind" | "node" | "iteration">): string {
  return node === undefined ? kind : `${kind} ${stepKey(placeOf({ node, iteration }))}`;
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
  awaits(fact: Fact, isFree: IsFree): boolean {
    if (fact.kind === "timer" || fact.kind === "timeout") {
      // The limit of a wait for a signal ends with a timeout, too.
      const keys = fact.kind === "timer" ? [dueKey(fact)] : [dueKey(fact), dueKey({ ...fact, kind: "signal" })];
      const timed = this.run.pendingEffects().filter(isTimed);
      return timed.some((effect) => keys.includes(dueKey(effect)) && !isFree(effect));
    }
    if (!("node" in fact) || fact.node === undefined) return true;
    const { node, iteration } = fact;
    const step = this.run.stepAt(placeOf({ node, iteration }));
    if (step?.status !== "waiting") return false;
    return !("attempt" in fact) || fact.attempt === step.attempts;
  }

  /**
   * Ends the delay that is due first, if it is due by `at` and nothing is recorded of its end. A new wait for a signal does not end: nobody knows
   * whether somebody would have sent it.
   *
   * @returns What follows; null when there is no such delay.
   */
  async endWait(at: Micros, isFree: IsFree): Promise<readonly Effect[] | null> {
    let first: TimerEffect | null = null;
    for (const effect of this.run.pendingEffects()) {
      if (effect.kind !== "timer" || effect.dueAt > at || !isFree(effect)) continue;
      if (first === null || effect.dueAt < first.dueAt) first = effect;
    }
    if (first === null) return null;
    return this.apply({ kind: "timer", ...placeOf(first), at: Math.max(first.dueAt, this.run.lastAt) });
  }

  result(unused: readonly Fact[]): Refolded {
    return { run: this.run, requests: this.#requests, dues: this.#dues, unused };
  }

  /** The id of a child follows from the time at which its parent asked for it, which may be another one now. */
  #addressed(fact: Fact): Fact {
    if (fact.kind !== "child") return fact;
    const effect = this.run.stepAt(fact)?.effect;
    return effect?.kind === "child" ? { ...fact, runId: effect.runId } : fact;
  }

  #note(effect: Effect): void {
    if (isTimed(effect) && effect.dueAt !== null) this.#dues.set(dueKey(effect), effect.dueAt);
    if (effect.kind !== "call" && effect.kind !== "child") return;
    const key = stepKey(effect);
    if (this.#requests.has(key)) return;
    this.#requests.set(key, effect.kind === "call" ? digestOf(effect.request()) : childDigestOf(effect));
  }

  async #pause(): Promise<void> {
    await this.#rest();
    this.#restedAt = this.run.unitsSpent;
  }
}
