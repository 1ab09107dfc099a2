import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";

import { decodeFacts } from "@meshhook/core";
import { JournalUnavailable, type Job, type Jobs, type JobState, type Journal } from "@meshhook/journal";
import type { Engine, Logger } from "@meshhook/runtime";

import { HeavyWork } from "../api/heavy-work.ts";
import { isUnreadable } from "../api/problem-answer.ts";
import type { Reruns } from "../api/reruns.ts";
import { HttpProblem } from "../http-problem.ts";
import { type JobProgress, type JobSpec, progressOf, specOf } from "./job-spec.ts";
import type { RunSelection } from "./run-selection.ts";

export interface JobRunnerOptions {
  readonly jobs: Jobs;
  readonly journal: Journal;
  readonly engine: Engine;
  readonly reruns: Reruns;
  readonly selection: RunSelection;
  readonly log: Logger;
}

/** A job whose worker has been silent for this long is continued by another process. */
const HOLD_MS = 30_000;
/** How often progress is stored, and how soon a request to stop is noticed. */
const SAVE_MS = 1_000;
/** How often a process looks for jobs of others that have died. */
const LOOK_MS = 5_000;
/** Jobs that one process works on at the same time, each of another project. */
const AT_ONCE_MAX = 8;
const PAGE = 50;
/** After the engine or the database could not do something. */
const AGAIN_MS = 1_000;

/** What became of one run. */
type Done = { readonly kind: "done" } | { readonly kind: "refused"; readonly message: string };

/**
 * Works on jobs, run by run, at the rate that each allows.
 *
 * Progress is stored about once a second. What was done after that is done again by the process that continues the job, without effect: a
 * replay's idempotency key is made of the job and the run, and canceling or erasing a run twice changes nothing.
 */
export class JobRunner {
  readonly #options: JobRunnerOptions;
  readonly #worker = randomUUID();
  readonly #heavyWork = new HeavyWork();
  readonly #closing = new AbortController();
  readonly #working = new Set<Promise<void>>();
  #isLooking = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: JobRunnerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => this.look(), LOOK_MS).unref();
    this.look();
  }

  /** A job was created, or may wait to be continued. */
  look(): void {
    if (this.#isLooking || this.#closing.signal.aborted) return;
    this.#isLooking = true;
    this.#claim()
      .catch((error: unknown) =>
        this.#options.log.debug({ error: String(error) }, "cannot look for jobs; trying again"),
      )
      .finally(() => {
        this.#isLooking = false;
      });
  }

  /** Gives jobs up, so that another process, or the next start, continues them. */
  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#closing.abort();
    await Promise.all(this.#working);
  }

  async #claim(): Promise<void> {
    while (this.#working.size < AT_ONCE_MAX && !this.#closing.signal.aborted) {
      const job = await this.#options.jobs.claimJob(this.#worker, HOLD_MS);
      if (job === null) return;
      const work = this.#workOn(job)
        .catch((error: unknown) =>
          this.#options.log.warn({ jobId: job.id, error: String(error) }, "a job stands still; it will be continued"),
        )
        .finally(() => {
          this.#working.delete(work);
          this.look();
        });
      this.#working.add(work);
    }
  }

  async #workOn(job: Job): Promise<void> {
    const { selection } = this.#options;
    const spec = specOf(job);
    const record = new JobRecord(this.#options.jobs, this.#worker, job);
    const pace = new Pace(spec.ratePerSecond);
    while (record.goesOn && !this.#isClosing) {
      const { beforeRunId } = record.progress;
      const filter = beforeRunId === null ? spec.filter : { ...spec.filter, beforeRunId };
      const page = await this.#heavyWork.run(job.projectId, (rest) =>
        selection.page(job.projectId, filter, { limit: PAGE, rest }),
      );
      for (const { run } of page.runs) {
        await this.#pause(pace.next());
        const done = await this.#act(job, spec, run.runId, record);
        if (done === null) break;
        record.count(run.runId, done);
        if (record.isDue) await record.save(HOLD_MS);
        if (!record.goesOn || this.#isClosing) break;
      }
      if (!record.goesOn || this.#isClosing) break;
      if (page.next === null) return record.end("done");
      record.passTo(page.next);
      await record.save(HOLD_MS);
    }
    if (record.state === "stopping") return record.end("stopped");
    if (record.state !== null) await record.save(0);
  }

  get #isClosing(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Does it, however long the engine cannot. Null when the job is given up before. */
  async #act(job: Job, spec: JobSpec, runId: string, record: JobRecord): Promise<Done | null> {
    for (;;) {
      try {
        switch (spec.kind) {
          case "cancel":
            return await this.#cancel(job, spec, runId);
          case "erase":
            return await this.#erase(job, runId);
          case "replay":
          default:
            return await this.#replay(job, spec, runId);
        }
      } catch (error) {
        const isOver = error instanceof HttpProblem && error.status < 500;
        // Neither could the next process, and all other runs of the project would wait behind this one.
        if (isOver || isUnreadable(error)) return { kind: "refused", message: `${runId}: ${error.message}` };
        if (!(error instanceof HttpProblem) && !(error instanceof JournalUnavailable)) throw error;
        record.message = `Waiting, because ${error.message}`;
        await record.save(HOLD_MS);
        await this.#pause(AGAIN_MS);
        if (!record.goesOn || this.#isClosing) return null;
      }
    }
  }

  async #replay(job: Job, spec: JobSpec, runId: string): Promise<Done> {
    const { journal, reruns } = this.#options;
    const [first] = await journal.readRun(runId, { projectId: job.projectId });
    if (first === undefined) return { kind: "refused", message: `${runId}: the run is no longer stored` };
    const [delivery] = decodeFacts(first.facts);
    // Its own work, of a process whose clock is behind.
    if (delivery?.kind === "delivery" && delivery.origin?.kind === "replay" && delivery.origin.job === job.id)
      return { kind: "refused", message: `${runId}: this job started the run` };
    await reruns.replay([first], { key: `job ${job.id}`, version: spec.version ?? "active", by: spec.by, job: job.id });
    return { kind: "done" };
  }

  async #cancel(job: Job, spec: JobSpec, runId: string): Promise<Done> {
    const reason = spec.reason ?? `canceled by job ${job.id}`;
    const outcome = await this.#options.engine.cancel(job.projectId, runId, reason);
    if (outcome === "unavailable") throw new HttpProblem("unavailable", "the database cannot be reached");
    if (outcome === "accepted") return { kind: "done" };
    return { kind: "refused", message: `${runId}: the run had ended before it could be canceled` };
  }

  async #erase(job: Job, runId: string): Promise<Done> {
    const outcome = await this.#options.journal.eraseRun(job.projectId, runId);
    if (outcome === "in_progress") return { kind: "refused", message: `${runId}: the run has not ended` };
    // Erased before: by this job, when a process ended before it could say so, or by somebody else.
    return { kind: "done" };
  }

  async #pause(ms: number): Promise<void> {
    if (ms <= 0) return;
    await delay(ms, undefined, { signal: this.#closing.signal }).catch(() => undefined);
  }
}

