import { addUnits, hasOverspent, limitUnits, ranOutOfUnits, spentUnits, takeSpentUnits } from "../expression/budget.ts";
import { isTruthy } from "../expression/equal.ts";
import { evaluate } from "../expression/evaluate.ts";
import type { Scope } from "../expression/index.ts";
import { useSemantics } from "../expression/semantics.ts";
import { renderTemplate } from "../expression/template.ts";
import { resolveValue } from "../expression/value-template.ts";
import type { Json } from "../json.ts";
import { emptyObject } from "../json-kind.ts";
import { roundNumbers } from "../round-numbers.ts";
import { ancestorsOf } from "../plan/ancestors.ts";
import type { BranchStep, DelayStep, HttpCallStep, Plan, PlanNode, TerminateStep } from "../plan/plan.ts";
import type { Micros } from "../time.ts";
import { callError, callOutput, isSuccess, mayHaveActed, withoutPrototype } from "./call-outcome.ts";
import { dueTime } from "./delay-time.ts";
import type { CallEffect, Effect } from "./effect.ts";
import { errorData, EventLog } from "./event-log.ts";
import type { RunEvent, RunResult, StepError } from "./event.ts";
import type { DeliveryFact, Fact, FailureFact, IntentFact, ResponseFact, TimerFact } from "./fact.ts";
import { HistoryError } from "./history-error.ts";
import { measureJson } from "./json-size.ts";
import { explainFailure, idempotencyKey, prepareRequest } from "./request.ts";
import { responseOf } from "./response.ts";
import { decideRetry, type RetryDecision } from "./retry.ts";
import { checkSemantics, EDGE_UNITS, FACT_UNITS, RUN_LIMITS, SEMANTICS, STEP_UNITS } from "./semantics.ts";
import type { RunStatus } from "./status.ts";
import { RunScope, StepScope } from "./scope.ts";
import { Step, type StepView } from "./step.ts";
import { formatTimestamp } from "./timestamp.ts";

/**
 * Why a fact changed nothing. `run_over` and `step_over`: it came too late. `not_awaited`: no step was waiting for it or for that attempt.
 */
export type IgnoredReason = "run_over" | "step_over" | "not_awaited";

const NO_EFFECTS: readonly Effect[] = Object.freeze([]);

/** A placeholder until the delivery, the first fact, creates the scope; never written to. */
const NO_SCOPE = Object.freeze(new RunScope({ headers: null, query: null, body: null }, "", ""));

/**
 * One run, folded from its facts.
 *
 * Pure: the same plan and facts give the same state, events and effects on any machine. Total: a late, repeated or unexpected fact
 * changes nothing (`ignored` says why); only a history that this plan cannot have produced throws.
 *
 * How a run moves: a fact ends a waiting step; its edges are decided; steps whose edges are all decided run or are skipped, in plan
 * order, until every step has ended or waits. Plan order is topological, so one forward pass is enough, whatever the graph's shape.
 *
 * Over its whole life a run may cost `RUN_LIMITS`, counted in the same way on every machine. A long fold can be done in slices
 * (`sliceUnits`), between which the caller may do other work. Slices do not change results, events or cursors.
 *
 * Cost: 3 to 5 µs for a pure run of five nodes with its expressions; linear in nodes and facts.
 */
export class Run {
  readonly plan: Plan;
  readonly runId: string;
  readonly #steps: Step[];
  readonly #log: EventLog;
  #scope: RunScope = NO_SCOPE;
  #status: RunStatus = "running";
  #result: RunResult | null = null;
  #seq = -1;
  #startedAt: Micros = 0;
  #lastAt: Micros = 0;
  #ignored: IgnoredReason | null = null;
  #effects: Effect[] | null = null;
  /** Steps that have not ended. */
  #left: number;
  /** The highest index whose edges were all decided by this fact, where the forward pass may stop. */
  #readyMax = -1;
  #semantics = 1;
  #unitsSpent = 0;
  /** Null when there are no slices. */
  readonly #sliceUnits: number | null;
  /** The value of `#unitsSpent` at the end of the current slice. */
  #sliceEnd = 0;
  /** Where the forward pass continues after a slice; −1 when it is not interrupted. */
  #resumeAt = -1;

