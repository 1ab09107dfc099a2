import {
  decodeFacts,
  HistoryError,
  InvalidDefinitionError,
  Run,
  SLICE_UNITS,
  type Micros,
  type Plan,
} from "@meshhook/core";
import type { Journal, StoredRun, StoredSegment } from "@meshhook/journal";
import { failpoint } from "@meshhook/journal/failpoint";

import type { Clock } from "./clock.ts";
import type { DueQueue } from "./due-queue.ts";
import type { RuntimeLimits } from "./limits.ts";
import { LiveRun } from "./live-run.ts";
import type { Logger } from "./logger.ts";
import type { Memory } from "./memory.ts";
import type { PlanCache } from "./plan-cache.ts";
import type { Shard } from "./shard.ts";
import { SLICE_MS, type Turns } from "./turns.ts";
import { FAR_FUTURE, quietUntil } from "./wait.ts";
import { weightOfFact } from "./weigh.ts";

/** Runs read at a time, as long as they fit into `readBytesMax`. */
const READ_RUNS = 200;
/** Shards that are recovered at the same time. */
const RECOVERIES = 4;
/** Runs that come back into memory at the same time. */
const WAKES = 4;
/** A takeover notes a run with more bytes of facts before folding it, so that the run can be identified if it ends its owner. */
const SUSPECT_BYTES = 131_072;
/** So many owners may begin to fold a run and not finish; then it is set aside. */
export const ATTEMPTS_MAX = 2;

export interface RecoveryOptions {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly plans: PlanCache;
  readonly memory: Memory;
  readonly due: DueQueue;
  readonly turns: Turns;
  readonly limits: RuntimeLimits;
  readonly log: Logger;
  /** A run came into memory, so what it waits for has to be started. */
  readonly onAdopted: (shard: Shard, live: LiveRun) => void;
  /** A run that waits for its turn was found; it stays in the journal, and its id in `Shard.away`. */
  readonly onHeld: (run: Run, workflowId: string) => void;
  /** A run of a workflow with a limit was found that goes on. */
  readonly onGoing: (run: Run, workflowId: string) => void;
  /** Shards may have signals that were not read or must be read again. Resolves when they are recorded. */
  readonly onSignals: (shards: readonly Shard[]) => Promise<void>;
  readonly onAuthorityLost: (reason: string) => void;
}

/** A run to be read, with the timer that brought it back. */
interface Found {
  readonly stored: StoredRun;
  readonly timerDueAt: Micros | null;
}

/**
 * Brings runs from the journal into memory: after a takeover, when there is room again, when they are due, or on request.
 *
 * Pages are bounded in bytes and are read when there is room for them; folds rest between slices, so that webhooks and heartbeats continue.
 * A large run is noted as a suspect while a takeover folds it. If two owners in a row did not survive it, it is set aside.
 */
export class Recovery {
  readonly #options: RecoveryOptions;
  #isRefilling = false;
  #wakes: { readonly shard: Shard; readonly runId: string }[] = [];
  #waking = 0;

  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  /** Loads what the last owner of these shards left: unfinished runs, due timers, signals. */
  async recover(shards: readonly Shard[]): Promise<void> {
    const { journal, onSignals } = this.#options;
    const suspects = await journal.readSuspects(shards.map(({ shard }) => shard));
    for (const { shard: number, runId, attempts } of suspects)
      shards.find(({ shard }) => shard === number)?.suspects.set(runId, attempts);
    void onSignals(shards);
    const waiting = [...shards];
    const recover = async (): Promise<void> => {
      for (let shard = waiting.shift(); shard !== undefined; shard = waiting.shift()) {
        if (shard.isGone) continue;
        await this.#readUnfinished(shard, shard.lowRunId);
        shard.isRead = true;
        shard.isDirty = true;
        this.#startLook(shard);
      }
    };
    await Promise.all(Array.from({ length: RECOVERIES }, recover));
  }

