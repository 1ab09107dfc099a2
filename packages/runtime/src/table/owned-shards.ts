import { homeShardOf, shardOfRunId, type Micros } from "@meshhook/core";
import type { ClaimedShard, Watermark } from "@meshhook/journal";

import type { LiveRun } from "../live-run.ts";
import { RunIds } from "../run-ids.ts";
import { Shard } from "../shard.ts";

const NO_SHARDS: readonly Shard[] = [];

/** The shards that this process owns, and the ids of the runs that start in them. */
export class OwnedShards {
  readonly ids: RunIds;
  readonly #shards = new Map<number, Shard>();
  /** Of the whole database. */
  #total = 0;

  constructor(randomBytes?: (size: number) => Buffer) {
    this.ids = new RunIds(randomBytes);
  }

  /** How many shards the database has. */
  noteTotal(total: number): void {
    this.#total = total;
  }

  get size(): number {
    return this.#shards.size;
  }

  get(number: number): Shard | undefined {
    return this.#shards.get(number);
  }

  values(): Iterable<Shard> {
    return this.#shards.values();
  }

  numbers(): readonly number[] {
    return [...this.#shards.keys()];
  }

  /** The shard of a run in memory; undefined once the run has left it. */
  of(live: LiveRun): Shard | undefined {
    return live.stage === "gone" ? undefined : this.#shards.get(live.shard);
  }

  ofRunId(runId: string): Shard | undefined {
    return this.#shards.get(shardOfRunId(runId));
  }

  /** The number of the shard in which the limit of a workflow is kept, whoever owns it. */
  homeNumberOf(workflowId: string): number {
    return homeShardOf(workflowId, this.#total);
  }

  /** Whether this process owns the home shard of a workflow or a project. */
  isHomeOf(id: string): boolean {
    return this.#shards.has(this.homeNumberOf(id));
  }

  /** The home shard of a workflow, if this process owns it and has read what its last owner left. */
  homeOf(workflowId: string): Shard | null {
    const shard = this.#shards.get(this.homeNumberOf(workflowId));
    return shard === undefined || !shard.isRead ? null : shard;
  }

  /** New runs start in claimed shards at once. */
  add(claimed: readonly ClaimedShard[]): readonly Shard[] {
    const shards = claimed.map((one) => new Shard(one));
    for (const shard of shards) {
      this.ids.raise(shard.lowMs);
      this.#shards.set(shard.shard, shard);
    }
    this.#refreshIds();
    return shards;
  }

  /** No new runs start in these shards. */
  leave(numbers: readonly number[]): void {
    for (const number of numbers) {
      const shard = this.#shards.get(number);
      if (shard !== undefined) shard.isLeaving = true;
    }
    this.#refreshIds();
  }

  /** The shard is gone: from now on another process may own it. */
  delete(shard: Shard): void {
    this.#shards.delete(shard.shard);
    shard.isGone = true;
    this.#refreshIds();
  }

  #refreshIds(): void {
    const usable: number[] = [];
    for (const shard of this.#shards.values()) if (!shard.isLeaving) usable.push(shard.shard);
    this.ids.setShards(usable);
  }

  /** Runs that are set aside. */
  get runsAside(): number {
    let aside = 0;
    for (const shard of this.#shards.values()) aside += shard.aside.size;
    return aside;
  }

  /** Shards that are still being read. */
  get recovering(): number {
    let recovering = 0;
    for (const shard of this.#shards.values()) if (!shard.isRead || shard.lookUntil !== -Infinity) recovering++;
    return recovering;
  }

  /** The shards with the fewest runs in memory come last. */
  get byLoad(): readonly number[] {
    return [...this.#shards.values()].sort((one, other) => other.live.size - one.live.size).map(({ shard }) => shard);
  }

  /** Shards with runs that wait for room in memory, those with the oldest first. */
  get spilled(): readonly Shard[] {
    let spilled: Shard[] | null = null;
    for (const shard of this.#shards.values()) if (shard.spilledFrom !== null) (spilled ??= []).push(shard);
    if (spilled === null) return NO_SHARDS;
    return spilled.sort((one, other) => ((one.spilledFrom ?? "") < (other.spilledFrom ?? "") ? -1 : 1));
  }

  /** Timers of a shard that are due before this may count as read, so that they would bring nothing back after a takeover. */
  timersFrom(number: number): Micros {
    const shard = this.#shards.get(number);
    return shard === undefined ? 0 : Math.max(shard.timersUntil, shard.lookUntil);
  }

  /**
   * Whether the shard's next owner would find a timer that is stored now. Where timers were read up to a later time (under another clock, or
   * when there was more memory), a watermark may say so, and a run with a timer is found by nothing else: such a run does not park.
   */
  findsTimers(number: number, dueAt: Micros): boolean {
    return dueAt >= (this.#shards.get(number)?.timersUntil ?? -Infinity);
  }

  /** The watermarks that have moved since they were last taken. */
  takeWatermarks(now: Micros): Watermark[] {
    const floorMs = this.ids.floorMs(now);
    const watermarks: Watermark[] = [];
    for (const shard of this.#shards.values()) {
      const watermark = shard.takeWatermark(floorMs);
      if (watermark !== null) watermarks.push(watermark);
    }
    return watermarks;
  }
}
