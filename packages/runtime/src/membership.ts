import { setTimeout as delay } from "node:timers/promises";

import type { Heartbeat, Journal, OwnerToken } from "@meshhook/journal";

import type { Clock } from "./clock.ts";
import type { Counters } from "./counters.ts";
import type { RuntimeLimits } from "./limits.ts";
import type { Logger } from "./logger.ts";
import type { RunTable } from "./run-table.ts";

/** The share of the lease after which an owner without a heartbeat must not act any more. */
const LEASE_SHARE = 2 / 3;
const REJOIN_MS_MIN = 100;
const REJOIN_MS_MAX = 2_000;
/** How long the runs of a shard that is given back may take to come to rest. */
const HANDOVER_MS = 5_000;
const HANDOVER_LOOK_MS = 20;
/** Shards that are recovered at the same time. */
const RECOVERIES = 4;

export interface MembershipSources {
  readonly journal: Journal;
  readonly table: RunTable;
  readonly clock: Clock;
  readonly limits: RuntimeLimits;
  readonly counters: Counters;
  readonly log: Logger;
  readonly name: string;
  /** Something in the catalog changed, here or in another process. */
  readonly onCatalogChanged: () => void;
  /** Signals arrived for the given shards. */
  readonly onSignals: (shards: readonly number[]) => Promise<void>;
}

/**
 * Keeps this process a member: joins, renews its lease, claims and gives back shards, stores watermarks.
 *
 * Any doubt about ownership (a heartbeat that fails, an append that cannot be answered) ends in the same place: forget
 * everything, join again under a new token, recover from the journal. There is one recovery path, and it is used often.
 */
export class Membership {
  readonly #sources: MembershipSources;
  #token: OwnerToken | null = null;
  #beatAtMs = -Infinity;
  #catalogRevision = -1;
  #signalRevision = -1;
  #isStopping = false;
  #isRecovered = false;
  #ownersAlive = 0;
  #isBalancing = false;
  #interrupt: (() => void) | null = null;
  #lostBecause: string | null = null;
  #loop: Promise<void> | null = null;

  constructor(sources: MembershipSources) {
    this.#sources = sources;
  }

  /** Owns shards, has recovered them, and heard from the database within the lease. */
  get isReady(): boolean {
    return this.#isRecovered && this.#sources.table.isAccepting && this.#isFresh();
  }

  get ownersAlive(): number {
    return this.#ownersAlive;
  }

  start(): void {
    this.#loop = this.#run();
  }

