import type { Json } from "../json.ts";
import type { Micros } from "../time.ts";
import type { TerminalStatus } from "./status.ts";

/**
 * The live log: what people and pages see of a run, derived from facts by the fold.
 *
 * `seq` is the segment of the fact that caused the event, `position` counts from 0 within that segment; together they are
 * the cursor of the run's stream, the same on every re-fold.
 */
export interface RunEvent {
  readonly runId: string;
  readonly seq: number;
  readonly position: number;
  readonly at: Micros;
  readonly level: "debug" | "info" | "warn" | "error";
  readonly type: RunEventType;
  /** The node this is about; absent for events of the run itself. */
  readonly node?: string;
  /** Inside loops the numbers of the iterations, outermost first. */
  readonly iteration?: readonly number[];
  /** One line for people. */
  readonly message: string;
  readonly data?: Json;
}

export const RUN_EVENT_TYPES = [
  "run.started",
  "run.held",
  "run.begun",
  "step.started",
  "step.succeeded",
  "step.failed",
  "step.skipped",
  "step.canceled",
  "attempt.started",
  "attempt.succeeded",
  "attempt.failed",
  "iteration.succeeded",
  "iteration.failed",
  "child.started",
  "child.ended",
  "timer.set",
  "timer.fired",
  "signal.awaited",
  "signal.received",
  "run.succeeded",
  "run.failed",
  "run.canceled",
] as const;
export type RunEventType = (typeof RUN_EVENT_TYPES)[number];

/** Why a step or a run failed. `code` is stable; see the error catalogue. */
export interface StepError {
  readonly code: string;
  readonly message: string;
  readonly node?: string;
  readonly status?: number;
  readonly attempt?: number;
}

/** How a run ended. */
export interface RunResult {
  readonly status: TerminalStatus;
  readonly output: Json;
  readonly reason?: string;
  readonly error?: StepError;
  /** The answer to the webhook, where the workflow gives one: for endpoints that answer with it. */
  readonly response?: RunResponse;
}

/** An HTTP answer to the webhook that started a run, made by the run. */
export interface RunResponse {
  /** 200 to 599. */
  readonly status: number;
  /** Lower-case names, in order; with `content-type` where there is a body. */
  readonly headers: { readonly [name: string]: string };
  /** The body's text, or base64 of its bytes where `bodyEncoding` says so. Absent: no body. */
  readonly body?: string;
  readonly bodyEncoding?: "base64";
}
