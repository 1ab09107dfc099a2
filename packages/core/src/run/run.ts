import { addUnits, hasOverspent, limitUnits, ranOutOfUnits, spentUnits, takeSpentUnits } from "../expression/budget.ts";
import { evaluate } from "../expression/evaluate.ts";
import type { Scope } from "../expression/index.ts";
import { useSemantics } from "../expression/semantics.ts";
import type { Json, JsonArray } from "../json.ts";
import { emptyObject } from "../json-kind.ts";
import { roundNumbers } from "../round-numbers.ts";
import type { HttpCallStep, LoopStep, Plan } from "../plan/plan.ts";
import type { Micros } from "../time.ts";
import { callError, callOutput, isSuccess, withoutPrototype } from "./call-outcome.ts";
import type { CallEffect, Effect, TimeoutEffect } from "./effect.ts";
import { errorData, EventLog } from "./event-log.ts";
import type { RunEvent, RunResult, StepError } from "./event.ts";
import type {
  ChildFact,
  DeliveryFact,
  Fact,
  FailureFact,
  IntentFact,
  ResponseFact,
  SignalFact,
  TimeoutFact,
  TimerFact,
} from "./fact.ts";
import { findStep, waitingSteps } from "./find-step.ts";
import { Frame } from "./frame.ts";
import { HistoryError } from "./history-error.ts";
import type { Kept } from "./kept.ts";
import { measureJson } from "./json-size.ts";
import { KeptSignals } from "./kept-signals.ts";
import type { RunOrigin } from "./origin.ts";
import { restore } from "./restore.ts";
import { runBranch } from "./kind/branch.ts";
import { isCall, retryOf, runCall } from "./kind/call.ts";
import { outcomeOfChild, runCallWorkflow } from "./kind/call-workflow.ts";
import { runDelay } from "./kind/delay.ts";
import { countIteration, resultOf, runLoop } from "./kind/loop.ts";
import { runTemplate } from "./kind/template.ts";
import { runTerminate } from "./kind/terminate.ts";
import { runWaitForSignal, signalOutput } from "./kind/wait-for-signal.ts";
import { runXmlJson } from "./kind/xml-json.ts";
import { Loop } from "./loop.ts";
import { type Outcome, succeeded } from "./outcome.ts";
import { explainFailure } from "./request.ts";
import { checkSemantics, EDGE_UNITS, FACT_UNITS, RUN_LIMITS, SEMANTICS, STEP_UNITS } from "./semantics.ts";
import type { RunStatus } from "./status.ts";
import { iterationScope, namesSeenBy, RunScope, scopeAt } from "./scope.ts";
import { placeOfStep, type Step, type StepView } from "./step.ts";
import type { StepPlace } from "./step-key.ts";
import { timeoutError } from "./timeout.ts";
import { formatTimestamp } from "./timestamp.ts";

/**
 * Why a fact changed nothing. `run_over` and `step_over`: it came too late. `not_awaited`: no step was waiting for it or for that attempt.
 * `already_known`: it is a signal that was recorded before.
 */
export type IgnoredReason = "run_over" | "step_over" | "not_awaited" | "already_known";

/** A run that a step of another run started. */
export interface ChildRun extends StepPlace {
  readonly runId: string;
  /** Its workflow's slug. */
  readonly workflow: string;
}

export interface RunOptions {
  readonly sliceUnits?: number;
  readonly keepsIterations?: boolean;
}

const NO_EFFECTS: readonly Effect[] = Object.freeze([]);
const NO_CHILDREN: readonly ChildRun[] = Object.freeze([]);
const NOWHERE: readonly number[] = Object.freeze([]);

/** A placeholder until the delivery, the first fact, creates the scope; never written to. */
const NO_SCOPE = Object.freeze(new RunScope({ headers: null, query: null, body: null }, "", ""));

/**
 * One run, folded from its facts.
 *
 * Pure: the same plan and facts give the same state, events and effects on any machine. Total: a late, repeated or unexpected fact
 * changes nothing (`ignored` says why); only a history that this plan cannot have produced throws.
 *
 * How a run moves: a fact ends a waiting step; the frame of that step makes its pass (`Frame`). A loop opens a frame for each iteration, and
 * a frame that ends gives its result to the loop, which ends when the last one has.
 *
 * Over its whole life a run may cost `RUN_LIMITS`, counted in the same way on every machine. A long fold can be done in slices
 * (`sliceUnits`), between which the caller may do other work. Slices do not change results, events or cursors.
 *
 * Cost: 3 to 5 µs for a pure run of five nodes with its expressions; linear in nodes and facts.
 */