  /** Gives everything back. The table must have come to rest. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#interrupt?.();
    await this.#loop;
    const token = this.#token;
    if (token === null) return;
    this.#token = null;
    try {
      await this.#storeWatermarks(token);
      await this.#sources.journal.leave(token);
    } finally {
      this.#sources.table.end();
    }
  }

  /** False when the lease may have run out; ownership is then given up. Cheap: called before every effect. */
  mayAct(): boolean {
    if (this.#isFresh()) return true;
    this.lose("no heartbeat within the lease");
    return false;
  }

  /** Ownership is in doubt: everything in memory goes, at once. */
  lose(reason: string): void {
    if (this.#token === null || this.#lostBecause !== null) return;
    this.#lostBecause = reason;
    this.#isRecovered = false;
    this.#sources.table.end();
    this.#interrupt?.();
  }

  #isFresh(): boolean {
    return this.#sources.clock.monotonicMs() - this.#beatAtMs < this.#sources.limits.leaseMs * LEASE_SHARE;
  }

  async #run(): Promise<void> {
    const { journal, log, table, name } = this.#sources;
    let waitMs = REJOIN_MS_MIN;
    while (!this.#isStopping) {
      try {
        const token = await journal.join(name);
        this.#token = token;
        this.#lostBecause = null;
        table.begin(token);
        await this.#beat(token);
        waitMs = REJOIN_MS_MIN;
        await this.#serve(token);
        if (this.#isStopping && this.#lostBecause === null) return;
      } catch (error) {
        this.lose(String(error));
        log.warn({ error: String(error) }, "cannot hold shards; trying again");
      }
      if (this.#lostBecause !== null) log.warn({ reason: this.#lostBecause }, "ownership given up; joining again");
      await this.#leaveOld();
      await this.#sleep(waitMs);
      waitMs = Math.min(REJOIN_MS_MAX, waitMs * 2);
    }
  }

  /** Returns when ownership was lost or the process stops. */
  async #serve(token: OwnerToken): Promise<void> {
    const { clock, limits } = this.#sources;
    let watermarksAtMs = clock.monotonicMs();
    while (!this.#isStopping && this.#lostBecause === null) {
      await this.#sleep(limits.heartbeatMs);
      if (this.#isStopping || this.#lostBecause !== null) return;
      await this.#beat(token);
      if (clock.monotonicMs() - watermarksAtMs >= limits.watermarkMs) {
        watermarksAtMs = clock.monotonicMs();
        await this.#storeWatermarks(token);
      }
    }
  }

  async #beat(token: OwnerToken): Promise<void> {
    const { clock, journal, limits, table } = this.#sources;
    const startedMs = clock.monotonicMs();
    const heartbeat = await withDeadline(journal.heartbeat(token), limits.leaseMs * LEASE_SHARE, "heartbeat");
    // The lease counts from when the database may have seen it, which is not before it was sent.
    this.#beatAtMs = startedMs;
    this.#ownersAlive = heartbeat.ownersAlive;
    if (heartbeat.catalogRevision !== this.#catalogRevision) {
      this.#catalogRevision = heartbeat.catalogRevision;
      this.#sources.onCatalogChanged();
    }
    this.#startBalancing(token, heartbeat);
    if (heartbeat.signalRevision !== this.#signalRevision) {
      this.#signalRevision = heartbeat.signalRevision;
      await this.#sources.onSignals(table.ownedShards);
    }
  }

  /** Claims or gives back what the heartbeat says, beside the heartbeats: neither may hold up the lease. */
  #startBalancing(token: OwnerToken, heartbeat: Heartbeat): void {
    if (this.#isBalancing) return;
    const { table } = this.#sources;
    const share = Math.ceil(heartbeat.shardsTotal / Math.max(1, heartbeat.ownersAlive));
    const missing = Math.min(heartbeat.shardsFree, share - table.shardsOwned);
    const surplus = table.shardsOwned - share;
    let work: Promise<void>;
    if (missing > 0) work = this.#claim(token, missing);
    else if (surplus > 0) work = this.#giveBack(token, table.ownedShards.slice(-surplus));
    else {
      this.#isRecovered = table.shardsOwned > 0;
      return;
    }
    this.#isBalancing = true;
    work
      .then(
        () => {
          if (this.#token === token && this.#lostBecause === null) this.#isRecovered = table.shardsOwned > 0;
        },
        (error: unknown) => {
          if (this.#token === token) this.lose(`changing shards failed: ${String(error)}`);
        },
      )
      .finally(() => {
        this.#isBalancing = false;
      })
      // Both handlers above are total.
      .catch(() => undefined);
  }

  async #claim(token: OwnerToken, count: number): Promise<void> {
    const { journal, table, counters, log } = this.#sources;
    const claimed = await journal.claimShards(token, count);
    counters.takeovers += claimed.length;
    const waiting = [...claimed];
    const recover = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        if (this.#token !== token || this.#lostBecause !== null) return;
        await table.addShard(next);
      }
    };
    await Promise.all(Array.from({ length: RECOVERIES }, recover));
    log.info({ shards: claimed.length, runs: table.liveCount }, "took shards over");
  }

  async #giveBack(token: OwnerToken, shards: readonly number[]): Promise<void> {
    const { clock, journal, log, table } = this.#sources;
    table.leaveShards(shards);
    const until = clock.monotonicMs() + HANDOVER_MS;
    while (clock.monotonicMs() < until && !shards.every((shard) => table.isShardIdle(shard))) {
      await delay(HANDOVER_LOOK_MS);
      if (this.#token !== token || this.#lostBecause !== null || this.#isStopping) return;
    }
    await this.#storeWatermarks(token);
    for (const shard of shards) table.dropShard(shard);
    await journal.releaseShards(token, shards);
    log.info({ shards: shards.length }, "gave shards to another process");
  }

  async #storeWatermarks(token: OwnerToken): Promise<void> {
    const watermarks = this.#sources.table.takeWatermarks();
    if (watermarks.length > 0) await this.#sources.journal.storeWatermarks(token, watermarks);
  }

  async #leaveOld(): Promise<void> {
    const token = this.#token;
    this.#token = null;
    this.#beatAtMs = -Infinity;
    if (token === null) return;
    try {
      await withDeadline(this.#sources.journal.leave(token), 1_000, "leave");
    } catch {
      // The database is away, or the owner is gone already: its lease ends by itself.
    }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#interrupt = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

async function withDeadline<T>(work: Promise<T>, ms: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} was not answered within ${Math.round(ms)} ms`)), ms);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
