import type { Json } from "../json.ts";
import { emptyObject } from "../json-kind.ts";
import type { Micros } from "../time.ts";
import type { CallEffect, ChildEffect, SignalEffect } from "./effect.ts";
import type { RunEvent, RunEventType, RunResult, StepError } from "./event.ts";
import type { ChildFact, FailureFact, ResponseFact, SignalFact } from "./fact.ts";
import type { LoopProgress } from "./loop.ts";
import type { RetryDecision } from "./retry.ts";
import type { Step } from "./step.ts";
import { formatTimestamp } from "./timestamp.ts";

/** An output is part of its event up to this many characters of JSON; a longer one is replaced by its length. */
const EVENT_OUTPUT_LENGTH_MAX = 2048;

/**
 * Tells a run as a story, one line per event.
 *
 * Positions are counted even without a reader, so that an event has the same cursor for everyone; texts and data are created only while
 * collecting. Messages never contain payload (input, outputs, addresses beyond the host); data may.
 *
 * Pure steps have no `step.started`: they start and end at once. The first attempt of a call has `attempt.started` (with at-most-once:
 * when its intent is recorded); the start of a later one is not a fact, so the preceding `attempt.failed` contains `nextAttemptAt`.
 */
export class EventLog {
  readonly #runId: string;
  #events: RunEvent[] | null = null;
  #seq = -1;
  #position = 0;
  #at: Micros = 0;

  constructor(runId: string) {
    this.#runId = runId;
  }

  /** Collects events from now on. */
  open(): void {
    this.#events ??= [];
  }

  /** Returns the collected events and forgets them. */
  take(): RunEvent[] {
    const events = this.#events;
    if (events === null || events.length === 0) return [];
    this.#events = [];
    return events;
  }

  /** The events that follow are caused by a fact of this segment and time. */
  moveTo(seq: number, at: Micros): void {
    if (seq !== this.#seq) {
      this.#seq = seq;
      this.#position = 0;
    }
    this.#at = at;
  }

