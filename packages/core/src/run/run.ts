import { evaluate } from "../expression/evaluate.ts";
import { ExpressionError } from "../expression/expression-error.ts";
import { resolveValue } from "../expression/value-template.ts";
import { renderTemplate } from "../expression/template.ts";
import type { Json } from "../json.ts";
import type { HttpCallStep, Plan, PlanNode } from "../plan/plan.ts";
import type { Micros } from "../time.ts";
import { requestOf, RequestError } from "./call-request.ts";
import type { CallEffect, Effect, TimerEffect } from "./effect.ts";
import type { RunEvent, RunEventType, RunResult, StepError } from "./event.ts";
import type { DeliveryFact, Fact, FailureFact, IntentFact, ResponseFact, TimerFact } from "./fact.ts";
import { HistoryError } from "./history-error.ts";
import { decideRetry } from "./retry.ts";
import type { RunStatus, StepStatus, TerminalStatus } from "./status.ts";
import { formatTimestamp } from "./timestamp.ts";

/** A delay is at most this long: 366 days. */
const DELAY_MS_MAX = 31_622_400_000;
/** Outputs beyond this many characters of JSON stay out of the log; the run's page recomputes them. */
const LOGGED_OUTPUT_MAX = 2_048;
const MICROS_PER_MS = 1_000;

/** One node inside a run, for people. Times are those of facts. */
export interface StepView {
  readonly node: string;
  readonly type: string;
  readonly status: StepStatus;
  readonly output: Json;
  readonly error: StepError | null;
  /** Attempts that were started; 0 where a step makes no calls. */
  readonly attempts: number;
  readonly startedAt: Micros | null;
  readonly endedAt: Micros | null;
}

/** What one step holds while and after it runs; made when the step is decided. */
interface Step {
  status: StepStatus;
  output: Json;
  error: StepError | null;
  startedAt: Micros | null;
  endedAt: Micros | null;
  /** http_call: the attempt whose answer is awaited, from 1; 0 otherwise. */
  attempt: number;
  /** http_call: when the first attempt was asked for; delay: unused. */
  firstAt: Micros;
  /** What is being waited for. */
  effect: Effect | null;
  /** at-most-once: an intent for the awaited attempt is recorded. */
  hasIntent: boolean;
}

/**
 * One run, folded from its facts.
 *
 * The same plan, id and facts give the same state, events and effects on any machine. `apply` is total: a fact that cannot
 * matter any more (a late answer, anything after the end) changes nothing. What cannot be a history of this plan throws
 * `HistoryError`.
 *
 * Way of a fact: it settles the step that waited for it; the step's edges are decided; every step whose incoming edges are all
 * decided runs or is skipped, in plan order, until only steps remain that wait for something outside.
 */
export class Run {
  readonly plan: Plan;
  readonly runId: string;
  #status: RunStatus = "running";
  #result: RunResult | null = null;
  #lastAt: Micros = 0;
  #startedAt: Micros = 0;
  #seq = -1;
  #position = 0;
  #events: RunEvent[] | null = null;
  #hasDelivery = false;
  /** By node index. */
  readonly #steps: (Step | undefined)[];
  /** By node index: incoming edges not yet decided / taken. */
  readonly #undecided: number[];
  readonly #taken: number[];
  /** Decided steps that have not run yet, by node index, ascending. */
  readonly #ready: number[] = [];
  #waiting = 0;
  /** What expressions see; filled as steps end. */
  readonly #nodes: Record<string, Json> = Object.create(null) as Record<string, Json>;
  readonly #scope: Record<string, Json> = Object.create(null) as Record<string, Json>;
  #effects: Effect[] = [];

  constructor(plan: Plan, runId: string) {
    const count = plan.nodes.length;
    this.plan = plan;
    this.runId = runId;
    this.#steps = new Array<Step | undefined>(count);
    this.#undecided = new Array<number>(count);
    this.#taken = new Array<number>(count).fill(0);
    for (let index = 0; index < count; index++) this.#undecided[index] = nodeAt(plan, index).incoming;
  }

  get status(): RunStatus {
    return this.#status;
  }
  /** Null until the run is over. */
  get result(): RunResult | null {
    return this.#result;
  }
  /** Time of the last fact that was applied; 0 before the first. */
  get lastAt(): Micros {
    return this.#lastAt;
  }
  get startedAt(): Micros {
    return this.#startedAt;
  }

  // Events ---------------------------------------------------------------------------------------------------------------

