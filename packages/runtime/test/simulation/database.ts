import { decodeFacts, runIdFloor, shardOfRunId, type Micros } from "@meshhook/core";
import {
  createMemoryStore,
  type AppendOutcome,
  type ClaimedShard,
  type OwnerToken,
  type SegmentRow,
  type Store,
  type Watermark,
} from "@meshhook/journal";
import type { Report } from "@meshhook/testkit/proof";

import type { PlantedBug } from "./bugs.ts";
import type { Timeline } from "./timeline.ts";

/** A row as it was stored, and when. */
export interface StoredRow extends SegmentRow {
  readonly storedAtUs: Micros;
}

/** Owns nothing, so that an append in its name only looks what is stored. */
const NOBODY = "nobody";
const NIL_UUID = "00000000-0000-0000-0000-000000000000";
const SIGNALS_MAX = 100_000;

/** Of which tenure of its shard each row was when its append began. */
export type Epochs = ReadonlyMap<number, number>;

/**
 * The database of a simulation: the memory journal, and a record of everything that was stored, kept apart from it.
 *
 * It judges at once what can only be judged at that moment: who may write, and whether watermarks are true.
 */
export class SimulatedDatabase {
  readonly store: Store;
  /** By run, in the order in which they were stored. */
  readonly rows = new Map<string, StoredRow[]>();
  readonly #timeline: Timeline;
  readonly #report: Report;
  readonly #bug: PlantedBug | null;
  /** Runs whose first segment waits in an inbox. */
  readonly #handed = new Set<string>();
  readonly #onStored: (row: StoredRow) => void;
  readonly #tenures = new Map<number, { token: OwnerToken | null; epoch: number }>();
  readonly #ended = new Set<string>();
  #skips = 0;

  constructor(
    timeline: Timeline,
    options: {
      readonly shards: number;
      readonly leaseMs: number;
      readonly report: Report;
      readonly bug: PlantedBug | null;
      /** Of the catalog's rows: a home shard follows from the id of a workflow. */
      readonly newId: () => string;
      readonly onStored: (row: StoredRow) => void;
    },
  ) {
    const { shards, leaseMs, newId, onStored, report, bug } = options;
    this.#timeline = timeline;
    this.#onStored = onStored;
    this.#report = report;
    this.#bug = bug;
    this.store = createMemoryStore({ shards, leaseMs, newId, nowMs: () => timeline.nowUs / 1_000 });
  }

  get openRuns(): number {
    return this.rows.size - this.#ended.size + this.#handed.size;
  }

  /** The run's delivery is stored, as its first segment or in an inbox. */
  isDurable(runId: string): boolean {
    return this.rows.has(runId) || this.#handed.has(runId);
  }

  hasEnded(runId: string): boolean {
    return this.#ended.has(runId);
  }

  ownerOf(shard: number): OwnerToken | null {
    return this.#tenures.get(shard)?.token ?? null;
  }

