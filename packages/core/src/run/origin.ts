import type { Micros } from "../time.ts";
import type { StepPlace } from "./step-key.ts";

/** Where a run comes from that no webhook started. */
export type RunOrigin = ReplayOrigin | ResumeOrigin | ChildOrigin | ScheduleOrigin;

/** A new run of the same delivery. */
export interface ReplayOrigin {
  readonly kind: "replay";
  /** The run with that delivery. */
  readonly runId: string;
  readonly by?: Requester;
  /** The job that replays many runs; absent when this one was asked for by itself. */
  readonly job?: string;
}

/** A new run that keeps what another one did before a step, and continues from there. */
export interface ResumeOrigin extends StepPlace {
  readonly kind: "resume";
  readonly runId: string;
  readonly by?: Requester;
  /** What is not as in that run: `input`, and `nodes.<id>` for the output of a kept step. Absent when nothing was edited. */
  readonly edited?: readonly string[];
}

/** The API key with which somebody asked for a run. */
export interface Requester {
  readonly keyId: string;
  /** As it was called then. */
  readonly name: string;
}

/** A run that a step of another run waits for. */
export interface ChildOrigin extends StepPlace {
  readonly kind: "child";
  /** The run with that step. */
  readonly runId: string;
  /** 1 for the child of a run that is nobody's child. */
  readonly depth: number;
  /** The run above all others that led to this one; absent in runs of earlier releases. */
  readonly rootRunId?: string;
}

export interface ScheduleOrigin {
  readonly kind: "schedule";
  /** The time of the schedule; the run may have started later. */
  readonly plannedAt: Micros;
}
