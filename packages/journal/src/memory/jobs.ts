import type { Job, JobChange, Jobs, JobState, NewJob } from "../jobs.ts";

interface HeldJob {
  job: Job;
  worker: string | null;
  heldUntilMs: number;
}

/** Jobs in memory: the same answers as Postgres. */
export class MemoryJobs implements Jobs {
  readonly #nowMs: () => number;
  /** In the order of their creation. */
  readonly #jobs = new Map<string, HeldJob>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  async createJob(job: NewJob): Promise<Job> {
    const known = this.#jobs.get(job.id);
    if (known !== undefined) return known.job;
    const created: Job = {
      ...job,
      createdAt: this.#nowMs() * 1_000,
      state: "running",
      message: null,
      finishedAt: null,
    };
    this.#jobs.set(job.id, { job: created, worker: null, heldUntilMs: 0 });
    return created;
  }

  async findJob(projectId: string, jobId: string): Promise<Job | null> {
    const found = this.#jobs.get(jobId)?.job;
    return found?.projectId === projectId ? found : null;
  }

  async listJobs(projectId: string, limit: number): Promise<readonly Job[]> {
    return [...this.#jobs.values()]
      .map(({ job }) => job)
      .filter((job) => job.projectId === projectId)
      .reverse()
      .slice(0, limit);
  }

  async stopJob(projectId: string, jobId: string): Promise<void> {
    const held = this.#jobs.get(jobId);
    if (held?.job.projectId === projectId && held.job.state === "running")
      held.job = { ...held.job, state: "stopping" };
  }

  async claimJob(worker: string, holdMs: number): Promise<Job | null> {
    const nowMs = this.#nowMs();
    const open = [...this.#jobs.values()].filter(({ job }) => job.state === "running" || job.state === "stopping");
    const first = [...Map.groupBy(open, ({ job }) => job.projectId).values()].flatMap((ofProject) =>
      ofProject.slice(0, 1),
    );
    const next = first.find(({ heldUntilMs }) => heldUntilMs <= nowMs);
    if (next === undefined) return null;
    next.worker = worker;
    next.heldUntilMs = nowMs + holdMs;
    return next.job;
  }

  async saveJob(worker: string, jobId: string, change: JobChange, holdMs: number): Promise<JobState | null> {
    const held = this.#jobs.get(jobId);
    if (held?.worker !== worker) return null;
    const { progress, message, ended } = change;
    const nowMs = this.#nowMs();
    held.job = {
      ...held.job,
      progress,
      message,
      ...(ended === undefined ? {} : { state: ended, finishedAt: nowMs * 1_000 }),
    };
    held.heldUntilMs = nowMs + holdMs;
    return held.job.state;
  }
}
