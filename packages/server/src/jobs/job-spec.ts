import { formatTime, type JobResource } from "@meshhook/contract";
import type { Requester } from "@meshhook/core";
import type { Job } from "@meshhook/journal";

import type { RunFilter } from "./run-selection.ts";

/** What a job was asked to do, as it is stored. */
export interface JobSpec {
  readonly kind: "replay" | "cancel" | "erase";
  /** As it was asked for, to be shown. */
  readonly asked: JobResource["filter"];
  /** As it is applied. Ends at the time of the request, so that runs that the job starts are not among its own. */
  readonly filter: RunFilter;
  readonly version?: "active" | "same";
  readonly reason?: string;
  readonly ratePerSecond: number;
  readonly by: Requester;
  /** Hash of the request: distinguishes a repeat from a reuse of its key. */
  readonly request: string;
}

/** How far a job is. */
export interface JobProgress {
  /** Runs below this one are still to be looked at; null at the start. */
  readonly beforeRunId: string | null;
  readonly examined: number;
  readonly done: number;
  readonly refused: number;
}

export const NO_PROGRESS: JobProgress = { beforeRunId: null, examined: 0, done: 0, refused: 0 };

export function specOf(job: Job): JobSpec {
  return JSON.parse(job.spec) as JobSpec;
}

export function progressOf(job: Job): JobProgress {
  return JSON.parse(job.progress) as JobProgress;
}

export function jobResource(job: Job): JobResource {
  const { kind, asked, version, reason, ratePerSecond, by } = specOf(job);
  const { examined, done, refused } = progressOf(job);
  return {
    id: job.id,
    kind,
    filter: asked,
    ...(version === undefined ? {} : { version }),
    ...(reason === undefined ? {} : { reason }),
    ratePerSecond,
    by,
    state: job.state,
    examined,
    done,
    refused,
    message: job.message,
    createdAt: formatTime(job.createdAt),
    finishedAt: job.finishedAt === null ? null : formatTime(job.finishedAt),
  };
}
