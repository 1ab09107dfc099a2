import type { Micros } from "@meshhook/core";

/**
 * Work on many runs, kept so that it survives the process that does it. One process at a time works on a job; when it falls silent, another
 * one continues.
 */
export interface Jobs {
  /** Stores a job. If there is one with this id, that one stays as it is. Resolves with the stored one. */
  createJob(job: NewJob): Promise<Job>;
  findJob(projectId: string, jobId: string): Promise<Job | null>;
  /** Newest first. */
  listJobs(projectId: string, limit: number): Promise<readonly Job[]>;
  /** Asks the job's worker to stop. Does nothing when the job has ended. */
  stopJob(projectId: string, jobId: string): Promise<void>;
  /** Takes the oldest job that nobody works on, for `holdMs`. The jobs of a project are done one after the other. Null when there is none. */
  claimJob(worker: string, holdMs: number): Promise<Job | null>;
  /**
   * Stores what a worker has done, and keeps the job for another `holdMs` (0: gives it up).
   *
   * @returns The job's state; null when the job is no longer this worker's, so that nothing was stored.
   */
  saveJob(worker: string, jobId: string, change: JobChange, holdMs: number): Promise<JobState | null>;
}

/** `stopping`: somebody asked to stop it, and its worker has not yet. */
export type JobState = "running" | "stopping" | "stopped" | "done";

export interface NewJob {
  /** UUID, chosen by the caller so that a repeated request gives the same job. */
  readonly id: string;
  readonly projectId: string;
  /** JSON text. */
  readonly spec: string;
  /** JSON text. */
  readonly progress: string;
}

export interface Job extends NewJob {
  readonly createdAt: Micros;
  readonly state: JobState;
  /** Why the job does not get on; null while it does. */
  readonly message: string | null;
  readonly finishedAt: Micros | null;
}

export interface JobChange {
  readonly progress: string;
  readonly message: string | null;
  /** Set when the job ends with this change. */
  readonly ended?: "stopped" | "done";
}