  async append(token: OwnerToken, rows: readonly SegmentRow[], epochs: Epochs): Promise<AppendOutcome[]> {
    const outcomes: AppendOutcome[] = [];
    for (const given of rows) {
      const row = this.#spoilt(given);
      if (this.#isSkipped(row)) {
        outcomes.push({ kind: "appended" });
        continue;
      }
      const isNew = !(this.rows.get(row.runId) ?? []).some(({ seq }) => seq === row.seq);
      const tenure = this.#tenures.get(row.shard);
      const writer =
        this.#bug === "no-fence" ? (tenure?.token ?? token) : epochs.get(row.shard) === tenure?.epoch ? token : NOBODY;
      const [outcome] = await this.store.journal.append(writer, [row]);
      if (outcome === undefined) throw new Error("An append of one row has one outcome");
      if (this.#bug === "end-overwritten" && (outcome.kind === "fenced" || outcome.kind === "conflict")) {
        outcomes.push(await this.#overwrite(token, row));
        continue;
      }
      outcomes.push(outcome);
      if (outcome.kind === "appended" && isNew) this.#note(token, row);
    }
    return outcomes;
  }

  #note(token: OwnerToken, row: SegmentRow): void {
    if (this.ownerOf(row.shard) !== token)
      this.#report("a process that lost a shard stores nothing in it", `segment ${row.seq} of run ${row.runId}`);
    if (this.#ended.has(row.runId))
      this.#report("the end of a run is final", `segment ${row.seq} of run ${row.runId} was stored after its end`);
    const stored = this.rows.get(row.runId);
    const noted = { ...row, storedAtUs: this.#timeline.nowUs };
    if (stored === undefined) this.rows.set(row.runId, [noted]);
    else stored.push(noted);
    if (row.status !== null) this.#ended.add(row.runId);
    this.#handed.delete(row.runId);
    this.#onStored(noted);
  }

  async sendDelivery(given: SegmentRow): ReturnType<Store["journal"]["sendDelivery"]> {
    const row = this.#spoilt(given);
    const outcome = await this.store.journal.sendDelivery(row);
    if (outcome.kind === "appended") this.#handed.add(row.runId);
    return outcome;
  }

  async claimShards(token: OwnerToken, limit: number): Promise<readonly ClaimedShard[]> {
    const claimed = await this.store.journal.claimShards(token, limit);
    for (const { shard, epoch } of claimed) this.#tenures.set(shard, { token, epoch });
    return claimed;
  }

  async releaseShards(token: OwnerToken, shards: readonly number[]): Promise<void> {
    await this.store.journal.releaseShards(token, shards);
    for (const [shard, tenure] of this.#tenures)
      if (tenure.token === token && shards.includes(shard)) tenure.token = null;
  }

  async leave(token: OwnerToken): Promise<void> {
    await this.store.journal.leave(token);
    for (const tenure of this.#tenures.values()) if (tenure.token === token) tenure.token = null;
  }

  async storeWatermarks(token: OwnerToken, given: readonly Watermark[]): Promise<void> {
    const watermarks = this.#bug === "watermark-leads" ? given.map((watermark) => this.#leading(watermark)) : given;
    for (const watermark of watermarks) {
      if (this.ownerOf(watermark.shard) === token) await this.#checkWatermark(watermark);
    }
    await this.store.journal.storeWatermarks(token, watermarks);
  }

  /** Recovery starts at the watermark, so everything unfinished has to be behind it. */
  async #checkWatermark({ shard, lowRunId, timersFrom, signalsAfter }: Watermark): Promise<void> {
    const rule = "a watermark never leads";
    const signals = await this.store.journal.readSignals([{ shard, afterId: NIL_UUID }], SIGNALS_MAX);
    // Their deliveries are read again, and so the runs are found that they have become.
    const handed = new Set(
      signals.flatMap(({ id, kind, runId }) => (kind === "delivery" && id > signalsAfter ? [runId] : [])),
    );
    for (const [runId, rows] of this.rows) {
      if (this.#ended.has(runId) || shardOfRunId(runId) !== shard) continue;
      const timers = rows.flatMap(({ parkedUntil }) => (parkedUntil === undefined ? [] : [parkedUntil]));
      if (timers.length === 0 && runId < lowRunId && !handed.has(runId))
        this.#report(rule, `past run ${runId}, which goes on (${lowRunId})`);
      if (timers.length > 0 && Math.max(...timers) < timersFrom)
        this.#report(
          rule,
          `past the timers of run ${runId}, which goes on (${timersFrom}, timers ${timers.join(" ")})`,
        );
    }
    for (const { id, kind, runId } of signals) {
      const isOpen =
        kind === "delivery"
          ? !this.rows.has(runId)
          : this.rows.has(runId) && !this.#ended.has(runId) && !this.#hasFactOf(id, runId);
      if (id <= signalsAfter && isOpen) this.#report(rule, `past signal ${id}, which run ${runId} has not got yet`);
    }
  }

  #hasFactOf(signal: string, runId: string): boolean {
    return (this.rows.get(runId) ?? []).some(({ facts }) =>
      decodeFacts(facts).some((fact) => "signal" in fact && fact.signal === signal),
    );
  }

  // Planted bugs ---------------------------------------------------------------------------------------------------------

  #spoilt(row: SegmentRow): SegmentRow {
    if (this.#bug !== "dedupe-ignored" || row.dedupe === undefined) return row;
    const { dedupe: _, ...rest } = row;
    return rest;
  }

  async #overwrite(token: OwnerToken, row: SegmentRow): Promise<AppendOutcome> {
    const later = { ...row, seq: this.rows.get(row.runId)?.length ?? 0 };
    const owner = this.ownerOf(row.shard);
    if (owner !== null) {
      await this.store.journal.append(owner, [later]);
      this.#note(token, later);
    }
    return { kind: "appended" };
  }

  #isSkipped({ seq, status }: SegmentRow): boolean {
    return this.#bug === "segment-skipped" && seq > 0 && status === null && ++this.#skips % 4 === 0;
  }

  #leading(watermark: Watermark): Watermark {
    return { ...watermark, lowRunId: runIdFloor(this.#timeline.nowUs / 1_000), timersFrom: this.#timeline.nowUs };
  }
}