export class Run {
  readonly plan: Plan;
  readonly runId: string;
  readonly #log: EventLog;
  /** The workflow itself. */
  #root: Frame;
  /** Frames with a pass to make, the next one last. Not empty after a fact: the run is paused. */
  readonly #queue: Frame[] = [];
  #status: RunStatus = "running";
  #result: RunResult | null = null;
  #seq = -1;
  #startedAt: Micros = 0;
  #origin: RunOrigin | null = null;
  /** What is taken over from another run when this one begins; null when there is nothing, or it has begun. */
  #kept: readonly Kept[] | null = null;
  #lastAt: Micros = 0;
  /** `#lastAt` as expressions see it. */
  #now = "";
  #ignored: IgnoredReason | null = null;
  #children: ChildRun[] | null = null;
  #isHeld = false;
  /** The index of the node that starts the run. */
  #startIndex = 0;
  #effects: Effect[] | null = null;
  /** Some of `#effects` may have been given up by the same fact. */
  #mustSift = false;
  /** The end of the time that the run may take. */
  #timeout: TimeoutEffect | null = null;
  /** Null before the first signal. */
  #signals: KeptSignals | null = null;
  #semantics = 1;
  #unitsSpent = 0;
  /** Null when there are no slices. */
  readonly #sliceUnits: number | null;
  readonly #keepsIterations: boolean;
  /** The value of `#unitsSpent` at the end of the current slice. */
  #sliceEnd = 0;

  /**
   * @param options.sliceUnits  How many units of work `apply` and `proceed` may do before they pause; by default they never pause.
   * @param options.keepsIterations  Steps of iterations that have ended can still be looked at (`stepAt`, `scopeOf`). By default they are
   * dropped, so that a long loop does not fill the memory.
   */
  constructor(plan: Plan, runId: string, options: RunOptions = {}) {
    this.plan = plan;
    this.runId = runId;
    this.#sliceUnits = options.sliceUnits ?? null;
    this.#keepsIterations = options.keepsIterations ?? false;
    this.#log = new EventLog(runId);
    this.#root = new Frame(plan, null, NOWHERE, NO_SCOPE);
  }

  get status(): RunStatus {
    return this.#status;
  }

  /** How the run ended; null while it is running. */
  get result(): RunResult | null {
    return this.#result;
  }

  /** The segment of the last fact; −1 before the first. */
  get seq(): number {
    return this.#seq;
  }

  /** The engine semantics that the run was started with; 1 before the first fact. */
  get semantics(): number {
    return this.#semantics;
  }

  /** The time of the delivery. */
  get startedAt(): Micros {
    return this.#startedAt;
  }

  /** Null where a webhook started the run. */
  get origin(): RunOrigin | null {
    return this.#origin;
  }

  /** The run waits for its turn. */
  get isHeld(): boolean {
    return this.#isHeld && this.#status === "running";
  }

  /** The runs that `call_workflow` steps started, in the order in which they were asked for; those in loops too. */
  get children(): readonly ChildRun[] {
    return this.#children ?? NO_CHILDREN;
  }

  /** The time of the last fact that was not ignored. A new fact should not be older; an older one counts as having arrived at this time. */
  get lastAt(): Micros {
    return this.#lastAt;
  }

  /** The step of every node of the workflow, without those inside loops, in plan order. Live: shows the current state. */
  get steps(): readonly StepView[] {
    return this.#root.steps;
  }

  /** Why the last applied fact changed nothing; null when it changed something. */
  get ignored(): IgnoredReason | null {
    return this.#ignored;
  }

  /** The units of work that the fold has cost so far: 20 to 50 ns each on a slow machine. */
  get unitsSpent(): number {
    return this.#unitsSpent;
  }

  /** The last fact is not completely folded: call `proceed`, and nothing else that depends on the state. */
  get isPaused(): boolean {
    return this.#queue.length > 0;
  }

  /** Collects events from now on, for `takeEvents`. Before that, events cost nothing and are not kept. */
  observe(): void {
    this.#log.open();
  }

  /** Returns the events collected since the last call, in order. */
  takeEvents(): RunEvent[] {
    return this.#log.take();
  }