  runStarted(slug: string): void {
    if (this.#isClosed()) return;
    this.#add("info", "run.started", null, `Run of ${slug} started`);
  }

  runHeld(): void {
    if (this.#isClosed()) return;
    this.#add("info", "run.held", null, "The run waits for its turn");
  }

  runBegun(waitedUs: number): void {
    if (this.#isClosed()) return;
    const seconds = (waitedUs / 1_000_000).toFixed(3);
    this.#add("info", "run.begun", null, `It is the run's turn after ${seconds} s`, { waitedUs });
  }

  runEnded(result: RunResult, durationUs: number): void {
    if (this.#isClosed()) return;
    const seconds = (durationUs / 1_000_000).toFixed(3);
    const cause =
      result.error === undefined
        ? ""
        : `: ${result.error.code}${result.error.node === undefined ? "" : ` in ${result.error.node}`}`;
    const level = result.status === "succeeded" ? "info" : result.status === "failed" ? "error" : "warn";
    this.#add(level, `run.${result.status}`, null, `Run ${result.status} after ${seconds} s${cause}`, {
      durationUs,
      reason: result.reason,
      error: result.error === undefined ? undefined : errorData(result.error),
    });
  }

  stepStarted(step: Step): void {
    if (this.#isClosed()) return;
    this.#add("info", "step.started", step, `${named(step)} started`);
  }

  /** `port` null: the node has no port to choose. */
  stepSucceeded(step: Step, output: Json, port: string | null): void {
    if (this.#isClosed()) return;
    const choice = port === null ? "" : `: took port ${port}`;
    this.#add("info", "step.succeeded", step, `${named(step)} succeeded${choice}`, {
      port: port ?? undefined,
      ...outputData(output),
    });
  }

  stepFailed(step: Step, error: StepError, isHandled: boolean): void {
    if (this.#isClosed()) return;
    const next = isHandled ? "; continuing at its error port" : "";
    this.#add(
      isHandled ? "warn" : "error",
      "step.failed",
      step,
      `${named(step)} failed: ${error.code}${next}`,
      errorData(error),
    );
  }

  stepSkipped(step: Step): void {
    if (this.#isClosed()) return;
    this.#add("debug", "step.skipped", step, `${named(step)} skipped: no path led to it`);
  }

  stepKept(step: Step): void {
    if (this.#isClosed()) return;
    this.#add("debug", "step.kept", step, `${named(step)} kept from the run before`);
  }

  loopContinued(step: Step, { items, succeeded, failed }: LoopProgress): void {
    if (this.#isClosed()) return;
    const message = `${named(step)} goes on: ${succeeded + failed} of ${items} iterations are kept from the run before`;
    this.#add("info", "step.started", step, message, { items, kept: succeeded + failed });
  }

  stepCanceled(step: Step): void {
    if (this.#isClosed()) return;
    this.#add("warn", "step.canceled", step, `${named(step)} canceled while it waited`);
  }

  attemptStarted(step: Step, effect: CallEffect): void {
    if (this.#isClosed()) return;
    const message = `${named(step)}: attempt ${effect.attempt}, ${effect.target}`;
    this.#add("debug", "attempt.started", step, message, { attempt: effect.attempt });
  }

  attemptSucceeded(step: Step, fact: ResponseFact): void {
    if (this.#isClosed()) return;
    const { attempt, status, durationUs, bodyError } = fact;
    const message = `${named(step)}: attempt ${attempt} answered ${status} after ${(durationUs / 1000).toFixed(1)} ms`;
    this.#add("info", "attempt.succeeded", step, message, {
      attempt,
      status,
      durationUs,
      redirects: fact.redirects?.length,
      bodyError,
    });
  }

  attemptFailed(step: Step, fact: ResponseFact | FailureFact, retry: RetryDecision): void {
    if (this.#isClosed()) return;
    const outcome = fact.kind === "response" ? `answered ${fact.status}` : `failed: ${fact.code}`;
    const next =
      retry.dueAt === null
        ? `no further attempt (${retry.reason})`
        : `next attempt in ${((retry.dueAt - this.#at) / 1_000_000).toFixed(3)} s`;
    this.#add("warn", "attempt.failed", step, `${named(step)}: attempt ${fact.attempt} ${outcome}; ${next}`, {
      attempt: fact.attempt,
      code: fact.kind === "response" ? "http_status" : fact.code,
      status: fact.kind === "response" ? fact.status : undefined,
      message: fact.kind === "response" ? undefined : fact.message,
      durationUs: fact.durationUs,
      redirects: fact.kind === "response" ? fact.redirects?.length : undefined,
      nextAttemptAt: retry.dueAt === null ? undefined : formatTimestamp(retry.dueAt),
      noRetry: retry.dueAt === null ? retry.reason : undefined,
      retryAfter: retry.dueAt === null || retry.retryAfter === "absent" ? undefined : retry.retryAfter,
    });
  }

  timerSet(step: Step, dueAt: Micros): void {
    if (this.#isClosed()) return;
    const due = formatTimestamp(dueAt);
    this.#add("info", "timer.set", step, `${named(step)} waits until ${due}`, { dueAt: due });
  }

  timerFired(step: Step, dueAt: Micros): void {
    if (this.#isClosed()) return;
    this.#add("info", "timer.fired", step, `${named(step)}: the wait is over`, {
      lateUs: Math.max(0, this.#at - dueAt),
    });
  }

  signalAwaited(step: Step, { name, dueAt }: SignalEffect): void {
    if (this.#isClosed()) return;
    const due = dueAt === null ? undefined : formatTimestamp(dueAt);
    const limit = due === undefined ? "" : ` until ${due}`;
    this.#add("info", "signal.awaited", step, `${named(step)} waits for a signal${limit}`, { name, dueAt: due });
  }

  /** `step` null: no step waits for it yet. */
  signalReceived({ name }: SignalFact, step: Step | null): void {
    if (this.#isClosed()) return;
    const message =
      step === null ? "A signal came and is kept until a step waits for it" : `${named(step)}: the signal came`;
    this.#add("info", "signal.received", step, message, { name });
  }

  childStarted(step: Step, { runId, workflow }: ChildEffect): void {
    if (this.#isClosed()) return;
    this.#add("info", "child.started", step, `${named(step)} runs ${workflow} as run ${runId}`, { runId, workflow });
  }

  childEnded(step: Step, { runId, status, error }: ChildFact): void {
    if (this.#isClosed()) return;
    const outcome = status === "not_started" ? "could not be started" : status;
    const why = error === undefined ? "" : `: ${error.code}`;
    const level = status === "succeeded" ? "info" : "warn";
    this.#add(level, "child.ended", step, `${named(step)}: run ${runId} ${outcome}${why}`, {
      runId,
      status,
      code: error?.code,
    });
  }

  loopStarted(step: Step, items: number, concurrency: number): void {
    if (this.#isClosed()) return;
    const atOnce = concurrency === 1 ? "one after the other" : `${concurrency} at a time`;
    const message = `${named(step)} started: ${items} ${items === 1 ? "item" : `items, ${atOnce}`}`;
    this.#add("info", "step.started", step, message, { items, concurrency });
  }

  iterationSucceeded(step: Step, iteration: readonly number[], result: Json, isLast: boolean): void {
    if (this.#isClosed()) return;
    const end = isLast ? "; the loop ends with it" : "";
    const message = `${named(step)}: iteration ${iteration.at(-1)} succeeded${end}`;
    this.#add("debug", "iteration.succeeded", step, message, { index: iteration.at(-1), ...outputData(result) });
  }

  iterationFailed(step: Step, iteration: readonly number[], error: StepError): void {
    if (this.#isClosed()) return;
    const message = `${named(step)}: iteration ${iteration.at(-1)} failed: ${error.code}`;
    this.#add("warn", "iteration.failed", step, message, { index: iteration.at(-1), ...errorData(error) });
  }

  /** True when there is no reader: the event takes its position but is not created. */
  #isClosed(): boolean {
    if (this.#events !== null) return false;
    this.#position += 1;
    return true;
  }

  #add(
    level: RunEvent["level"],
    type: RunEventType,
    step: Step | null,
    message: string,
    data: { readonly [key: string]: Json | undefined } = {},
  ): void {
    const compact = defined(data);
    const iteration = step?.frame.iteration ?? [];
    this.#events?.push({
      runId: this.#runId,
      seq: this.#seq,
      position: this.#position,
      at: this.#at,
      level,
      type,
      ...(step === null ? {} : { node: step.node }),
      ...(iteration.length === 0 ? {} : { iteration }),
      message,
      ...(Object.keys(compact).length === 0 ? {} : { data: compact }),
    });
    this.#position += 1;
  }
}

/** `charge`, and inside loops `charge[3]`. */
function named({ node, frame: { iteration } }: Step): string {
  return iteration.length === 0 ? node : `${node}[${iteration.join("][")}]`;
}

/** A step error as data. */
export function errorData(error: StepError): { readonly [key: string]: Json } {
  return defined({ ...error });
}

function outputData(output: Json): { readonly [key: string]: Json | undefined } {
  if (output === null) return {};
  const { length } = JSON.stringify(output);
  return length <= EVENT_OUTPUT_LENGTH_MAX ? { output } : { outputLength: length };
}

/** The members with a value, without prototype. */
function defined(data: { readonly [key: string]: Json | undefined }): { readonly [key: string]: Json } {
  const result = emptyObject();
  for (const [key, value] of Object.entries(data)) if (value !== undefined) result[key] = value;
  return result;
}
