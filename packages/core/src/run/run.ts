import type { Plan } from "../plan/plan.ts";
import type { Json } from "../json.ts";
import type { Micros } from "../time.ts";
import { checkFact } from "./check-fact.ts";
import type { CallEffect, Effect } from "./effect.ts";
import type { RunEvent, RunResult } from "./event.ts";
import type { Fact } from "./fact.ts";
import { waitingSteps } from "./find-step.ts";
import type { RunOrigin } from "./origin.ts";
import { beginCounting, makePasses } from "./pass/passes.ts";
import { type ChildRun, type IgnoredReason, RunState } from "./run-state.ts";
import { FACT_UNITS } from "./semantics.ts";
import type { RunStatus } from "./status.ts";
import type { StepView } from "./step.ts";
import type { StepPlace } from "./step-key.ts";
import { takeFact } from "./take/take-fact.ts";

export interface RunOptions {
  readonly sliceUnits?: number;
  readonly keepsIterations?: boolean;
}

const NO_EFFECTS: readonly Effect[] = Object.freeze([]);

/**
 * One run, folded from its facts.
 *
 * Pure: the same plan and facts give the same state, events and effects on any machine. Total: a late, repeated or unexpected fact
 * changes nothing (`ignored` says why); only a history that this plan cannot have produced throws.
 *
 * How a run moves: a fact ends a waiting step (`take`, a file for each kind of fact); the frame of that step makes its pass (`pass`), in
 * which steps run, each as its kind does (`kind`), and end or wait. A loop opens a frame for each iteration, and a frame that ends gives its
 * result to the loop, which ends when the last one has.
 *
 * Over its whole life a run may cost `RUN_LIMITS`, counted in the same way on every machine. A long fold can be done in slices
 * (`sliceUnits`), between which the caller may do other work. Slices do not change results, events or cursors.
 *
 * Cost: 3 to 5 µs for a pure run of five nodes with its expressions; linear in nodes and facts.
 */
export class Run {
  readonly plan: Plan;
  readonly runId: string;
  readonly #state: RunState;

  /**
   * @param options.sliceUnits  How many units of work `apply` and `proceed` may do before they pause; by default they never pause.
   * @param options.keepsIterations  Steps of iterations that have ended can still be looked at (`stepAt`, `explainStep`). By default they are
   * dropped, so that a long loop does not fill the memory.
   */
  constructor(plan: Plan, runId: string, options: RunOptions = {}) {
    this.plan = plan;
    this.runId = runId;
    this.#state = new RunState(plan, runId, options.sliceUnits ?? null, options.keepsIterations ?? false);
  }

  get status(): RunStatus {
    return this.#state.status;
  }

  /** How the run ended; null while it is running. */
  get result(): RunResult | null {
    return this.#state.result;
  }

  /** The segment of the last fact; −1 before the first. */
  get seq(): number {
    return this.#state.seq;
  }

  /** The engine semantics that the run was started with; 1 before the first fact. */
  get semantics(): number {
    return this.#state.semantics;
  }

  /** The time of the delivery. */
  get startedAt(): Micros {
    return this.#state.startedAt;
  }

  /** The headers of the delivery, by lower-case name; null before the first fact. */
  get deliveryHeaders(): Json {
    return this.#state.root.scope.headers;
  }

  /** Null where a webhook started the run. */
  get origin(): RunOrigin | null {
    return this.#state.origin;
  }

  /** The run waits for its turn. */
  get isHeld(): boolean {
    return this.#state.isHeld && this.#state.status === "running";
  }

  /** The runs that `call_workflow` steps started, in the order in which they were asked for; those in loops too. */
  get children(): readonly ChildRun[] {
    return this.#state.children;
  }

  /** The time of the last fact that was not ignored. A new fact should not be older; an older one counts as having arrived at this time. */
  get lastAt(): Micros {
    return this.#state.lastAt;
  }

  /** The step of every node of the workflow, without those inside loops, in plan order. Live: shows the current state. */
  get steps(): readonly StepView[] {
    return this.#state.root.steps;
  }

  /** Why the last applied fact changed nothing; null when it changed something. */
  get ignored(): IgnoredReason | null {
    return this.#state.ignored;
  }