  /**
   * Folds the next fact and returns the effects that it causes.
   *
   * Nothing returned may start before the segments up to `seq` are durable. A terminal status returns no effects and voids all earlier
   * ones.
   *
   * @param seq  The segment the fact is part of: that of the previous fact, or the next one.
   * @returns Nothing while `isPaused`: the last `proceed` returns the effects of this fact.
   * @throws HistoryError before anything has changed.
   */
  apply(fact: Fact, seq: number): readonly Effect[] {
    this.#check(fact, seq);
    this.#seq = seq;
    this.#ignored = null;
    this.#effects = null;
    this.#mustSift = false;
    this.#sliceEnd = this.#unitsSpent + (this.#sliceUnits ?? 0);
    this.#unitsSpent += FACT_UNITS;
    switch (fact.kind) {
      case "delivery":
        this.#start(fact);
        break;
      case "begin":
        this.#begin(fact.at);
        break;
      case "cancel":
        this.#cancel(fact.at, fact.reason);
        break;
      case "intent":
        this.#recordIntent(fact);
        break;
      case "timer":
        this.#fireTimer(fact);
        break;
      case "child":
        this.#endChild(fact);
        break;
      case "response":
      case "failure":
        this.#answer(fact);
        break;
      case "timeout":
        this.#timeOut(fact);
        break;
      case "signal":
        this.#receive(fact);
        break;
    }
    return this.#asked();
  }

  /**
   * Continues the paused fold of a fact for another slice.
   *
   * @returns The effects of the fact, once the run is no longer paused.
   */
  proceed(): readonly Effect[] {
    if (!this.isPaused) return NO_EFFECTS;
    this.#sliceEnd = this.#unitsSpent + (this.#sliceUnits ?? 0);
    this.#beginCounting();
    this.#makePasses();
    return this.#asked();
  }

  /** The effects of the fact, once it is folded: those that still count. */
  #asked(): readonly Effect[] {
    if (this.isPaused || this.#effects === null) return NO_EFFECTS;
    return this.#mustSift ? this.#effects.filter((effect) => this.awaits(effect)) : this.#effects;
  }

  /**
   * The effects that the current state requires, the run's own timeout first, then in plan order: after a takeover, everything that was in
   * progress. A call without an answer has the same attempt and idempotency key. At-most-once calls that may have been sent are left out; see
   * `unansweredIntents`.
   */
  pendingEffects(): readonly Effect[] {
    const effects: Effect[] = this.#timeout !== null && this.#status === "running" ? [this.#timeout] : [];
    for (const step of waitingSteps(this.#root)) {
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
    for (const step of waitingSteps(this.#root)) {
      if (step.effect?.kind === "call" && step.hasIntent) calls.push(step.effect);
    }
    return calls;
  }

  /** See `Plan.waitsCanLapse`. */
  get waitsCanLapse(): boolean {
    return this.plan.waitsCanLapse;
  }

  /** Says whether the run still waits for this effect: an iteration of a loop that has failed no longer does, nor a step that timed out. */
  awaits(effect: Effect): boolean {
    if (effect.node === undefined) return this.#timeout === effect && this.#status === "running";
    const step = findStep(this.#root, this.plan, effect.node, effect.iteration);
    return step !== null && (step.effect === effect || step.timeout === effect);
  }

  /** The step of a node; inside loops, of an iteration that goes on or is kept. Null when there is none. */
  stepAt(place: StepPlace): StepView | null {
    return this.#find(place);
  }

  /**
   * What a step's expressions saw when it ran: `now` is the time at that point, and `nodes` holds the steps on paths that lead to it. Null when
   * the step has not run, and for a place that the run does not have. Created for each call and not kept.
   */
  scopeOf(place: StepPlace): Scope | null {
    const step = this.#find(place);
    return step === null || step.startedAt === null ? null : scopeAt(step, formatTimestamp(step.startedAt));
  }

  #find({ node, iteration }: StepPlace): Step | null {
    return findStep(this.#root, this.plan, node, iteration);
  }

  #check(fact: Fact, seq: number): void {
    if (this.isPaused) throw new Error(`Run ${this.runId} is paused; call proceed before applying the next fact`);
    if (this.#seq === -1) {
      if (seq !== 0 || fact.kind !== "delivery") {
        throw new HistoryError(
          "history_start",
          `Run ${this.runId} starts with a ${fact.kind} fact in segment ${seq} instead of a delivery in segment 0`,
        );
      }
      checkSemantics(fact.semantics ?? 1, this.runId);
      return;
    }
    if (seq !== this.#seq && seq !== this.#seq + 1) {
      throw new HistoryError("history_gap", `Run ${this.runId} has segment ${seq} after ${this.#seq}`);
    }
    if (fact.kind === "delivery") {
      throw new HistoryError("history_start", `Run ${this.runId} has a second delivery in segment ${seq}`);
    }
    if ("node" in fact && fact.node !== undefined && !this.plan.nodeById.has(fact.node)) {
      throw new HistoryError(
        "history_unknown_node",
        `Run ${this.runId} has a ${fact.kind} fact for node "${fact.node}", which plan ${this.plan.hash} does not have`,
      );
    }
  }

  /** Makes a fact's time the current one. The clocks of successive owners differ, but a run's time never goes back. */
  #moveTo(at: Micros): void {
    if (at > this.#lastAt) {
      this.#lastAt = at;
      this.#now = formatTimestamp(at);
    }
    this.#log.moveTo(this.#seq, this.#lastAt);
  }

  // Facts ----------------------------------------------------------------------------------------------------------------

  #start(delivery: DeliveryFact): void {
    this.#semantics = delivery.semantics ?? 1;
    const body = this.#semantics === 1 ? roundNumbers(delivery.body) : delivery.body;
    this.#startedAt = delivery.at;
    this.#origin = delivery.origin ?? null;
    this.#kept = delivery.kept ?? null;
    this.#startIndex = delivery.start === undefined ? 0 : (this.plan.indexById.get(delivery.start) ?? 0);
    this.#lastAt = delivery.at;
    this.#now = formatTimestamp(delivery.at);
    this.#log.moveTo(this.#seq, delivery.at);
    const received = { headers: withoutPrototype(delivery.headers), query: withoutPrototype(delivery.query), body };
    this.#root.scope = new RunScope(received, this.runId, this.#now);

    this.#log.runStarted(this.plan.slug);
    if (delivery.held === true) {
      this.#isHeld = true;
      this.#log.runHeld();
    } else {
      this.#enter();
    }
  }

  #begin(at: Micros): void {
    if (!this.#isHeld || this.#status !== "running") {
      this.#ignored = this.#status === "running" ? "not_awaited" : "run_over";
      return;
    }
    this.#moveTo(at);
    this.#isHeld = false;
    this.#log.runBegun(this.#lastAt - this.#startedAt);
    this.#enter();
  }