  /** @param options.sliceUnits  How many units of work `apply` and `proceed` may do before they pause; by default they never pause. */
  constructor(plan: Plan, runId: string, options: { readonly sliceUnits?: number } = {}) {
    this.plan = plan;
    this.runId = runId;
    this.#sliceUnits = options.sliceUnits ?? null;
    this.#log = new EventLog(runId);
    this.#steps = [];
    for (const node of plan.nodes) this.#steps.push(new Step(node));
    this.#left = plan.nodes.length;
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

  /** The time of the last fact that was not ignored. A new fact should not be older; an older one counts as having arrived at this time. */
  get lastAt(): Micros {
    return this.#lastAt;
  }

  /** Every node's step, in plan order. Live: shows the current state. */
  get steps(): readonly StepView[] {
    return this.#steps;
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
    return this.#resumeAt !== -1;
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
    this.#readyMax = -1;
    this.#sliceEnd = this.#unitsSpent + (this.#sliceUnits ?? 0);
    this.#unitsSpent += FACT_UNITS;
    switch (fact.kind) {
      case "delivery":
        this.#start(fact);
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
      case "response":
      case "failure":
        this.#answer(fact);
        break;
    }
    return this.isPaused ? NO_EFFECTS : (this.#effects ?? NO_EFFECTS);
  }

  /**
   * Continues the paused fold of a fact for another slice.
   *
   * @returns The effects of the fact, once the run is no longer paused.
   */
  proceed(): readonly Effect[] {
    const index = this.#resumeAt;
    if (index === -1) return NO_EFFECTS;
    this.#resumeAt = -1;
    this.#sliceEnd = this.#unitsSpent + (this.#sliceUnits ?? 0);
    this.#settle(index);
    return this.isPaused ? NO_EFFECTS : (this.#effects ?? NO_EFFECTS);
  }

  /**
   * The effects that the current state requires, in plan order: after a takeover, everything that was in progress. A call without an answer
   * has the same attempt and idempotency key. At-most-once calls that may have been sent are left out; see `unansweredIntents`.
   */
  pendingEffects(): readonly Effect[] {
    const effects: Effect[] = [];
    for (const step of this.#steps) {
      if (step.effect !== null && !step.hasIntent) effects.push(step.effect);
    }
    return effects;
  }

  /**
   * At-most-once calls that were about to be sent and have no answer. A new owner of the run, which does not know their outcome, appends a
   * `failure` fact with `outcome_unknown` for each.
   */
  unansweredIntents(): readonly CallEffect[] {
    const calls: CallEffect[] = [];
    for (const step of this.#steps) {
      if (step.effect?.kind === "call" && step.hasIntent) calls.push(step.effect);
    }
    return calls;
  }

  /**
   * What a step's expressions saw when it ran: `now` is the time at that point, and `nodes` holds the steps on paths that lead to it. Null when
   * the step has not run, and for an id that the plan does not have. Created for each call and not kept.
   */
  scopeOf(nodeId: string): Scope | null {
    const index = this.plan.indexById.get(nodeId);
    const at = index === undefined ? null : this.#step(index).startedAt;
    return index === undefined || at === null ? null : this.#scopeAt(this.#node(index), at);
  }

  /** What the expressions of a step that ran at this time saw. */
  #scopeAt(node: PlanNode, at: Micros): Scope {
    const { headers, query, input, nodes } = this.#scope;
    const scope = new RunScope({ headers, query, body: input }, this.runId, formatTimestamp(this.#startedAt));
    scope.now = formatTimestamp(at);
    for (const { id } of ancestorsOf(this.plan, node)) {
      const step = nodes[id];
      if (step !== undefined) scope.nodes[id] = step;
    }
    return scope;
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
    if (fact.kind !== "cancel" && !this.plan.indexById.has(fact.node)) {
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
      this.#scope.now = formatTimestamp(at);
    }
    this.#log.moveTo(this.#seq, this.#lastAt);
  }

  #start(delivery: DeliveryFact): void {
    this.#semantics = delivery.semantics ?? 1;
    const body = this.#semantics === 1 ? roundNumbers(delivery.body) : delivery.body;
    this.#startedAt = delivery.at;
    this.#lastAt = delivery.at;
    this.#log.moveTo(this.#seq, delivery.at);
    this.#scope = new RunScope(
      { headers: withoutPrototype(delivery.headers), query: withoutPrototype(delivery.query), body },
      this.runId,
      formatTimestamp(delivery.at),
    );

    this.#log.runStarted(this.plan.slug);
    const node = this.#node(0);
    const step = this.#step(0);
    step.startedAt = this.#lastAt;
    this.#end(node, step, "succeeded", body, "out");
    this.#settle(1);
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
    const index = this.#waitingIndex(fact);
    if (index === null) return;
    const step = this.#step(index);
    const { effect } = step;
    if (effect?.kind !== "call" || !effect.atMostOnce || effect.attempt !== fact.attempt || step.hasIntent) {
      this.#ignored = "not_awaited";
      return;
    }
    this.#moveTo(fact.at);
    step.hasIntent = true;
    this.#log.attemptStarted(this.#node(index), effect);
  }

  #fireTimer(fact: TimerFact): void {
    const index = this.#waitingIndex(fact);
    if (index === null) return;
    const step = this.#step(index);
    if (step.effect?.kind !== "timer") {
      this.#ignored = "not_awaited";
      return;
    }
    this.#moveTo(fact.at);
    const node = this.#node(index);
    this.#log.timerFired(node, step.effect.dueAt);
    this.#succeed(node, step, null, "out");
    this.#settle(index + 1);
  }

  #answer(recorded: ResponseFact | FailureFact): void {
    const fact =
      recorded.kind === "response" && this.#semantics === 1
        ? { ...recorded, body: roundNumbers(recorded.body) }
        : recorded;
    const index = this.#waitingIndex(fact);
    if (index === null) return;
    const node = this.#node(index);
    const step = this.#step(index);
    if (node.step.type !== "http_call@1" || step.effect?.kind !== "call" || step.effect.attempt !== fact.attempt) {
      this.#ignored = "not_awaited";
      return;
    }
    this.#moveTo(fact.at);
    if (fact.kind === "response") {
      const { values, characters } = measureJson(fact.body);
      this.#unitsSpent += 2 * values + (characters >>> 4);
    }
    if (fact.kind === "response" && isSuccess(node.step, fact, this.#semantics)) {
      this.#log.attemptSucceeded(node, fact);
      this.#succeed(node, step, callOutput(fact, this.#semantics), "out");
    } else {
      this.#failAttempt(node, node.step, step, step.effect, fact);
    }
    this.#settle(index + 1);
  }

  /** The index of the waiting step that a fact belongs to. Null if that step is not waiting; then the reason is noted. */
  #waitingIndex(fact: { readonly node: string }): number | null {
    const index = this.plan.indexById.get(fact.node) ?? 0;
    const { status } = this.#step(index);
    if (this.#status === "running" && status === "waiting") return index;
    this.#ignored = this.#status !== "running" ? "run_over" : status === "pending" ? "not_awaited" : "step_over";
    return null;
  }

  #failAttempt(
    node: PlanNode,
    call: HttpCallStep,
    step: Step,
    effect: CallEffect,
    fact: ResponseFact | FailureFact,
  ): void {
    let retry: RetryDecision =
      call.atMostOnce && mayHaveActed(call, fact, this.#semantics)
        ? { dueAt: null, reason: this.#semantics === 1 ? "not_retryable" : "may_have_acted" }
        : decideRetry(call.retry, {
            runId: this.runId,
            node: node.id,
            attempt: fact.attempt,
            fact,
            failedAt: this.#lastAt,
            firstAt: step.startedAt ?? this.#lastAt,
          });
    if (retry.dueAt !== null && this.#unitsLeft() < 0) retry = { dueAt: null, reason: "run_budget" };
    this.#log.attemptFailed(node, fact, retry);
    if (retry.dueAt !== null) {
      step.attempts = fact.attempt + 1;
      step.hasIntent = false;
      step.effect = { ...effect, attempt: step.attempts, dueAt: retry.dueAt };
      this.#request(step.effect);
      return;
    }
    if (retry.reason === "run_budget") {
      this.#exhaust(node, step);
      return;
    }
    const error = callError(node, call, effect, fact, this.#semantics);
    this.#fail(node, step, error, fact.kind === "response" ? callOutput(fact, this.#semantics) : null);
  }

  /**
   * Runs or skips every step whose edges are all decided, in plan order, from `index` on, until the slice is used up.
   *
   * The module that evaluates expressions counts them for the caller that took the count last, so nothing else may be evaluated in between.
   */
  #settle(index: number): void {
    if (this.#semantics < SEMANTICS) useSemantics(this.#semantics);
    takeSpentUnits(this.#unitsLeft());
    let isFirst = true;
    try {
      for (let i = index; i <= this.#readyMax && this.#status === "running"; i += 1) {
        const step = this.#step(i);
        if (step.status !== "pending" || step.undecided > 0) continue;
        // A slice has at least one step, however small the slice.
        if (!isFirst && this.#sliceUnits !== null && this.#unitsSpent + spentUnits() >= this.#sliceEnd) {
          this.#resumeAt = i;
          return;
        }
        isFirst = false;
        this.#decide(this.#node(i), step);
      }
    } finally {
      this.#unitsSpent += takeSpentUnits();
      if (this.#semantics < SEMANTICS) useSemantics(SEMANTICS);
    }
    if (this.#left === 0 && this.#status === "running") this.#finish({ status: "succeeded", output: null });
  }

  #decide(node: PlanNode, step: Step): void {
    addUnits(STEP_UNITS + EDGE_UNITS * node.outgoing.length);
    if (step.isTaken) {
      this.#perform(node, step);
    } else {
      this.#log.stepSkipped(node);
      this.#end(node, step, "skipped", null, null);
    }
  }

  /** The rest of the run's budget, negative once it is exceeded. Runs of the first semantics have no limit. */
  #unitsLeft(): number {
    return this.#semantics === 1 ? Number.POSITIVE_INFINITY : RUN_LIMITS.units - this.#unitsSpent;
  }

  #perform(node: PlanNode, step: Step): void {
    step.startedAt = this.#lastAt;
    if (hasOverspent()) {
      this.#exhaust(node, step);
      return;
    }
    if (this.#semantics > 1) limitUnits(RUN_LIMITS.stepUnits);
    try {
      switch (node.step.type) {
        case "webhook@1":
          throw new HistoryError("history_start", `Node "${node.id}" is a second start of plan ${this.plan.hash}`);
        case "transform@1":
          this.#succeed(node, step, evaluate(node.step.expression, this.#scope), "out");
          break;
        case "branch@1": {
          const port = this.#choosePort(node.step);
          this.#succeed(node, step, port, port);
          break;
        }
        case "http_call@1":
          this.#call(node, node.step, step);
          break;
        case "delay@1":
          this.#delay(node, node.step, step);
          break;
        case "terminate@1":
          this.#terminate(node, node.step, step);
          break;
      }
    } catch (error) {
      if (ranOutOfUnits()) this.#exhaust(node, step);
      else this.#fail(node, step, { ...explainFailure(error), node: node.id }, null);
    }
  }

  /** Ends the run at a step that it cannot afford. */
  #exhaust(node: PlanNode, step: Step): void {
    const message = `The run needs more than the ${RUN_LIMITS.units} units of work that a run may cost; it came as far as "${node.id}"`;
    this.#failRun(node, step, { code: "run_budget", message, node: node.id });
  }

  #choosePort(branch: BranchStep): string {
    for (const { port, when } of branch.cases) {
      if (isTruthy(evaluate(when, this.#scope))) return port;
    }
    return branch.otherwise;
  }

  #call(node: PlanNode, call: HttpCallStep, step: Step): void {
    const startedAt = this.#lastAt;
    const context = { scope: this.#scope, key: idempotencyKey(this.runId, node.id), semantics: this.#semantics };
    const prepared = prepareRequest(call, context, () => this.#scopeAt(node, startedAt));
    step.status = "waiting";
    step.attempts = 1;
    step.effect = {
      kind: "call",
      node: node.id,
      attempt: 1,
      dueAt: startedAt,
      target: prepared.target,
      requestBytes: prepared.requestBytes,
      request: prepared.request,
      timeoutMs: call.timeoutMs,
      atMostOnce: call.atMostOnce,
    };
    this.#log.stepStarted(node);
    if (!call.atMostOnce) this.#log.attemptStarted(node, step.effect);
    this.#request(step.effect);
  }

  #delay(node: PlanNode, delay: DelayStep, step: Step): void {
    const dueAt = dueTime(node.id, delay, this.#scope, this.#lastAt);
    if (typeof dueAt === "string") {
      this.#fail(node, step, { code: "delay_invalid", message: dueAt, node: node.id }, null);
      return;
    }
    step.status = "waiting";
    step.effect = { kind: "timer", node: node.id, dueAt };
    this.#log.stepStarted(node);
    this.#log.timerSet(node, step.effect.dueAt);
    this.#request(step.effect);
  }

  #terminate(node: PlanNode, terminate: TerminateStep, step: Step): void {
    const output = terminate.output === null ? null : resolveValue(terminate.output, this.#scope);
    // Text for people, which is logged as UTF-8.
    const reason = terminate.reason === null ? undefined : renderTemplate(terminate.reason, this.#scope).toWellFormed();
    const response = terminate.response === null ? undefined : responseOf(terminate.response, this.#scope);
    if (typeof response === "string") {
      this.#fail(node, step, { code: "response_invalid", message: response, node: node.id }, null);
      return;
    }
    this.#succeed(node, step, output, "out");
    const told = { ...(reason === undefined ? {} : { reason }), ...(response === undefined ? {} : { response }) };
    if (terminate.status === "succeeded") {
      this.#finish({ status: "succeeded", output, ...told });
      return;
    }
    const error: StepError = {
      code: "terminated",
      message: reason ?? `Node "${node.id}" ended the run as failed`,
      node: node.id,
    };
    this.#finish({ status: "failed", output, ...told, error });
  }

  #request(effect: Effect): void {
    if (this.#effects === null) this.#effects = [effect];
    else this.#effects.push(effect);
  }

  #succeed(node: PlanNode, step: Step, output: Json, port: string): void {
    this.#log.stepSucceeded(node, output, node.step.type === "branch@1" ? port : null);
    this.#end(node, step, "succeeded", output, port);
  }

  /** Ends a step as failed: if an edge leaves its `error` port, that port is taken; otherwise the run fails. */
  #fail(node: PlanNode, step: Step, error: StepError, response: Json): void {
    const isHandled = node.step.type === "http_call@1" && node.outgoing.some((edge) => edge.port === "error");
    if (!isHandled) {
      this.#failRun(node, step, error);
      return;
    }
    step.error = error;
    this.#log.stepFailed(node, error, true);
    const output = emptyObject();
    output["error"] = errorData(error) ?? null;
    if (response !== null) output["response"] = response;
    this.#end(node, step, "failed", output, "error");
  }

  #failRun(node: PlanNode, step: Step, error: StepError): void {
    step.error = error;
    this.#log.stepFailed(node, error, false);
    this.#end(node, step, "failed", null, null);
    this.#finish({ status: "failed", output: null, error });
  }

  /** Ends a step and decides its edges: those of `port` are taken, and no others. */
  #end(
    node: PlanNode,
    step: Step,
    status: "succeeded" | "failed" | "skipped",
    output: Json,
    port: string | null,
  ): void {
    step.status = status;
    step.output = output;
    step.endedAt = this.#lastAt;
    step.effect = null;
    this.#left -= 1;
    if (status !== "skipped") this.#scope.nodes[node.id] = new StepScope(output);
    for (const edge of node.outgoing) {
      const target = this.#step(edge.to);
      target.undecided -= 1;
      if (edge.port === port) target.isTaken = true;
      if (target.undecided === 0 && edge.to > this.#readyMax) this.#readyMax = edge.to;
    }
  }

  /** Ends the run: waiting steps are canceled, steps not reached are skipped, and the effects of this fact are void. */
  #finish(result: RunResult): void {
    this.#status = result.status;
    this.#result = result;
    this.#effects = null;
    if (this.#left > 0) {
      for (const step of this.#steps) {
        if (step.status === "waiting") {
          step.status = "canceled";
          this.#log.stepCanceled(this.#node(this.plan.indexById.get(step.node) ?? 0));
        } else if (step.status === "pending") {
          step.status = "skipped";
        } else {
          continue;
        }
        step.endedAt = this.#lastAt;
        step.effect = null;
      }
      this.#left = 0;
    }
    this.#log.runEnded(result, this.#lastAt - this.#startedAt);
  }

  #node(index: number): PlanNode {
    const node = this.plan.nodes[index];
    if (node === undefined)
      throw new HistoryError("history_unknown_node", `Plan ${this.plan.hash} has no node ${index}`);
    return node;
  }

  #step(index: number): Step {
    const step = this.#steps[index];
    if (step === undefined)
      throw new HistoryError("history_unknown_node", `Plan ${this.plan.hash} has no node ${index}`);
    return step;
  }
}
