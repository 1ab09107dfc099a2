import { decodeFacts, Run, SLICE_UNITS, type Fact, type RunEvent } from "@meshhook/core";
import type { Journal, StoredSegment } from "@meshhook/journal";

import { repeat, type Clock } from "../clock.ts";
import type { EventCursor, EventListener, Subscription } from "../engine.ts";
import type { PlanCache } from "../plan-cache.ts";
import { SLICE_MS, type Rest, type Turns } from "../turns.ts";

/** How often the journal is asked about a run that another process owns. Only while there is a watcher. */
const FOREIGN_POLL_MS = 500;

export interface RunWatchSources {
  readonly journal: Journal;
  readonly plans: PlanCache;
  readonly turns: Turns;
  readonly clock: Clock;
  /** Whether commits of this run are announced here. */
  isLocal(runId: string): boolean;
}

/**
 * Follows one run exactly: from the journal up to now, then commit by commit.
 *
 * It folds its own copy of the run, so writers only have to announce their segments. A segment that does not fit (a missed announcement,
 * another process that writes) sends it back to the journal. There are no gaps or repeats, because the cursor is the position of the fold
 * itself.
 */
export class RunWatch implements Subscription {
  readonly #sources: RunWatchSources;
  readonly #projectId: string;
  readonly #runId: string;
  readonly #after: EventCursor | null;
  readonly #listener: EventListener;
  readonly #onClose: () => void;
  readonly #rest: Rest;
  #run: Run | null = null;
  #nextSeq = 0;
  #isReading = false;
  #mustReadAgain = false;
  #isClosed = false;
  #stopPolling: (() => void) | null = null;

  constructor(
    sources: RunWatchSources,
    projectId: string,
    runId: string,
    after: EventCursor | null,
    listener: EventListener,
    onClose: () => void,
  ) {
    this.#sources = sources;
    this.#projectId = projectId;
    this.#runId = runId;
    this.#after = after;
    this.#listener = listener;
    this.#onClose = onClose;
    this.#rest = sources.turns.worker(projectId);
  }

  get projectId(): string {
    return this.#projectId;
  }

  start(): void {
    void this.#read();
    this.#stopPolling = repeat(this.#sources.clock, FOREIGN_POLL_MS, () => {
      if (!this.#sources.isLocal(this.#runId)) void this.#read();
    });
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stopPolling?.();
    this.#onClose();
  }

  /** A segment of the run was committed by this process. */
  announce(seq: number, facts: readonly Fact[]): void {
    if (this.#isReading || this.#run === null || seq !== this.#nextSeq) {
      void this.#read();
      return;
    }
    void this.#follow(this.#run, seq, facts);
  }

  /** At once, unless the fold takes longer than a slice. */
  async #follow(run: Run, seq: number, facts: readonly Fact[]): Promise<void> {
    this.#isReading = true;
    const folding = this.#apply(run, seq, facts);
    if (folding !== null) await folding;
    this.#isReading = false;
    if (this.#isClosed) return;
    this.#emit(run);
    if (this.#mustReadAgain) void this.#read();
  }

  async #read(): Promise<void> {
    if (this.#isReading) {
      this.#mustReadAgain = true;
      return;
    }
    this.#isReading = true;
    try {
      do {
        this.#mustReadAgain = false;
        const segments = await this.#sources.journal.readRun(this.#runId, {
          projectId: this.#projectId,
          afterSeq: this.#nextSeq - 1,
        });
        if (this.#isClosed) return;
        const run = this.#run ?? (await this.#open(segments));
        if (this.#isClosed) return;
        if (run === null) {
          // Told its id, but not appended yet by its owner: the commit, or the next look, opens it.
          const isInInbox = segments.length === 0 && (await this.#isInInbox());
          if (this.#isClosed) return;
          if (isInInbox) continue;
          this.#listener({ error: "not_found" });
          return this.close();
        }
        this.#run = run;
        const { clock } = this.#sources;
        let startedMs = clock.monotonicMs();
        for (const segment of segments) {
          if (clock.monotonicMs() - startedMs > SLICE_MS) {
            await this.#rest();
            startedMs = clock.monotonicMs();
          }
          await this.#apply(run, segment.seq, decodeFacts(segment.facts));
          if (this.#isClosed) return;
        }
        this.#emit(run);
      } while (this.#mustReadAgain && !this.#isClosed);
    } catch {
      // The journal did not answer; the listener decides whether to resume with its cursor.
      if (!this.#isClosed) {
        this.#listener({ error: "unavailable" });
        this.close();
      }
    } finally {
      this.#isReading = false;
    }
  }

  /** A read from the start, unlike one after a segment, shows a run that waits in an inbox. */
  async #isInInbox(): Promise<boolean> {
    const { journal } = this.#sources;
    return (await journal.readRun(this.#runId, { projectId: this.#projectId })).length > 0;
  }

  async #open(segments: readonly StoredSegment[]): Promise<Run | null> {
    const first = segments[0];
    if (first === undefined) return null;
    const plan = await this.#sources.plans.get(first.versionId);
    if (plan === null) return null;
    const run = new Run(plan, this.#runId, { sliceUnits: SLICE_UNITS });
    run.observe();
    return run;
  }

  /** Null when it has already been done. */
  #apply(run: Run, seq: number, facts: readonly Fact[]): Promise<void> | null {
    if (seq !== this.#nextSeq) return null;
    this.#nextSeq = seq + 1;
    for (let at = 0; at < facts.length; at++) {
      const fact = facts[at];
      if (fact !== undefined) run.apply(fact, seq);
      if (run.isPaused) return this.#proceed(run, seq, facts.slice(at + 1));
    }
    return null;
  }

  async #proceed(run: Run, seq: number, facts: readonly Fact[]): Promise<void> {
    const goOn = async (): Promise<void> => {
      while (run.isPaused) {
        await this.#rest();
        run.proceed();
      }
    };
    await goOn();
    for (const fact of facts) {
      run.apply(fact, seq);
      await goOn();
    }
  }

  #emit(run: Run): void {
    const events = run.takeEvents().filter((event) => isAfter(event, this.#after));
    const done = run.status !== "running";
    if (events.length === 0 && !done) return;
    this.#listener({ events, done });
    if (done) this.close();
  }
}

function isAfter(event: RunEvent, cursor: EventCursor | null): boolean {
  return cursor === null || event.seq > cursor.seq || (event.seq === cursor.seq && event.position > cursor.position);
}