  /** Ends the step that started the run, skips the one that did not, and runs what follows. */
  #enter(): void {
    const { timeoutMs } = this.plan;
    if (timeoutMs !== null) {
      this.#timeout = { kind: "timeout", dueAt: this.#lastAt + timeoutMs * 1000 };
      this.#request(this.#timeout);
    }
    this.#beginCounting();
    for (const index of this.plan.starts) {
      const step = this.#root.steps[index];
      if (step === undefined) continue;
      if (index === this.#startIndex) {
        step.startedAt = this.#lastAt;
        this.#end(step, "succeeded", this.#root.scope.input, "out");
      } else {
        this.#log.stepSkipped(step);
        this.#end(step, "skipped", null, null);
      }
    }
    if (this.#kept !== null) this.#continueFrom(this.#kept);
    this.#kept = null;
    this.#makePasses();
  }

  /** Takes over what another run did, and goes on from there. */
  #continueFrom(kept: readonly Kept[]): void {
    addUnits(STEP_UNITS * kept.length);
    const loops = restore(this.#root, this.plan, kept, this.#lastAt, (step) => this.#log.stepKept(step));
    for (const { step, loop, frames } of loops) {
      if (this.#keepsIterations) step.lastLoop = loop;
      this.#log.loopContinued(step, loop.progress);
      this.#limit(step);
      for (const frame of frames.toReversed()) this.#enqueue(frame);
    }
    for (const { step, loop } of loops) this.#advance(step, loop);
  }

  #cancel(at: Micros, reason: string | undefined): void {
    if (this.#status !== "running") {
      this.#ignored = "run_over";
      return;
    }
    this.#moveTo(at);
    this.#finish({ status: "canceled", output: null, ...(reason === undefined ? {} : { reason }) });
  }

