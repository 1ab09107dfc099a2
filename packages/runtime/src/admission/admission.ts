import { shardOfRunId } from "@meshhook/core";

import type { Applicant } from "./applicant.ts";
import { ProjectLine, type Turn, type Hold } from "./project-line.ts";
import type { AdmissionRules } from "./rules.ts";

/** Runs of a project that begin at the same time, when its limit or a pause has gone. */
const BEGINS = 4;

export interface AdmissionOptions {
  /** Everything that goes on in the shard of a run is counted, so that a limit can be kept. If not, `serve` is called when it is. */
  readonly isCounted: (runId: string) => boolean;
  /** It is the turn of a run. Resolves when that is recorded; false when there is no such run any more. */
  readonly begin: (runId: string) => Promise<boolean>;
  readonly onFailed: (error: unknown) => void;
}

/** What a run waits for that has not begun. */
export interface RunTurn extends Hold {
  /** Its workflow is paused. */
  readonly isPaused: boolean;
}

/**
 * Which runs wait for their turn: those of workflows that are paused, and those beyond the limit of a workflow or a project for runs that go on
 * at the same time.
 *
 * A run that waits is accepted and durable, as a run with a held delivery, and not in memory. While nothing is paused or limited, this costs
 * a run one comparison. Projects do not wait for each other, and the workflows of a project take turns.
 */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #projects = new Map<string, ProjectLine>();
  #rules: AdmissionRules = { paused: new Set(), limits: new Map() };

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /** No run is held or counted. */
  get isIdle(): boolean {
    const { paused, limits } = this.#rules;
    return this.#projects.size === 0 && paused.size === 0 && limits.size === 0;
  }

  isPaused(workflowId: string): boolean {
    return this.#rules.paused.has(workflowId);
  }

  /** Only some runs of the project may go on at the same time. */
  hasLimit(projectId: string): boolean {
    return this.#rules.limits.has(projectId);
  }

  /** The project or workflow in whose home shard new runs start, so that they can be counted there; null: they may start in any shard. */
  homeOf(projectId: string, workflowId: string, concurrency: number | null): string | null {
    if (this.hasLimit(projectId)) return projectId;
    return concurrency === null ? null : workflowId;
  }

  /** Null when the run does not wait here. */
  turnOf(projectId: string, workflowId: string, runId: string): RunTurn | null {
    const wait = this.#projects.get(projectId)?.waitOf(workflowId, runId) ?? null;
    return wait === null ? null : { isPaused: this.isPaused(workflowId), ...wait };
  }

  setRules(rules: AdmissionRules): void {
    this.#rules = rules;
    for (const project of this.#projects.values()) {
      project.limit = this.#limitOf(project.projectId);
      project.setPaused(rules.paused);
      this.#serve(project);
    }
  }

  /** A new run may go on at once, and counts as going on. Otherwise it has to be held. */
  admit(run: Applicant): boolean {
    const { projectId, runId, workflowId, concurrency } = run;
    if (this.isPaused(workflowId)) return false;
    const isLimited = concurrency !== null || this.hasLimit(projectId);
    if (!isLimited) return this.#projects.get(projectId)?.isOpen(workflowId) ?? true;
    const project = this.#projectOf(projectId);
    const line = project.lineOf(run, false);
    const isOpen = project.isOpenTo(line) && this.#options.isCounted(runId);
    if (isOpen) project.count(line, runId);
    this.#tidy(project);
    return isOpen;
  }

  /** A run with a held delivery is durable. */
  hold(run: Applicant): void {
    const project = this.#projectOf(run.projectId);
    project.hold(project.lineOf(run, this.isPaused(run.workflowId)), run.runId);
    this.#serve(project);
  }

  /** A run goes on: it was found in the journal. */
  count(run: Applicant): void {
    const project = this.#projectOf(run.projectId);
    project.count(project.lineOf(run, this.isPaused(run.workflowId)), run.runId);
    this.#tidy(project);
  }

  /** A run has ended, or was not stored. */
  release({
    projectId,
    workflowId,
    runId,
  }: {
    readonly projectId: string;
    readonly workflowId: string;
    readonly runId: string;
  }): void {
    const project = this.#projects.get(projectId);
    if (project === undefined) return;
    project.release(workflowId, runId);
    this.#serve(project);
  }

  /** Another process goes on with the runs of this shard. */
  forgetShard(shard: number): void {
    for (const project of this.#projects.values()) {
      project.forget((runId) => shardOfRunId(runId) === shard);
      this.#serve(project);
    }
  }

  /** Lets runs begin that had to wait until everything was counted. */
  serve(): void {
    for (const project of this.#projects.values()) this.#serve(project);
  }

  #limitOf(projectId: string): number {
    return this.#rules.limits.get(projectId) ?? Number.POSITIVE_INFINITY;
  }

  #projectOf(projectId: string): ProjectLine {
    let project = this.#projects.get(projectId);
    if (project === undefined) {
      project = new ProjectLine(projectId);
      project.limit = this.#limitOf(projectId);
      this.#projects.set(projectId, project);
    }
    return project;
  }

  #serve(project: ProjectLine): void {
    while (project.beginning.size < BEGINS) {
      const turn = project.next(this.#options.isCounted);
      if (turn === null) break;
      void this.#begin(project, turn);
    }
    this.#tidy(project);
  }

  #tidy(project: ProjectLine): void {
    project.tidy();
    // A beginning may outlive the line that it came from: another one may stand in its place.
    const { projectId } = project;
    if (project.isIdle && this.#projects.get(projectId) === project) this.#projects.delete(projectId);
  }

  async #begin(project: ProjectLine, turn: Turn): Promise<void> {
    const { begin, onFailed } = this.#options;
    project.beginning.add(turn);
    let isThere = true;
    try {
      isThere = await begin(turn.runId);
    } catch (error) {
      onFailed(error);
    }
    // If its shard was given up meanwhile, the run may be back, and wait again.
    const isOurs = project.beginning.delete(turn);
    if (isOurs && !isThere) project.release(turn.workflowId, turn.runId);
    this.#serve(project);
  }
}