  /** From the next fact on, events are collected; `takeEvents` hands them over. */
  observe(): void {
    this.#events ??= [];
  }
  get isObserved(): boolean {
    return this.#events !== null;
  }
  takeEvents(): RunEvent[] {
    const events = this.#events;
    if (events === null || events.length === 0) return [];
    this.#events = [];
    return events;
  }

  // State ----------------------------------------------------------------------------------------------------------------

  /** Every node in plan order. */
  get steps(): readonly StepView[] {
    return this.plan.nodes.map((node) => {
      const step = this.#steps[node.index];
      return {
        node: node.id,
        type: node.step.type,
        status: step?.status ?? "pending",
        output: step?.output ?? null,
        error: step?.error ?? null,
        attempts: step?.attempt ?? 0,
        startedAt: step?.startedAt ?? null,
        endedAt: step?.endedAt ?? null,
      };
    });
  }

  /**
   * What the run waits for now: the effects to repeat after a takeover, in plan order. Calls keep their attempt and idempotency
   * key.
   */
  pendingEffects(): readonly Effect[] {
    if (this.#status !== "running") return [];
    const effects: Effect[] = [];
    for (const step of this.#steps) if (step?.effect !== undefined && step.effect !== null) effects.push(step.effect);
    return effects;
  }

  /** Nodes whose at-most-once call was about to be sent and has no answer on record. */
  unansweredIntents(): readonly string[] {
    const nodes: string[] = [];
    if (this.#status !== "running") return nodes;
    for (const node of this.plan.nodes) if (this.#steps[node.index]?.hasIntent === true) nodes.push(node.id);
    return nodes;
  }

  // The fold -------------------------------------------------------------------------------------------------------------

  /**
   * Applies the next fact. `seq` is the segment it is (or will be) stored in.
   *
   * @returns Effects that may start once the fact is durable, in plan order. Empty when the fact changes nothing.
   * @throws HistoryError  `history_gap`, `history_start`, `history_unknown_node`.
   */
  apply(fact: Fact, seq: number): readonly Effect[] {
    if (seq !== this.#seq) this.#enterSegment(seq);
    if (!this.#hasDelivery) {
      if (fact.kind !== "delivery")
        throw new HistoryError("history_start", `run ${this.runId} starts with a ${fact.kind}, not with a delivery`);
      return this.#start(fact);
    }
    if (fact.kind === "delivery")
      throw new HistoryError("history_start", `run ${this.runId} has a second delivery in segment ${seq}`);
    if (this.#status !== "running") return NO_EFFECTS;
    if (fact.kind === "cancel") {
      this.#moveTo(fact.at);
      this.#end("canceled", null, fact.reason, null);
      return NO_EFFECTS;
    }
    const index = this.plan.indexById.get(fact.node);
    if (index === undefined)
      throw new HistoryError(
        "history_unknown_node",
        `run ${this.runId}: a ${fact.kind} names node "${fact.node}", which the plan does not have`,
      );
    const step = this.#steps[index];
    if (step === undefined || step.effect === null) return NO_EFFECTS;
    const node = nodeAt(this.plan, index);
    switch (fact.kind) {
      case "intent":
        return this.#onIntent(step, fact);
      case "timer":
        return this.#onTimer(node, step, fact);
      case "response":
      case "failure":
        return this.#onAnswer(node, step, fact);
    }
  }

  #enterSegment(seq: number): void {
    if (seq !== this.#seq + 1)
      throw new HistoryError("history_gap", `run ${this.runId}: segment ${seq} follows segment ${this.#seq}`);
    this.#seq = seq;
    this.#position = 0;
  }

  #moveTo(at: Micros): void {
    this.#lastAt = at;
    this.#scope["now"] = formatTimestamp(at);
  }

  #start(fact: DeliveryFact): readonly Effect[] {
    this.#hasDelivery = true;
    this.#startedAt = fact.at;
    const run = Object.create(null) as Record<string, Json>;
    run["id"] = this.runId;
    run["startedAt"] = formatTimestamp(fact.at);
    this.#scope["input"] = fact.body;
    this.#scope["headers"] = fact.headers;
    this.#scope["query"] = fact.query;
    this.#scope["nodes"] = this.#nodes;
    this.#scope["run"] = run;
    this.#moveTo(fact.at);
    if (this.#events !== null) this.#emit("info", "run.started", null, `run of ${this.plan.slug} started`);
    this.#ready.push(0);
    this.#advance();
    return this.#takeEffects();
  }

  #onIntent(step: Step, fact: IntentFact): readonly Effect[] {
    if (step.effect?.kind !== "call" || fact.attempt !== step.attempt) return NO_EFFECTS;
    this.#moveTo(fact.at);
    step.hasIntent = true;
    return NO_EFFECTS;
  }

  #onTimer(node: PlanNode, step: Step, fact: TimerFact): readonly Effect[] {
    if (step.effect?.kind !== "timer" || fact.at < step.effect.dueAt) return NO_EFFECTS;
    this.#moveTo(fact.at);
    this.#stopWaiting(step);
    if (this.#events !== null) this.#emit("info", "timer.fired", node.id, "the delay is over");
    this.#succeed(node, step, null, "out");
    this.#advance();
    return this.#takeEffects();
  }

  #onAnswer(node: PlanNode, step: Step, fact: ResponseFact | FailureFact): readonly Effect[] {
    if (step.effect?.kind !== "call" || fact.attempt !== step.attempt || node.step.type !== "http_call@1")
      return NO_EFFECTS;
    this.#moveTo(fact.at);
    step.hasIntent = false;
    if (fact.kind === "response" && fact.status < 400) {
      this.#stopWaiting(step);
      if (this.#events !== null) {
        this.#emit(
          "info",
          "attempt.succeeded",
          node.id,
          `attempt ${fact.attempt}: ${fact.status} in ${milliseconds(fact.durationUs)}`,
          {
            attempt: fact.attempt,
            status: fact.status,
            durationUs: fact.durationUs,
          },
        );
      }
      const output: Record<string, Json> = Object.create(null) as Record<string, Json>;
      output["status"] = fact.status;
      output["headers"] = fact.headers;
      output["body"] = fact.body;
      this.#succeed(node, step, output, "out");
    } else {
      this.#onAttemptFailed(node, step, node.step, fact);
    }
    this.#advance();
    return this.#takeEffects();
  }

  #onAttemptFailed(node: PlanNode, step: Step, call: HttpCallStep, fact: ResponseFact | FailureFact): void {
    const { attempt } = fact;
    // Without an answer, or with a server's own failure, an at-most-once call may have taken effect; a 4xx says that it did not.
    const mayHaveActed = fact.kind === "failure" || fact.status >= 500;
    const decision =
      call.atMostOnce && mayHaveActed
        ? ({ dueAt: null, reason: "not_retryable" } as const)
        : decideRetry(call.retry, {
            runId: this.runId,
            node: node.id,
            attempt,
            fact,
            failedAt: fact.at,
            firstAt: step.firstAt,
          });
    const what = fact.kind === "response" ? `answered ${fact.status}` : `${fact.code}: ${fact.message}`;
    if (this.#events !== null) {
      const next = decision.dueAt === null ? {} : { nextAttemptAt: formatTimestamp(decision.dueAt) };
      const then = decision.dueAt === null ? "" : `; next attempt in ${milliseconds(decision.dueAt - fact.at)}`;
      this.#emit("warn", "attempt.failed", node.id, `attempt ${attempt} ${what}${then}`, {
        attempt,
        code: fact.kind === "response" ? "http_status" : fact.code,
        ...(fact.kind === "response" ? { status: fact.status } : {}),
        durationUs: fact.durationUs,
        ...next,
      });
    }
    if (decision.dueAt !== null && step.effect?.kind === "call") {
      step.attempt = attempt + 1;
      const effect: CallEffect = { ...step.effect, attempt: step.attempt, dueAt: decision.dueAt };
      step.effect = effect;
      this.#effects.push(effect);
      return;
    }
    this.#stopWaiting(step);
    const error: StepError =
      fact.kind === "response"
        ? {
            code: "http_status",
            message: `attempt ${attempt} answered ${fact.status}`,
            node: node.id,
            status: fact.status,
            attempt,
          }
        : { code: fact.code, message: fact.message, node: node.id, attempt };
    this.#fail(node, step, error);
  }

  // Steps ----------------------------------------------------------------------------------------------------------------

  /** Runs decided steps in plan order until none is left; then the run is over if nothing waits. */
  #advance(): void {
    // Plan order is topological: what a step decides lies behind it, so the smallest index is always next.
    while (this.#ready.length > 0 && this.#status === "running") {
      let least = 0;
      for (let at = 1; at < this.#ready.length; at++)
        if (numberAt(this.#ready, at) < numberAt(this.#ready, least)) least = at;
      const index = numberAt(this.#ready, least);
      const last = this.#ready.pop();
      if (last !== undefined && least < this.#ready.length) this.#ready[least] = last;
      const node = nodeAt(this.plan, index);
      if (index > 0 && this.#taken[index] === 0) this.#skip(node);
      else this.#begin(node);
    }
    if (this.#status === "running" && this.#waiting === 0) this.#end("succeeded", null, undefined, null);
  }

  #begin(node: PlanNode): void {
    const plan = node.step;
    const step: Step = {
      status: "waiting",
      output: null,
      error: null,
      startedAt: this.#lastAt,
      endedAt: null,
      attempt: 0,
      firstAt: this.#lastAt,
      effect: null,
      hasIntent: false,
    };
    this.#steps[node.index] = step;
    if (this.#events !== null && node.index > 0) this.#emit("debug", "step.started", node.id, "started");
    try {
      switch (plan.type) {
        case "webhook@1":
          return this.#succeed(node, step, this.#scope["input"] ?? null, "out");
        case "transform@1":
          return this.#succeed(node, step, evaluate(plan.expression, this.#scope), "out");
        case "branch@1": {
          let port = plan.otherwise;
          for (const option of plan.cases) {
            if (isTruthy(evaluate(option.when, this.#scope))) {
              port = option.port;
              break;
            }
          }
          return this.#succeed(node, step, port, port);
        }
        case "delay@1": {
          const durationMs =
            typeof plan.durationMs === "number" ? plan.durationMs : evaluate(plan.durationMs, this.#scope);
          if (typeof durationMs !== "number" || !(durationMs >= 0 && durationMs <= DELAY_MS_MAX)) {
            const message = `the delay is ${shown(durationMs)}; it must be a number of milliseconds from 0 to ${DELAY_MS_MAX}`;
            return this.#fail(node, step, { code: "delay_invalid", message, node: node.id });
          }
          const effect: TimerEffect = {
            kind: "timer",
            node: node.id,
            dueAt: this.#lastAt + Math.round(durationMs * MICROS_PER_MS),
          };
          this.#wait(step, effect);
          if (this.#events !== null)
            this.#emit("info", "timer.set", node.id, `waits until ${formatTimestamp(effect.dueAt)}`, {
              dueAt: formatTimestamp(effect.dueAt),
            });
          return;
        }
        case "http_call@1": {
          const request = requestOf(plan, this.#scope, `mh-${this.runId}-${node.id}`);
          step.attempt = 1;
          this.#wait(step, {
            kind: "call",
            node: node.id,
            attempt: 1,
            dueAt: this.#lastAt,
            request,
            timeoutMs: plan.timeoutMs,
            atMostOnce: plan.atMostOnce,
          });
          if (this.#events !== null)
            this.#emit("info", "attempt.started", node.id, `${request.method} ${withoutQuery(request.url)}`, {
              attempt: 1,
            });
          return;
        }
        case "terminate@1": {
          const reason = plan.reason === null ? undefined : renderTemplate(plan.reason, this.#scope);
          const output = plan.output === null ? null : resolveValue(plan.output, this.#scope);
          this.#close(step, "succeeded", output);
          this.#nodes[node.id] = outputOf(output);
          if (this.#events !== null) this.#emitSucceeded(node, output);
          const error =
            plan.status === "failed"
              ? { code: "terminated", message: reason ?? "a terminate node ended the run as failed", node: node.id }
              : null;
          return this.#end(plan.status, output, reason, error);
        }
      }
    } catch (error) {
      if (error instanceof ExpressionError)
        return this.#fail(node, step, { code: error.code, message: error.message, node: node.id });
      if (error instanceof RequestError)
        return this.#fail(node, step, { code: "request_invalid", message: error.message, node: node.id });
      throw error;
    }
  }

  #wait(step: Step, effect: Effect): void {
    step.effect = effect;
    this.#waiting++;
    this.#effects.push(effect);
  }

  #stopWaiting(step: Step): void {
    step.effect = null;
    step.hasIntent = false;
    this.#waiting--;
  }

  #close(step: Step, status: StepStatus, output: Json): void {
    step.status = status;
    step.output = output;
    step.endedAt = this.#lastAt;
  }

  #succeed(node: PlanNode, step: Step, output: Json, port: string): void {
    this.#close(step, "succeeded", output);
    this.#nodes[node.id] = outputOf(output);
    if (this.#events !== null && node.index > 0) this.#emitSucceeded(node, output);
    this.#decide(node, port);
  }

  #fail(node: PlanNode, step: Step, error: StepError): void {
    const details = Object.create(null) as Record<string, Json>;
    details["code"] = error.code;
    details["message"] = error.message;
    if (error.status !== undefined) details["status"] = error.status;
    if (error.attempt !== undefined) details["attempt"] = error.attempt;
    const output = Object.create(null) as Record<string, Json>;
    output["error"] = details;
    this.#close(step, "failed", output);
    step.error = error;
    this.#nodes[node.id] = outputOf(output);
    if (this.#events !== null) this.#emit("error", "step.failed", node.id, error.message, details);
    if (node.outgoing.some(({ port }) => port === "error")) this.#decide(node, "error");
    else this.#end("failed", null, undefined, error);
  }

  #skip(node: PlanNode): void {
    this.#steps[node.index] = {
      status: "skipped",
      output: null,
      error: null,
      startedAt: null,
      endedAt: this.#lastAt,
      attempt: 0,
      firstAt: 0,
      effect: null,
      hasIntent: false,
    };
    if (this.#events !== null) this.#emit("debug", "step.skipped", node.id, "no path leads here");
    this.#decide(node, null);
  }

  /** Decides the node's edges: those of `port` are taken. */
  #decide(node: PlanNode, port: string | null): void {
    for (const edge of node.outgoing) {
      if (edge.port === port) this.#taken[edge.to] = numberAt(this.#taken, edge.to) + 1;
      const left = numberAt(this.#undecided, edge.to) - 1;
      this.#undecided[edge.to] = left;
      if (left === 0) this.#ready.push(edge.to);
    }
  }

  #end(status: TerminalStatus, output: Json, reason: string | undefined, error: StepError | null): void {
    this.#ready.length = 0;
    this.#effects = [];
    this.#waiting = 0;
    for (const node of this.plan.nodes) {
      const step = this.#steps[node.index];
      if (step === undefined || step.effect === null) continue;
      step.effect = null;
      step.hasIntent = false;
      this.#close(step, "canceled", null);
      if (this.#events !== null) this.#emit("info", "step.canceled", node.id, "no longer needed: the run is over");
    }
    this.#status = status;
    this.#result = {
      status,
      output,
      ...(reason === undefined ? {} : { reason }),
      ...(error === null ? {} : { error }),
    };
    if (this.#events === null) return;
    const durationUs = this.#lastAt - this.#startedAt;
    const why = error?.message ?? reason;
    const message = `run ${status} after ${milliseconds(durationUs)}${why === undefined ? "" : `: ${why}`}`;
    this.#emit(status === "failed" ? "error" : "info", `run.${status}`, null, message, {
      durationUs,
      ...(error === null ? {} : { code: error.code }),
    });
  }

  #takeEffects(): readonly Effect[] {
    if (this.#effects.length === 0) return NO_EFFECTS;
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  #emitSucceeded(node: PlanNode, output: Json): void {
    const text = JSON.stringify(output);
    this.#emit(
      "info",
      "step.succeeded",
      node.id,
      "succeeded",
      text.length <= LOGGED_OUTPUT_MAX ? { output } : { outputCharacters: text.length },
    );
  }

  #emit(level: RunEvent["level"], type: RunEventType, node: string | null, message: string, data?: Json): void {
    this.#events?.push({
      runId: this.runId,
      seq: this.#seq,
      position: this.#position++,
      at: this.#lastAt,
      level,
      type,
      ...(node === null ? {} : { node }),
      message,
      ...(data === undefined ? {} : { data }),
    });
  }
}

const NO_EFFECTS: readonly Effect[] = [];

function nodeAt(plan: Plan, index: number): PlanNode {
  const node = plan.nodes[index];
  if (node === undefined) throw new RangeError(`plan ${plan.slug} has no node ${index}`);
  return node;
}

function numberAt(numbers: readonly number[], index: number): number {
  return numbers[index] ?? 0;
}

function outputOf(output: Json): Json {
  const entry = Object.create(null) as Record<string, Json>;
  entry["output"] = output;
  return entry;
}

/** JMESPath truth: false, null, "", [] and {} are false; everything else, 0 included, is true. */
function isTruthy(value: Json): boolean {
  if (value === null || value === false || value === "") return false;
  if (typeof value !== "object") return true;
  if (Array.isArray(value)) return value.length > 0;
  for (const _key in value) return true;
  return false;
}

function milliseconds(durationUs: Micros): string {
  return `${Math.round(durationUs / 100) / 10} ms`;
}

function shown(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** Query strings may carry what a log should not. */
function withoutQuery(url: string): string {
  const at = url.search(/[?#]/);
  return at === -1 ? url : url.slice(0, at);
}