  #recordIntent(fact: IntentFact): void {
    const step = this.#awaiting(fact);
    if (step === null) return;
    const { effect } = step;
    if (effect?.kind !== "call" || !effect.atMostOnce || effect.attempt !== fact.attempt || step.hasIntent) {
      this.#ignored = "not_awaited";
      return;
    }
    this.#moveTo(fact.at);
    step.hasIntent = true;
    this.#log.attemptStarted(step, effect);
  }

  #fireTimer(fact: TimerFact): void {
    const step = this.#awaiting(fact);
    if (step === null) return;
    if (step.effect?.kind !== "timer") {
      this.#ignored = "not_awaited";
      return;
    }
    this.#moveTo(fact.at);
    this.#log.timerFired(step, step.effect.dueAt);
    this.#beginCounting();
    this.#continue(step, succeeded(null));
    this.#makePasses();
  }

  #timeOut(fact: TimeoutFact): void {
    if (fact.node === undefined) {
      if (this.#status !== "running") this.#ignored = "run_over";
      else if (this.#timeout === null) this.#ignored = "not_awaited";
      else this.#endLate(fact.at);
      return;
    }
    const step = this.#awaiting({ ...fact, node: fact.node });
    if (step === null) return;
    const { effect, loop, timeout } = step;
    const isSignal = effect?.kind === "signal" && effect.dueAt !== null;
    if (timeout === null && !isSignal) {
      this.#ignored = "not_awaited";
      return;
    }
    this.#moveTo(fact.at);
    this.#beginCounting();
    if (isSignal && step.planNode.outgoing.some(({ port }) => port === "timeout")) {
      this.#continue(step, succeeded(null, "timeout"));
    } else {
      if (loop !== null) for (const frame of loop.inOrder()) this.#abandon(frame);
      this.#fail(step, timeoutError(step), loop === null ? null : loop.output());
    }
    this.#makePasses();
  }

  #endLate(at: Micros): void {
    this.#moveTo(at);
    const message = `The run did not end within ${this.plan.timeoutMs} ms`;
    this.#finish({ status: "failed", output: null, error: { code: "run_timeout", message } });
  }

  #receive(recorded: SignalFact): void {
    const fact = this.#semantics === 1 ? { ...recorded, payload: roundNumbers(recorded.payload) } : recorded;
    if (this.#status !== "running") {
      this.#ignored = "run_over";
      return;
    }
    this.#signals ??= new KeptSignals();
    if (!this.#signals.note(fact)) {
      this.#ignored = "already_known";
      return;
    }
    this.#moveTo(fact.at);
    const { values, characters } = measureJson(fact.payload);
    this.#unitsSpent += 2 * values + (characters >>> 4);
    const step = waitingSteps(this.#root).find(({ effect }) => effect?.kind === "signal" && effect.name === fact.name);
    this.#log.signalReceived(fact, step ?? null);
    if (step === undefined) {
      this.#signals.keep(fact);
      return;
    }
    this.#beginCounting();
    this.#continue(step, succeeded(signalOutput(fact)));
    this.#makePasses();
  }

  #endChild(recorded: ChildFact): void {
    const step = this.#awaiting(recorded);
    if (step === null) return;
    const kind = step.planNode.step;
    if (kind.type !== "call_workflow@1" || step.effect?.kind !== "child" || step.effect.runId !== recorded.runId) {
      this.#ignored = "not_awaited";
      return;
    }
    this.#moveTo(recorded.at);
    const { values, characters } = measureJson(recorded.output);
    this.#unitsSpent += 2 * values + (characters >>> 4);
    if (recorded.status === "not_started")
      this.#children = this.#children?.filter(({ runId }) => runId !== recorded.runId) ?? null;
    this.#log.childEnded(step, recorded);
    this.#beginCounting();
    this.#continue(step, outcomeOfChild(kind, recorded));
    this.#makePasses();
  }

  #answer(recorded: ResponseFact | FailureFact): void {
    const fact =
      recorded.kind === "response" && this.#semantics === 1
        ? { ...recorded, body: roundNumbers(recorded.body) }
        : recorded;
    const step = this.#awaiting(fact);
    if (step === null) return;
    const call = step.planNode.step;
    if (!isCall(call) || step.effect?.kind !== "call" || step.effect.attempt !== fact.attempt) {
      this.#ignored = "not_awaited";
      return;
    }
    this.#moveTo(fact.at);
    if (fact.kind === "response") {
      const { values, characters } = measureJson(fact.body);
      this.#unitsSpent += 2 * values + (characters >>> 4);
    }
    this.#beginCounting();
    if (fact.kind === "response" && isSuccess(call, fact, this.#semantics)) {
      this.#log.attemptSucceeded(step, fact);
      this.#continue(step, succeeded(callOutput(fact, this.#semantics)));
    } else {
      this.#failAttempt(step, call, step.effect, fact);
    }
    this.#makePasses();
  }

  /** The waiting step that a fact belongs to. Null if there is none; then the reason is noted. */
  #awaiting(fact: StepPlace): Step | null {
    const step = this.#find(fact);
    if (this.#status === "running" && step?.status === "waiting") return step;
    const isToCome = step?.status === "pending" && !step.frame.isAbandoned;
    this.#ignored = this.#status !== "running" ? "run_over" : isToCome ? "not_awaited" : "step_over";
    return null;
  }

  #failAttempt(step: Step, call: HttpCallStep, effect: CallEffect, fact: ResponseFact | FailureFact): void {
    const moment = { runId: this.runId, semantics: this.#semantics, now: this.#lastAt };
    let retry = retryOf(call, effect, fact, moment, step.startedAt ?? this.#lastAt);
    if (retry.dueAt !== null && this.#unitsLeft() < 0) retry = { dueAt: null, reason: "run_budget" };
    this.#log.attemptFailed(step, fact, retry);
    if (retry.dueAt !== null) {
      step.attempts = fact.attempt + 1;
      step.hasIntent = false;
      step.effect = { ...effect, attempt: step.attempts, dueAt: retry.dueAt };
      this.#request(step.effect);
      return;
    }
    if (retry.reason === "run_budget") {
      this.#exhaust(step);
      return;
    }
    const error = callError(step.node, call, effect, fact, this.#semantics);
    this.#fail(step, error, fact.kind === "response" ? callOutput(fact, this.#semantics) : null);
  }

  // Passes ---------------------------------------------------------------------------------------------------------------

  /**
   * Begins to count what the fact costs, until `#makePasses` ends.
   *
   * The module that evaluates expressions counts them for the caller that took the count last, so nothing else may be evaluated in between.
   */
  #beginCounting(): void {
    if (this.#semantics < SEMANTICS) useSemantics(this.#semantics);
    takeSpentUnits(this.#unitsLeft());
  }

  /**
   * Makes the passes of all queued frames, until the slice is used up. The frames of iterations come before the rest of the graph that
   * opened them.
   */
  #makePasses(): void {
    let isFirst = true;
    try {
      for (let frame = this.#queue.at(-1); frame !== undefined; frame = this.#queue.at(-1)) {
        const step = frame.take();
        if (step === null) {
          this.#queue.pop();
          frame.isQueued = false;
          if (frame.left === 0 && !frame.isAbandoned) this.#endFrame(frame);
          continue;
        }
        // A slice has at least one step, however small the slice.
        if (!isFirst && this.#sliceUnits !== null && this.#unitsSpent + spentUnits() >= this.#sliceEnd) {
          frame.putBack(step);
          return;
        }
        isFirst = false;
        this.#decide(step);
      }
    } finally {
      this.#unitsSpent += takeSpentUnits();
      if (this.#semantics < SEMANTICS) useSemantics(SEMANTICS);
    }
  }

  #decide(step: Step): void {
    addUnits(STEP_UNITS + EDGE_UNITS * step.planNode.outgoing.length);
    if (step.isTaken) {
      this.#perform(step);
    } else {
      this.#log.stepSkipped(step);
      this.#end(step, "skipped", null, null);
    }
  }

  /** The rest of the run's budget, negative once it is exceeded. Runs of the first semantics have no limit. */
  #unitsLeft(): number {
    return this.#semantics === 1 ? Number.POSITIVE_INFINITY : RUN_LIMITS.units - this.#unitsSpent;
  }

  #perform(step: Step): void {
    step.startedAt = this.#lastAt;
    if (step.planNode.isRacing) step.seen = namesSeenBy(step);
    if (hasOverspent()) {
      this.#exhaust(step);
      return;
    }
    if (this.#semantics > 1) limitUnits(RUN_LIMITS.stepUnits);
    let outcome: Outcome;
    try {
      outcome = this.#outcomeOf(step);
    } catch (error) {
      if (ranOutOfUnits()) this.#exhaust(step);
      else this.#fail(step, { ...explainFailure(error), node: step.node }, null);
      return;
    }
    this.#continue(step, outcome);
  }

  /** @throws ExpressionError, RequestError */
  #outcomeOf(step: Step): Outcome {
    const { frame, planNode } = step;
    const { scope } = frame;
    scope.now = this.#now;
    const kind = planNode.step;
    switch (kind.type) {
      case "webhook@1":
      case "schedule@1":
        throw new HistoryError("history_start", `Node "${step.node}" is a second start of plan ${this.plan.hash}`);
      case "transform@1":
        return succeeded(evaluate(kind.expression, scope));
      case "template@1":
        return runTemplate(kind, scope);
      case "xml_json@1":
        return runXmlJson(step.node, kind, scope);
      case "branch@1":
        return runBranch(kind, scope);
      case "http_call@1":
      case "emit@1": {
        const now = this.#now;
        const moment = { runId: this.runId, semantics: this.#semantics, now: this.#lastAt };
        return runCall(kind, placeOfStep(step), scope, () => scopeAt(step, now), moment);
      }
      case "call_workflow@1": {
        const calling = { runId: this.runId, origin: this.#origin, now: this.#lastAt };
        return runCallWorkflow(kind, placeOfStep(step), scope, calling);
      }
      case "delay@1":
        return runDelay(kind, placeOfStep(step), scope, this.#lastAt);
      case "wait_for_signal@1": {
        const outcome = runWaitForSignal(kind, placeOfStep(step), scope, this.#lastAt);
        if (outcome.kind !== "waiting" || outcome.effect.kind !== "signal") return outcome;
        const signal = this.#signals?.take(outcome.effect.name) ?? null;
        return signal === null ? outcome : succeeded(signalOutput(signal));
      }
      case "loop@1":
        return runLoop(step.node, kind, scope);
      case "terminate@1":
      default:
        return runTerminate(step.node, kind, scope);
    }
  }

  #continue(step: Step, outcome: Outcome): void {
    switch (outcome.kind) {
      case "succeeded":
        this.#log.stepSucceeded(
          step,
          outcome.output,
          step.type === "branch@1" || outcome.port !== "out" ? outcome.port : null,
        );
        this.#end(step, "succeeded", outcome.output, outcome.port);
        break;
      case "failed":
        this.#fail(step, { ...outcome.error, node: step.node }, outcome.response);
        break;
      case "waiting":
        this.#wait(step, outcome.effect);
        break;
      case "looping":
        this.#loop(step, outcome.items);
        break;
      case "ended":
        this.#log.stepSucceeded(step, outcome.output, null);
        this.#end(step, "succeeded", outcome.output, "out");
        this.#finish(outcome.result);
        break;
    }
  }

  #wait(step: Step, effect: Effect): void {
    step.status = "waiting";
    step.effect = effect;
    this.#log.stepStarted(step);
    if (effect.kind === "timer") this.#log.timerSet(step, effect.dueAt);
    else if (effect.kind === "signal") this.#log.signalAwaited(step, effect);
    else if (effect.kind === "child") {
      const { runId, workflow } = effect;
      (this.#children ??= []).push({ ...placeOfStep(step), runId, workflow });
      this.#log.childStarted(step, effect);
    } else if (effect.kind === "call") {
      step.attempts = 1;
      if (!effect.atMostOnce) this.#log.attemptStarted(step, effect);
    }
    this.#request(effect);
    this.#limit(step);
  }

  /** Bounds the time of a step that begins to wait. */
  #limit(step: Step): void {
    const { timeoutMs } = step.planNode;
    if (timeoutMs === null) return;
    step.timeout = { kind: "timeout", ...placeOfStep(step), dueAt: this.#lastAt + timeoutMs * 1000 };
    this.#request(step.timeout);
  }

  #request(effect: Effect): void {
    if (this.#effects === null) this.#effects = [effect];
    else this.#effects.push(effect);
  }

  // Loops ----------------------------------------------------------------------------------------------------------------

  #loop(step: Step, items: JsonArray): void {
    const { step: kind } = step.planNode;
    if (kind.type !== "loop@1") return;
    step.status = "waiting";
    step.loop = new Loop(kind, items, namesSeenBy(step));
    if (this.#keepsIterations) step.lastLoop = step.loop;
    this.#log.loopStarted(step, items.length, kind.concurrency);
    this.#limit(step);
    this.#beginIterations(step, step.loop);
  }

  /** Begins as many iterations as may go on at the same time. Those that begin together make their passes in their order. */
  #beginIterations(step: Step, loop: Loop): void {
    const { body } = step.planNode;
    if (body === null) return;
    const begun: Frame[] = [];
    for (let index = loop.begin(); index !== null; index = loop.begin()) {
      countIteration(body);
      const scope = iterationScope(step, loop, index);
      const frame = new Frame(body, step, [...step.frame.iteration, index], scope);
      loop.frames.set(index, frame);
      frame.enter();
      begun.push(frame);
    }
    for (const frame of begun.reverse()) this.#enqueue(frame);
  }

  #endFrame(frame: Frame): void {
    const { opener } = frame;
    if (this.#status !== "running") return;
    if (opener === null) {
      this.#finish({ status: "succeeded", output: null });
      return;
    }
    const { loop, planNode } = opener;
    if (loop === null || planNode.step.type !== "loop@1") return;
    this.#endIteration(frame, opener, loop, planNode.step);
  }

  #endIteration(frame: Frame, opener: Step, loop: Loop, kind: LoopStep): void {
    this.#keep(frame, opener);
    const index = frame.iteration.at(-1) ?? 0;
    if (this.#semantics > 1) limitUnits(RUN_LIMITS.stepUnits);
    try {
      frame.scope.now = this.#now;
      const { result, isLast } = resultOf(kind, frame);
      loop.succeed(index, result, isLast);
      this.#log.iterationSucceeded(opener, frame.iteration, result, isLast);
    } catch (error) {
      if (ranOutOfUnits()) this.#exhaust(opener);
      else this.#failIteration(frame, opener, { ...explainFailure(error), node: opener.node });
      return;
    }
    this.#advance(opener, loop);
  }

  #failIteration(frame: Frame, opener: Step, error: StepError): void {
    const { loop } = opener;
    if (loop === null) return;
    const index = frame.iteration.at(-1) ?? 0;
    this.#abandon(frame);
    this.#log.iterationFailed(opener, frame.iteration, error);
    if (loop.fail(index, error)) {
      this.#advance(opener, loop);
      return;
    }
    for (const other of loop.inOrder()) this.#abandon(other);
    const message =
      loop.items.length === 1
        ? `The only iteration failed: ${error.message}`
        : `${loop.failed} of ${loop.items.length} iterations failed, the last one (${index}) with ${error.code}: ${error.message}`;
    this.#fail(opener, { code: "loop_failed", message, node: opener.node }, loop.output());
  }

  /** After an iteration has ended: begins further ones, or ends the loop. */
  #advance(opener: Step, loop: Loop): void {
    if (loop.isOver) this.#continue(opener, succeeded(loop.output()));
    else this.#beginIterations(opener, loop);
  }

  #keep(frame: Frame, opener: Step): void {
    if (!this.#keepsIterations) return;
    opener.ended ??= new Map();
    opener.ended.set(frame.iteration.at(-1) ?? 0, frame);
  }

  /** Gives an iteration up: its waiting steps are canceled. */
  #abandon(frame: Frame): void {
    if (frame.opener !== null) this.#keep(frame, frame.opener);
    for (const step of frame.steps) {
      if (step.status !== "waiting") continue;
      if (step.loop !== null) for (const inner of step.loop.inOrder()) this.#abandon(inner);
      step.status = "canceled";
      step.endedAt = this.#lastAt;
      step.effect = null;
      step.timeout = null;
      step.loop = null;
      this.#mustSift = true;
      this.#log.stepCanceled(step);
    }
    frame.abandon();
  }

  // Ends -----------------------------------------------------------------------------------------------------------------

  /** Ends the run at a step that it cannot afford. */
  #exhaust(step: Step): void {
    const message = `The run needs more than the ${RUN_LIMITS.units} units of work that a run may cost; it came as far as "${step.node}"`;
    this.#failRun(step, { code: "run_budget", message, node: step.node });
  }

  /**
   * Ends a step as failed: if an edge leaves its `error` port, that port is taken; otherwise the iteration that it belongs to fails, or the
   * run.
   */
  #fail(step: Step, error: StepError, response: Json): void {
    const { frame } = step;
    if (step.handlesFailure) {
      step.error = error;
      this.#log.stepFailed(step, error, true);
      const output = emptyObject();
      output["error"] = errorData(error) ?? null;
      if (response !== null) output["response"] = response;
      this.#end(step, "failed", output, "error");
    } else if (frame.opener === null) {
      this.#failRun(step, error);
    } else {
      step.error = error;
      this.#log.stepFailed(step, error, false);
      this.#end(step, "failed", null, null);
      this.#failIteration(frame, frame.opener, error);
    }
  }

  #failRun(step: Step, error: StepError): void {
    step.error = error;
    this.#log.stepFailed(step, error, false);
    this.#end(step, "failed", null, null);
    this.#finish({ status: "failed", output: null, error });
  }

  #end(step: Step, status: "succeeded" | "failed" | "skipped", output: Json, port: string | null): void {
    if (step.timeout !== null) this.#mustSift = true;
    step.frame.end(step, status, output, port, this.#lastAt);
    this.#enqueue(step.frame);
  }

  #enqueue(frame: Frame): void {
    if (frame.isQueued) return;
    frame.isQueued = true;
    this.#queue.push(frame);
  }

  /** Ends the run: waiting steps are canceled, steps not reached are skipped, and the effects of this fact are void. */
  #finish(result: RunResult): void {
    this.#status = result.status;
    this.#result = result;
    this.#effects = null;
    this.#queue.length = 0;
    if (this.#root.left > 0) {
      for (const step of this.#root.steps) {
        if (step.status === "waiting") {
          if (step.loop !== null) for (const frame of step.loop.inOrder()) this.#abandon(frame);
          step.status = "canceled";
          step.loop = null;
          this.#log.stepCanceled(step);
        } else if (step.status === "pending") {
          step.status = "skipped";
        } else {
          continue;
        }
        step.endedAt = this.#lastAt;
        step.effect = null;
        step.timeout = null;
      }
      this.#root.left = 0;
    }
    this.#log.runEnded(result, this.#lastAt - this.#startedAt);
  }
}
