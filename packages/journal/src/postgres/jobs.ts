import type { Micros } from "@meshhook/core";

import { isUuid } from "../id.ts";
import type { Job, JobChange, Jobs, JobState, NewJob } from "../jobs.ts";
import type { Connections } from "./connections.ts";
import { queries } from "./queries.ts";

/** Jobs in Postgres. */
export class PostgresJobs implements Jobs {
  readonly #connections: Connections;

  constructor(connections: Connections) {
    this.#connections = connections;
  }

  async createJob({ id, projectId, spec, progress }: NewJob): Promise<Job> {
    const values = [id, projectId, spec, progress];
    await this.#connections.readAsTenant("create a job", projectId, queries["insert-job"], values);
    const stored = await this.findJob(projectId, id);
    if (stored === null) throw new Error(`Job ${id} was stored and is not found; does another project have this id?`);
    return stored;
  }

  async findJob(projectId: string, jobId: string): Promise<Job | null> {
    if (!isUuid(jobId)) return null;
    const found = await this.#connections.readAsTenant<JobColumns>("find a job", projectId, queries["find-job"], [
      jobId,
      projectId,
    ]);
    return found.rows.map(jobOf)[0] ?? null;
  }

  async listJobs(projectId: string, limit: number): Promise<readonly Job[]> {
    const found = await this.#connections.readAsTenant<JobColumns>("list jobs", projectId, queries["list-jobs"], [
      projectId,
      limit,
    ]);
    return found.rows.map(jobOf);
  }

  async stopJob(projectId: string, jobId: string): Promise<void> {
    if (!isUuid(jobId)) return;
    await this.#connections.readAsTenant("stop a job", projectId, queries["stop-job"], [jobId, projectId]);
  }

  async claimJob(worker: string, holdMs: number): Promise<Job | null> {
    // Not repeated: a claim whose answer was lost holds the job until its time is over.
    const found = await this.#connections.transaction("claim a job", (runner) =>
      runner.query<JobColumns>(queries["claim-job"], [worker, holdMs]),
    );
    return found.rows.map(jobOf)[0] ?? null;
  }

  async saveJob(worker: string, jobId: string, change: JobChange, holdMs: number): Promise<JobState | null> {
    const { progress, message, ended } = change;
    const values = [jobId, worker, progress, message, ended ?? null, holdMs];
    const found = await this.#connections.read<{ state: JobState }>("save a job", queries["save-job"], values);
    return found.rows[0]?.state ?? null;
  }
}

interface JobColumns {
  readonly id: string;
  readonly project_id: string;
  readonly spec: string;
  readonly created_at: Micros;
  readonly state: JobState;
  readonly progress: string;
  readonly message: string | null;
  readonly finished_at: Micros | null;
}

function jobOf(row: JobColumns): Job {
  return {
    id: row.id,
    projectId: row.project_id,
    spec: row.spec,
    createdAt: row.created_at,
    state: row.state,
    progress: row.progress,
    message: row.message,
    finishedAt: row.finished_at,
  };
}