  /** The units of work that the fold has cost so far: 20 to 50 ns each on a slow machine. */
  get unitsSpent(): number {
    return this.#state.unitsSpent;
  }

  /** The last fact is not completely folded: call `proceed`, and nothing else that depends on the state. */
  get isPaused(): boolean {
    return this.#state.queue !== null;
  }

  /** See `Plan.waitsCanLapse`. */
  get waitsCanLapse(): boolean {
    return this.plan.waitsCanLapse;
  }

  /** Collects events from now on, for `takeEvents`. Before that, events cost nothing and are not kept. */
  observe(): void {
    this.#state.log.open();
  }

  /** Returns the events collected since the last call, in order. */
  takeEvents(): RunEvent[] {
    return this.#state.log.take();
  }

  /**
   * Folds the next fact and returns the effects that it causes.
   *
   * Nothing returned may start before the segments up to `seq` are durable. A terminal status returns no effects and voids all earlier
   * ones.
   *
   * @param seq  The segment the fact is part of: that of the previous fact, or the next one.
   * @returns Nothing while `isPaused`: the last `proceed` returns the effects of this fact.
   * @throws HistoryError before anything has changed; for a delivery that keeps what the plan does not have, when the run is of no more use.
   */
  apply(fact: Fact, seq: number): readonly Effect[] {
    const state = this.#state;
    if (this.isPaused) throw new Error(`Run ${this.runId} is paused; call proceed before applying the next fact`);
    checkFact(state, fact, seq);
    state.seq = seq;
    state.ignored = null;
    state.effects = null;
    state.mustSift = false;
    state.startSlice();
    state.unitsSpent += FACT_UNITS;
    takeFact(state, fact);
    return this.#asked();
  }

  /**
   * Continues the paused fold of a fact for another slice.
   *
   * @returns The effects of the fact, once the run is no longer paused.
   */
  proceed(): readonly Effect[] {
    if (!this.isPaused) return NO_EFFECTS;
    this.#state.startSlice();
    beginCounting(this.#state);
    makePasses(this.#state);
    return this.#asked();
  }

  /** The effects of the fact, once it is folded: those that still count. */
  #asked(): readonly Effect[] {
    const { effects, mustSift } = this.#state;
    if (this.isPaused || effects === null) return NO_EFFECTS;
    return mustSift ? effects.filter((effect) => this.awaits(effect)) : effects;
  }

  /**
   * The effects that the current state requires, the run's own timeout first, then in plan order: after a takeover, everything that was in
   * progress. A call without an answer has the same attempt and idempotency key. At-most-once calls that may have been sent are left out; see
   * `unansweredIntents`.
   */
  pendingEffects(): readonly Effect[] {
    const { root, status, timeout } = this.#state;
    const effects: Effect[] = timeout !== null && status === "running" ? [timeout] : [];
    for (const step of waitingSteps(root)) {
      if (step.effect !== null && !step.hasIntent) effects.push(step.effect);
      if (step.timeout !== null) effects.push(step.timeout);
    }
    return effects;
  }

  /**
   * At-most-once calls that were about to be sent and have no answer. A new owner of the run, which does not know their outcome, appends a
   * `failure` fact with `outcome_unknown` for each.
   */
  unansweredIntents(): readonly CallEffect[] {
    const calls: CallEffect[] = [];
    for (const step of waitingSteps(this.#state.root)) {
      if (step.effect?.kind === "call" && step.hasIntent) calls.push(step.effect);
    }
    return calls;
  }

  /** Says whether the run still waits for this effect: an iteration of a loop that has failed no longer does, nor a step that timed out. */
  awaits(effect: Effect): boolean {
    const { status, timeout } = this.#state;
    if (effect.node === undefined) return timeout === effect && status === "running";
    const step = this.#state.find(effect.node, effect.iteration);
    return step !== null && (step.effect === effect || step.timeout === effect);
  }

  /** The step of a node; inside loops, of an iteration that goes on or is kept. Null when there is none. */
  stepAt({ node, iteration }: StepPlace): StepView | null {
    return this.#state.find(node, iteration);
  }
}
