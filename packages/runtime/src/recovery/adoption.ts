import { decodeFacts, InvalidDefinitionError, Run, SLICE_UNITS, type Micros, type Plan } from "@meshhook/core";
import type { Journal, StoredRun } from "@meshhook/journal";
import { failpoint } from "@meshhook/journal/failpoint";

import { applicantOf, type Applicant } from "../admission/applicant.ts";
import type { Clock } from "../clock.ts";
import { LiveRun } from "../live-run.ts";
import type { Logger } from "../logger.ts";
import type { Memory } from "../memory.ts";
import type { PlanCache } from "../plan-cache.ts";
import type { Shard } from "../shard.ts";
import { SLICE_MS, type Turns } from "../turns.ts";
import { FAR_FUTURE, quietUntil } from "../wait.ts";
import { weightOfFact } from "../weigh.ts";
import type { Wakes } from "./wakes.ts";

/** A takeover notes a run with more bytes of facts before folding it, so that the run can be identified if it ends its owner. */
const SUSPECT_BYTES = 131_072;
/** So many owners may begin to fold a run and not finish; then it is set aside. */
export const ATTEMPTS_MAX = 2;

export interface AdoptionOptions {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly plans: PlanCache;
  readonly memory: Memory;
  readonly turns: Turns;
  readonly log: Logger;
  /** A run came into memory, so what it waits for has to be started. */
  readonly onAdopted: (shard: Shard, live: LiveRun) => void;
  /** A run that waits for its turn was found; it stays in the journal, and its id in `Shard.away`. */
  readonly onHeld: (run: Applicant) => void;
  /** A run was found that goes on. */
  readonly onGoing: (run: Applicant) => void;
}

/** A run to be read, with the timer that brought it back. */
interface Found {
  readonly stored: StoredRun;
  readonly timerDueAt: Micros | null;
}

/**
 * Folds stored runs and brings them into memory. Folds rest between slices, so that webhooks and heartbeats continue.
 *
 * A large run is noted as a suspect while a takeover folds it. If two owners in a row did not survive it, it is set aside.
 */
export class Adoption {
  readonly #options: AdoptionOptions;
  readonly #wakes: Wakes;

  constructor(options: AdoptionOptions, wakes: Wakes) {
    this.#options = options;
    this.#wakes = wakes;
  }

  /** `mustStay`: keep the run in memory even if it only waits for a later time. */
  read(shard: Shard, runId: string, timerDueAt: Micros | null, mustStay: boolean): Promise<LiveRun | null> {
    return shard.during(async () => {
      const leaves = shard.leaves(runId);
      const segments = await this.#options.journal.readRun(runId);
      if (shard.isGone || segments.length === 0) return null;
      const found = { stored: { runId, segments }, timerDueAt };
      return this.#adopt(shard, found, this.#newSlice(), { mustStay, isWanted: true, leaves });
    });
  }

  /** @param left  How often runs had left memory when the page was read (`Shard.leaves`). */
  async adoptPage(shard: Shard, page: readonly Found[], left: ReadonlyMap<string, number>): Promise<void> {
    const { journal } = this.#options;
    const slice = this.#newSlice();
    const large = page.map(({ stored }) => stored).filter((stored) => this.#isSuspicious(shard, stored));
    const runIds = large.map(({ runId }) => runId);
    if (runIds.length > 0) await journal.raiseSuspects(shard.shard, runIds);
    for (const found of page) {
      if (shard.isGone) return;
      await this.#adoptSuspect(shard, found, slice, left.get(found.stored.runId) ?? 0);
    }
    if (runIds.length > 0) await journal.clearSuspects(shard.shard, runIds);
  }

  #isSuspicious(shard: Shard, { runId, segments }: StoredRun): boolean {
    if (shard.suspects.has(runId) || shard.live.get(runId) !== undefined) return false;
    let bytes = 0;
    for (const { facts } of segments) bytes += facts.length;
    return bytes > SUSPECT_BYTES;
  }