/** Spreads work evenly. */
class Pace {
  readonly #everyMs: number;
  #dueMs = performance.now();

  constructor(perSecond: number) {
    this.#everyMs = 1_000 / perSecond;
  }

  /** Milliseconds until the next piece of work is due. */
  next(): number {
    const now = performance.now();
    const waitMs = this.#dueMs - now;
    this.#dueMs = Math.max(this.#dueMs, now) + this.#everyMs;
    return waitMs;
  }
}

/** What this process knows of a job that it works on, and what of it is stored. */
class JobRecord {
  readonly #jobs: Jobs;
  readonly #worker: string;
  readonly #id: string;
  progress: JobProgress;
  message: string | null;
  /** Null when another process works on the job. */
  state: JobState | null;
  #savedMs = performance.now();

  constructor(jobs: Jobs, worker: string, job: Job) {
    this.#jobs = jobs;
    this.#worker = worker;
    this.#id = job.id;
    this.progress = progressOf(job);
    this.message = job.message;
    this.state = job.state;
  }

  get goesOn(): boolean {
    return this.state === "running";
  }

  get isDue(): boolean {
    return performance.now() - this.#savedMs >= SAVE_MS;
  }

  count(runId: string, done: Done): void {
    const { examined, done: doneBefore, refused } = this.progress;
    const isDone = done.kind === "done";
    this.progress = {
      beforeRunId: runId,
      examined: examined + 1,
      done: doneBefore + (isDone ? 1 : 0),
      refused: refused + (isDone ? 0 : 1),
    };
    this.message = done.kind === "refused" ? done.message : null;
  }

  passTo(beforeRunId: string): void {
    this.progress = { ...this.progress, beforeRunId };
  }

  async save(holdMs: number): Promise<void> {
    this.state = await this.#jobs.saveJob(this.#worker, this.#id, this.#change, holdMs);
    this.#savedMs = performance.now();
  }

  async end(ended: "stopped" | "done"): Promise<void> {
    await this.#jobs.saveJob(this.#worker, this.#id, { ...this.#change, ended }, 0);
  }

  get #change(): { readonly progress: string; readonly message: string | null } {
    return { progress: JSON.stringify(this.progress), message: this.message };
  }
}