  /** Loads runs that were accepted when memory was full, the oldest first, while there is room. */
  async refill(shards: readonly Shard[]): Promise<void> {
    if (this.#isRefilling) return;
    this.#isRefilling = true;
    try {
      for (const shard of shards) {
        if (shard.spilledFrom === null || this.#options.memory.isPressed) continue;
        await this.#readUnfinished(shard, shard.spilledFrom);
      }
    } catch (error) {
      this.#options.onAuthorityLost(`Reading spilled runs failed: ${String(error)}`);
    } finally {
      this.#isRefilling = false;
    }
  }

  /** The run in memory, loaded from the journal if necessary. Null when it has ended or is unknown, `aside` when it is set aside. */
  load(shard: Shard, runId: string): Promise<LiveRun | "aside" | null> {
    return shard.during(async () => {
      for (;;) {
        const live = shard.live.get(runId);
        if (live !== undefined) return live;
        if (shard.aside.has(runId) || (shard.suspects.get(runId) ?? 0) >= ATTEMPTS_MAX) return "aside";
        const leaves = shard.leaves(runId);
        const isParked = !shard.away.has(runId);
        const read = await this.#read(shard, runId, shard.away.get(runId) ?? null, true);
        if (read !== null && isParked) read.mustBeNoted = true;
        if (read !== null) return read;
        // In the meantime it may have come and gone, or been set aside.
        const isUnchanged = shard.leaves(runId) === leaves && shard.live.get(runId) === undefined;
        if (shard.isGone || (isUnchanged && !shard.aside.has(runId))) return null;
      }
    });
  }

  /** Reloads a run whose copy in memory turned out to be behind. */
  async reload(shard: Shard, runId: string, timerDueAt: Micros | null): Promise<void> {
    try {
      await this.#read(shard, runId, timerDueAt, true);
    } catch (error) {
      this.#options.onAuthorityLost(`Reading run ${runId} failed: ${String(error)}`);
    }
  }

  /** The run has left memory and comes back at `wakeAt`; Infinity: when its children end. `timerDueAt`: see `Shard.away`. */
  leaveUntil(shard: Shard, runId: string, wakeAt: Micros, timerDueAt: Micros | null): void {
    shard.away.set(runId, timerDueAt);
    if (wakeAt !== Infinity) this.#options.due.add(wakeAt, () => this.#wake(shard, runId));
  }

  /** The run has left memory until then, and a timer that is due at `timerDueAt` has been stored. */
  park(shard: Shard, runId: string, until: Micros, timerDueAt: Micros): void {
    if (until < Math.max(shard.timersUntil, shard.lookUntil)) this.leaveUntil(shard, runId, until, timerDueAt);
    else if (until < FAR_FUTURE) this.#lookBefore(shard, until);
  }

  /** Resumes runs that a person has released (removed from the suspects). */
  async checkAside(shards: Iterable<Shard>): Promise<void> {
    for (const shard of shards) {
      if (shard.aside.size === 0) continue;
      const suspects = new Set((await this.#options.journal.readSuspects([shard.shard])).map(({ runId }) => runId));
      for (const [runId, timerDueAt] of [...shard.aside]) {
        if (suspects.has(runId) || shard.unreadable.has(runId) || shard.isGone) continue;
        shard.aside.delete(runId);
        shard.suspects.delete(runId);
        this.#options.log.info({ runId }, "a run that was set aside has been released");
        // Requests that arrived in the meantime come before what it waits for.
        shard.rewindSignals();
        await this.#options.onSignals([shard]);
        await this.#read(shard, runId, timerDueAt, false);
      }
    }
  }

  async #readUnfinished(shard: Shard, fromRunId: string): Promise<void> {
    const { journal, limits, memory } = this.#options;
    const { spills } = shard;
    let afterRunId: string | undefined;
    for (;;) {
      if (shard.isGone) return;
      if (memory.isPressed) {
        shard.spilledFrom = afterRunId ?? fromRunId;
        return;
      }
      const runs = await memory.withRoom(() =>
        shard.during(async () => {
          const page = await journal.loadUnfinished({
            shard: shard.shard,
            fromRunId,
            ...(afterRunId === undefined ? undefined : { afterRunId }),
            limit: READ_RUNS,
            bytesMax: limits.readBytesMax,
          });
          await this.#adoptPage(
            shard,
            page.map((stored) => ({ stored, timerDueAt: null })),
          );
          return page;
        }),
      );
      const last = runs[runs.length - 1];
      if (last === undefined) {
        if (shard.spills === spills) shard.spilledFrom = null;
        return;
      }
      afterRunId = last.runId;
    }
  }

  // Timers ---------------------------------------------------------------------------------------------------------------

  #startLook(shard: Shard): void {
    if (shard.isGone) return;
    if (shard.lookUntil !== -Infinity) {
      shard.mustLookAgain = true;
      return;
    }
    this.#readTimers(shard).catch((error: unknown) => {
      if (!shard.isGone) this.#options.onAuthorityLost(`Reading timers failed: ${String(error)}`);
    });
  }

  /** Brings runs whose timers are due within the horizon into memory, as far as there is room, and plans the next look. */
  async #readTimers(shard: Shard): Promise<void> {
    const { journal, limits, memory } = this.#options;
    do {
      shard.mustLookAgain = false;
      const until = memory.horizon();
      shard.lookUntil = until;
      let readUntil = until;
      let afterRunId: string | undefined;
      for (;;) {
        const timers = await memory.withRoom(() =>
          shard.during(async () => {
            if (shard.isGone) return [];
            const page = await journal.loadTimers({
              shard: shard.shard,
              from: shard.timersUntil,
              until,
              ...(afterRunId === undefined ? undefined : { afterRunId }),
              limit: READ_RUNS,
              bytesMax: limits.readBytesMax,
            });
            await this.#adoptPage(
              shard,
              page.map(({ run, dueAt }) => ({ stored: run, timerDueAt: dueAt })),
            );
            return page;
          }),
        );
        if (shard.isGone) return;
        const last = timers[timers.length - 1];
        if (last === undefined) break;
        shard.timersUntil = last.dueAt;
        afterRunId = last.run.runId;
        // Memory has become short: those that are due later would only be remembered here, however many they are.
        if (last.dueAt >= memory.horizon()) {
          readUntil = last.dueAt;
          break;
        }
      }
      shard.timersUntil = Math.max(shard.timersUntil, readUntil);
      const next = await journal.loadTimers({
        shard: shard.shard,
        from: shard.timersUntil,
        until: FAR_FUTURE,
        limit: 1,
        bytesMax: 1,
      });
      if (shard.isGone) return;
      if (next[0] !== undefined) this.#lookBefore(shard, next[0].dueAt);
    } while (shard.mustLookAgain);
    shard.lookUntil = -Infinity;
  }

  /**
   * Finds the runs of workflows with a limit that are parked beyond the timers read so far. A run that has been in memory in the meantime is left
   * out: it was found then.
   */
  async visitParked(
    shard: Shard,
    visit: (workflowId: string, concurrency: number, runId: string) => void,
  ): Promise<void> {
    const { journal, limits } = this.#options;
    await shard.during(async () => {
      let from = shard.timersUntil;
      let afterRunId: string | undefined;
      for (;;) {
        const page = await journal.loadTimers({
          shard: shard.shard,
          from,
          until: FAR_FUTURE + 1,
          ...(afterRunId === undefined ? undefined : { afterRunId }),
          limit: READ_RUNS,
          bytesMax: limits.readBytesMax,
        });
        for (const { run, dueAt } of page) {
          const [first] = run.segments;
          from = dueAt;
          afterRunId = run.runId;
          const limit = first === undefined ? null : await this.#limitOf(first);
          if (first === undefined || limit === null || shard.leaves(run.runId) > 0) continue;
          visit(first.workflowId, limit, run.runId);
        }
        if (page.length === 0 || shard.isGone) return;
      }
    });
  }

  /** How many runs of its workflow may go on at the same time, if the run counts among them. One that cannot be read here does not go on here. */
  async #limitOf({ facts, versionId }: StoredSegment): Promise<number | null> {
    try {
      const plan = await this.#options.plans.get(versionId);
      if (plan === null || plan.concurrency === null) return null;
      const [delivery] = decodeFacts(facts);
      return delivery?.kind === "delivery" && delivery.origin?.kind === "child" ? null : plan.concurrency;
    } catch (error) {
      if (error instanceof InvalidDefinitionError || error instanceof HistoryError) return null;
      throw error;
    }
  }

  /** Plans a look at the shard's timers in time for one that is due at `dueAt`. */
  #lookBefore(shard: Shard, dueAt: Micros): void {
    const { due, memory } = this.#options;
    if (!shard.planLook(dueAt)) return;
    const lead = (memory.horizon() - memory.now()) / 2;
    due.add(dueAt - lead, () => {
      shard.clearLook(dueAt);
      this.#startLook(shard);
    });
  }

  #wake(shard: Shard, runId: string): void {
    if (shard.isGone || !shard.away.has(runId)) return;
    this.#wakes.push({ shard, runId });
    if (this.#waking >= WAKES) return;
    this.#waking++;
    void this.#serveWakes().finally(() => this.#waking--);
  }

  async #serveWakes(): Promise<void> {
    for (let next = this.#wakes.shift(); next !== undefined; next = this.#wakes.shift()) {
      const { shard, runId } = next;
      try {
        await this.#options.memory.withRoom(async () => {
          const timerDueAt = shard.away.get(runId);
          if (!shard.isGone && timerDueAt !== undefined) await this.#read(shard, runId, timerDueAt, false);
        });
      } catch (error) {
        if (!shard.isGone) this.#options.onAuthorityLost(`Reading run ${runId} failed: ${String(error)}`);
      }
    }
  }

  // Folding --------------------------------------------------------------------------------------------------------------

  /** `mustStay`: keep the run in memory even if it only waits for a later time. */
  #read(shard: Shard, runId: string, timerDueAt: Micros | null, mustStay: boolean): Promise<LiveRun | null> {
    return shard.during(async () => {
      const leaves = shard.leaves(runId);
      const segments = await this.#options.journal.readRun(runId);
      if (shard.isGone || segments.length === 0) return null;
      const found = { stored: { runId, segments }, timerDueAt };
      return this.#adopt(shard, found, this.#newSlice(), { mustStay, isWanted: true, leaves });
    });
  }

  async #adoptPage(shard: Shard, page: readonly Found[]): Promise<void> {
    const { journal } = this.#options;
    const slice = this.#newSlice();
    const large = page.map(({ stored }) => stored).filter((stored) => this.#isSuspicious(shard, stored));
    const runIds = large.map(({ runId }) => runId);
    if (runIds.length > 0) await journal.raiseSuspects(shard.shard, runIds);
    for (const found of page) {
      if (shard.isGone) return;
      await this.#adoptSuspect(shard, found, slice);
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
  async #adoptSuspect(shard: Shard, found: Found, slice: Slice): Promise<void> {
    const { journal, log } = this.#options;
    const { runId } = found.stored;
    const attempts = shard.suspects.get(runId);
    const options = { mustStay: false, isWanted: false, leaves: 0 };
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
      this.#options.onHeld(run, first.workflowId);
      return null;
    }
    if (plan.concurrency !== null) this.#options.onGoing(run, first.workflowId);
    const wakeAt = options.mustStay ? null : onlyWaitsUntil(run, memory.horizon());
    if (wakeAt !== null) {
      // A run that waits only for others has left memory with a timer of its own.
      if (wakeAt < FAR_FUTURE) this.leaveUntil(shard, runId, wakeAt, timerDueAt);
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