  /** Runs that an owner did not survive are folded one at a time, so that only the culprit's attempts add up. */
  async #adoptSuspect(shard: Shard, found: Found, slice: Slice, leaves: number): Promise<void> {
    const { journal, log } = this.#options;
    const { runId } = found.stored;
    const attempts = shard.suspects.get(runId);
    const options = { mustStay: false, isWanted: false, leaves };
    if (attempts === undefined) {
      await this.#adopt(shard, found, slice, options);
    } else if (attempts >= ATTEMPTS_MAX) {
      if (!shard.aside.has(runId)) {
        log.error(
          { runId, attempts },
          "this run is set aside, because its owner ended or lost its shards this many times while loading it; all other runs continue. To release it, see “A run is set aside” in docs/guide/operations.md",
        );
      }
      shard.aside.set(runId, found.timerDueAt);
    } else {
      await journal.raiseSuspects(shard.shard, [runId]);
      await this.#adopt(shard, found, slice, options);
      if (shard.isGone) return;
      shard.suspects.delete(runId);
      await journal.clearSuspects(shard.shard, [runId]);
    }
  }

  /**
   * Folds a stored run and brings it into memory, unless it has ended, is already there, or only waits for a later time.
   *
   * @param options.isWanted  The run is read because it is away; otherwise it comes back without this.
   * @param options.leaves  How often the run had left memory when it was read (`Shard.leaves`).
   */
  async #adopt(
    shard: Shard,
    { stored, timerDueAt }: Found,
    slice: Slice,
    options: { readonly mustStay: boolean; readonly isWanted: boolean; readonly leaves: number },
  ): Promise<LiveRun | null> {
    const { memory, plans } = this.#options;
    const { runId, segments } = stored;
    const first = segments[0];
    const last = segments[segments.length - 1];
    if (first === undefined || last === undefined) return null;
    if (timerDueAt !== null) shard.noteTimer(runId, timerDueAt);
    let plan: Plan | null;
    try {
      plan = await plans.get(first.versionId);
    } catch (error) {
      if (!(error instanceof InvalidDefinitionError)) throw error;
      // A newer version of MeshHook has published it.
      this.#setAside(shard, runId, timerDueAt, error);
      return null;
    }
    if (plan === null) throw new Error(`Run ${runId} refers to version ${first.versionId}, which does not exist`);
    const isElsewhere = (): boolean =>
      shard.isGone ||
      shard.leaves(runId) !== options.leaves ||
      shard.aside.has(runId) ||
      (shard.away.has(runId) && !options.isWanted);
    if (isElsewhere()) return null;
    const before = shard.live.get(runId);
    if (before !== undefined) return before;
    let folded: Folded;
    try {
      folded = await this.#fold(plan, stored, first.projectId, slice);
    } catch (error) {
      this.#setAside(shard, runId, timerDueAt, error);
      return null;
    }
    // Other work was done between the slices.
    const known = shard.live.get(runId);
    if (known !== undefined) return known;
    if (isElsewhere()) return null;
    const { run, heapBytes, textBytes } = folded;
    shard.away.delete(runId);
    if (run.status !== "running") return null;
    if (run.isHeld && !options.mustStay) {
      shard.away.set(runId, timerDueAt);
      this.#options.onHeld(applicantOf(run, first));
      return null;
    }
    if (!run.isHeld) this.#options.onGoing(applicantOf(run, first));
    const wakeAt = options.mustStay ? null : onlyWaitsUntil(run, memory.horizon());
    if (wakeAt !== null) {
      // A run that waits only for others has left memory with a timer of its own.
      if (wakeAt < FAR_FUTURE) this.#wakes.leaveUntil(shard, runId, wakeAt, timerDueAt);
      return null;
    }
    const live = new LiveRun(
      { shard: shard.shard, projectId: first.projectId, workflowId: first.workflowId, versionId: first.versionId },
      run,
      last.seq + 1,
    );
    live.wasLoaded = true;
    live.timerDueAt = timerDueAt;
    live.heapBytes = heapBytes;
    live.textBytes = textBytes;
    failpoint("run.loaded");
    this.#options.onAdopted(shard, live);
    // It was woken while it waits for its turn, as by a signal or by its parent, and keeps its place in the line.
    if (run.isHeld) this.#options.onHeld(applicantOf(run, first));
    return live;
  }

  /** Leaves a run that this process cannot fold to an owner that can. The watermark does not pass it, so that such an owner finds it. */
  #setAside(shard: Shard, runId: string, timerDueAt: Micros | null, error: unknown): void {
    this.#options.log.error(
      { runId, error: String(error) },
      "this run is set aside, because its history cannot be folded",
    );
    shard.unreadable.add(runId);
    shard.aside.set(runId, timerDueAt ?? shard.away.get(runId) ?? null);
    shard.away.delete(runId);
  }

  #newSlice(): Slice {
    return { startedMs: this.#options.clock.monotonicMs() };
  }

  async #fold(plan: Plan, { runId, segments }: StoredRun, projectId: string, slice: Slice): Promise<Folded> {
    const { clock, turns } = this.#options;
    const rest = turns.worker(projectId);
    const run = new Run(plan, runId, { sliceUnits: SLICE_UNITS });
    let heapBytes = 0;
    let textBytes = 0;
    for (const { seq, facts } of segments) {
      textBytes += facts.length;
      for (const fact of decodeFacts(facts)) {
        heapBytes += weightOfFact(fact).heap;
        run.apply(fact, seq);
        while (run.isPaused) {
          await rest();
          slice.startedMs = clock.monotonicMs();
          run.proceed();
        }
      }
      if (clock.monotonicMs() - slice.startedMs > SLICE_MS) {
        await rest();
        slice.startedMs = clock.monotonicMs();
      }
    }
    return { run, heapBytes, textBytes };
  }
}

interface Slice {
  startedMs: number;
}

interface Folded {
  readonly run: Run;
  readonly heapBytes: number;
  readonly textBytes: number;
}

/** If everything that the run waits for is later than `horizon`, the earliest of it. Otherwise null. */
function onlyWaitsUntil(run: Run, horizon: Micros): Micros | null {
  if (run.unansweredIntents().length > 0) return null;
  let earliest = Infinity;
  for (const effect of run.pendingEffects()) earliest = Math.min(earliest, quietUntil(effect));
  return earliest > horizon && earliest !== Infinity ? earliest : null;
}
