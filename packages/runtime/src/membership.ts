import { JournalUnavailable, type Heartbeat, type Journal, type OwnerToken, type StandIn } from "@meshhook/journal";
import { failpoint } from "@meshhook/journal/failpoint";

import { repeat, sleep, type Clock } from "./clock.ts";
import type { Counters } from "./counters.ts";
import type { RuntimeLimits } from "./limits.ts";
import type { Logger } from "./logger.ts";
import type { RunTable } from "./run-table.ts";
import type { Hub } from "./watch/hub.ts";

/** The share of the lease after which an owner without a heartbeat must no longer act. */
const LEASE_SHARE = 2 / 3;
const REJOIN_MS_MIN = 100;
const REJOIN_MS_MAX = 2_000;
/** How long the runs of shards being given back may take to come to rest. */
const HANDOVER_MS = 5_000;
/** After this time, one of the shards is given back in any case, so that the process that joined can start. */
const FIRST_HANDOVER_MS = 1_000;
const HANDOVER_LOOK_MS = 20;
/** How often a process without shards asks for some, so that it does not have to wait for a heartbeat. */
const EAGER_MS = 150;
/** The pause after a heartbeat that failed. */
const BEAT_AGAIN_MS = 200;
/** The share of the interval by which the owner's heartbeat may be late before the stand-in takes over. */
const LATE_SHARE = 1.4;

export interface MembershipSources {
  readonly journal: Journal;
  readonly table: RunTable;
  /** Learns of other processes, and of what they announce. */
  readonly hub: Hub;
  readonly clock: Clock;
  readonly limits: RuntimeLimits;
  readonly counters: Counters;
  readonly log: Logger;
  readonly name: string;
  /** The catalog changed, here or in another process. */
  readonly onCatalogChanged: () => void;
}

/**
 * Keeps this process a member: joins, renews its lease, claims and gives back shards, stores watermarks.
 *
 * Any doubt about ownership (an append without an answer, a lease that may have run out) has the same consequence: forget everything, join
 * again with a new token, recover from the journal. There is one recovery path, and it is used often.
 *
 * A failed heartbeat is not such a doubt while the lease holds: it is sent again soon. Whoever took a shard in the meantime has its fence.
 *
 * A busy event loop is not such a doubt: a stand-in renews the lease from a separate thread while the loop is late, until it has stood
 * still for `stallMs`.
 */
export class Membership {
  readonly #sources: MembershipSources;
  #token: OwnerToken | null = null;
  #beatAtMs = -Infinity;
  #catalogRevision = -1;
  #signalRevision = -1;
  #isStopping = false;
  #isClaiming = true;
  #standIn: StandIn | null = null;
  #ownersAlive = 0;
  #isBalancing = false;
  /** A heartbeat came while shards were changing hands; what it said has to be looked at again. */
  #mustBalanceAgain = false;
  #mustBeat = false;
  #interrupt: (() => void) | null = null;
  #lostBecause: string | null = null;
  #loop: Promise<void> | null = null;

  constructor(sources: MembershipSources) {
    this.#sources = sources;
  }

  /** True when it owns shards on which new runs may start, and the database answered within the lease. */
  get isReady(): boolean {
    return this.#sources.table.isAccepting && this.#isFresh();
  }

  get ownersAlive(): number {
    return this.#ownersAlive;
  }

  start(): void {
    this.#loop = this.#run();
  }

  /** Takes no more shards: this process is about to stop, perhaps together with those whose shards are free. */
  claimNoMore(): void {
    this.#isClaiming = false;
  }

  /** Gives everything back. The table must have come to rest. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#interrupt?.();
    await this.#loop;
    const token = this.#token;
    if (token === null) return;
    this.#token = null;
    await this.#dismissStandIn();
    try {
      await this.#storeWatermarks(token);
      failpoint("drain.leaving");
      await this.#sources.hub.settled();
    } finally {
      // Before the shards are free: what still comes of an append must start nothing that another process answers for.
      this.#sources.table.end();
    }
    await this.#sources.journal.leave(token);
  }

  /** False when the lease may have run out; ownership is then given up. Cheap: called before every effect. */
  mayAct(): boolean {
    if (this.#isFresh()) return true;
    this.lose("no heartbeat within the lease");
    return false;
  }

  /** Ownership is in doubt: everything in memory is dropped at once. */
  lose(reason: string): void {
    if (this.#token === null || this.#lostBecause !== null) return;
    this.#lostBecause = reason;
    this.#sources.table.end();
    this.#interrupt?.();
  }

  #isFresh(): boolean {
    const { clock, limits } = this.#sources;
    const freshMs = limits.leaseMs * LEASE_SHARE;
    return clock.monotonicMs() - this.#beatAtMs < freshMs || (this.#standIn !== null && this.#standIn.ageMs < freshMs);
  }

  async #run(): Promise<void> {
    const { hub, journal, limits, log, table, name } = this.#sources;
    let waitMs = REJOIN_MS_MIN;
    while (!this.#isStopping) {
      try {
        const token = await journal.join(name, {
          onSignal: (shard) => table.readSignalsOfShard(shard),
          onOwners: () => this.#beatSoon(),
          onFeed: (projectId) => hub.noteAnnouncement(projectId),
        });
        this.#token = token;
        this.#lostBecause = null;
        table.begin(token);
        // Before there are shards: no run of a paused workflow may begin.
        await table.readAdmissionRules();
        await this.#beat(token);
        this.#standIn =
          journal.startStandIn?.(token, { lateMs: limits.heartbeatMs * LATE_SHARE, stallMs: limits.stallMs }) ?? null;
        waitMs = REJOIN_MS_MIN;
        await this.#serve(token);
        if (this.#isStopping && this.#lostBecause === null) return;
      } catch (error) {
        this.lose(String(error));
        log.warn({ error: String(error) }, "cannot own shards; trying again");
      }
      if (this.#lostBecause !== null) log.warn({ reason: this.#lostBecause }, "ownership given up; joining again");
      await this.#leaveOld();
      await this.#sleep(waitMs);
      waitMs = Math.min(REJOIN_MS_MAX, waitMs * 2);
    }
  }

  /** Returns when ownership is lost or the process stops. */
  async #serve(token: OwnerToken): Promise<void> {
    const { clock, limits, table } = this.#sources;
    let watermarksAtMs = clock.monotonicMs();
    let hasFailed = false;
    while (!this.#isStopping && this.#lostBecause === null) {
      const pauseMs = hasFailed ? BEAT_AGAIN_MS : table.shardsOwned === 0 ? EAGER_MS : limits.heartbeatMs;
      if (hasFailed || !this.#mustBeat) await this.#sleep(Math.min(pauseMs, limits.heartbeatMs));
      if (this.#isStopping || this.#lostBecause !== null) return;
      this.#mustBeat = false;
      hasFailed = !(await this.#tryBeat(token));
      if (hasFailed) continue;
      if (clock.monotonicMs() - watermarksAtMs >= limits.watermarkMs) {
        watermarksAtMs = clock.monotonicMs();
        await this.#storeWatermarks(token);
        await table.tend();
      }
    }
  }

  /** False when the heartbeat failed and the lease still holds. */
  async #tryBeat(token: OwnerToken): Promise<boolean> {
    try {
      await this.#beat(token);
      return true;
    } catch (error) {
      if (!(error instanceof JournalUnavailable) || !this.#isFresh()) throw error;
      this.#sources.log.warn({ error: String(error) }, "a heartbeat failed; trying again while the lease holds");
      return false;
    }
  }

  async #beat(token: OwnerToken): Promise<void> {
    const { clock, hub, journal, limits, table } = this.#sources;
    const startedMs = clock.monotonicMs();
    const heartbeat = await this.#inTime(journal.heartbeat(token), limits.leaseMs * LEASE_SHARE);
    // The lease starts no earlier than the moment when the heartbeat was sent.
    this.#beatAtMs = startedMs;
    this.#standIn?.noteBeat(clock.monotonicMs() - startedMs);
    this.#ownersAlive = heartbeat.ownersAlive;
    table.noteShards(heartbeat.shardsTotal);
    if (heartbeat.catalogRevision !== this.#catalogRevision) {
      this.#catalogRevision = heartbeat.catalogRevision;
      this.#sources.onCatalogChanged();
    }
    hub.noteBeat(token, heartbeat);
    this.#startBalancing(token, heartbeat);
    if (heartbeat.signalRevision !== this.#signalRevision) {
      this.#signalRevision = heartbeat.signalRevision;
      table.readSignals();
    }
  }

  /** Claims or gives back shards as the heartbeat says, concurrently with the heartbeats: neither may delay the lease. */
  #startBalancing(token: OwnerToken, heartbeat: Heartbeat): void {
    if (this.#isBalancing) {
      this.#mustBalanceAgain = true;
      return;
    }
    this.#mustBalanceAgain = false;
    const { table } = this.#sources;
    const share = Math.ceil(heartbeat.shardsTotal / Math.max(1, heartbeat.ownersAlive));
    const missing = this.#isClaiming ? Math.min(heartbeat.shardsFree, share - table.shardsOwned) : 0;
    const surplus = table.shardsOwned - share;
    let work: Promise<void>;
    if (missing > 0) work = this.#claim(token, missing);
    else if (surplus > 0) work = this.#giveBack(token, table.shardsByLoad.slice(-surplus));
    else return;
    this.#isBalancing = true;
    work
      .catch((error: unknown) => {
        if (this.#token === token) this.lose(`changing shards failed: ${String(error)}`);
      })
      .finally(() => {
        this.#isBalancing = false;
        if (this.#mustBalanceAgain) this.#beatSoon();
      })
      // The function above never rejects.
      .catch(() => undefined);
  }

  async #claim(token: OwnerToken, count: number): Promise<void> {
    const { hub, journal, table, counters, log } = this.#sources;
    const claimed = await journal.claimShards(token, count);
    if (claimed.length === 0 || this.#token !== token || this.#lostBecause !== null) return;
    failpoint("shards.claimed");
    counters.takeovers += claimed.length;
    hub.noteClaim();
    log.info({ shards: claimed.length }, "took shards over");
    // Not awaited: webhooks are accepted and shards can be given back while old runs are loaded.
    table.addShards(claimed).then(
      () => log.info({ shards: claimed.length, runs: table.liveCount }, "loaded the unfinished runs of these shards"),
      (error: unknown) => {
        if (this.#token === token) this.lose(`loading runs failed: ${String(error)}`);
      },
    );
  }

  /** Each shard is given back as soon as its runs have come to rest, and all of them after a while. */
  async #giveBack(token: OwnerToken, shards: readonly number[]): Promise<void> {
    const { clock, hub, journal, log, table } = this.#sources;
    table.leaveShards(shards);
    const startedMs = clock.monotonicMs();
    let left = shards;
    while (left.length > 0) {
      const waitedMs = clock.monotonicMs() - startedMs;
      let ready = left.filter((shard) => waitedMs >= HANDOVER_MS || table.isShardIdle(shard));
      if (ready.length === 0 && left.length === shards.length && waitedMs >= FIRST_HANDOVER_MS)
        ready = left.filter((shard) => table.canShardLeave(shard)).slice(-1);
      if (ready.length > 0) {
        await this.#storeWatermarks(token);
        for (const shard of ready) table.dropShard(shard);
        await hub.settled();
        await journal.releaseShards(token, ready);
        // The schedules of workflows whose home shard is among them are the other process's now.
        await table.readSchedules();
        log.info({ shards: ready.length }, "gave shards to another process");
        left = left.filter((shard) => !ready.includes(shard));
      } else {
        await sleep(clock, HANDOVER_LOOK_MS);
      }
      if (this.#token !== token || this.#lostBecause !== null || this.#isStopping) return;
    }
  }

  async #storeWatermarks(token: OwnerToken): Promise<void> {
    const watermarks = this.#sources.table.takeWatermarks();
    if (watermarks.length === 0) return;
    failpoint("watermarks.storing");
    await this.#sources.journal.storeWatermarks(token, watermarks);
  }

  /** After a stall of this process, the answer may already have arrived, and the stand-in has kept the lease. */
  #inTime<T>(work: Promise<T>, ms: number): Promise<T> {
    return withDeadline(this.#sources.clock, work, ms, () => this.#standIn !== null && this.#isFresh());
  }

  async #dismissStandIn(): Promise<void> {
    const standIn = this.#standIn;
    this.#standIn = null;
    await standIn?.stop();
  }

  async #leaveOld(): Promise<void> {
    const token = this.#token;
    this.#token = null;
    this.#beatAtMs = -Infinity;
    await this.#dismissStandIn();
    if (token === null) return;
    try {
      await withDeadline(this.#sources.clock, this.#sources.journal.leave(token), 1_000, () => false);
    } catch {
      // The database is away, or the owner is already gone: its lease will expire.
    }
  }

  /** Somebody has joined or left: what a heartbeat says of it need not wait for its turn. */
  #beatSoon(): void {
    this.#mustBeat = true;
    this.#interrupt?.();
  }

  #sleep(ms: number): Promise<void> {
    const { clock } = this.#sources;
    return new Promise((resolve) => {
      const timer = clock.setTimer(resolve, ms);
      this.#interrupt = () => {
        clock.clearTimer(timer);
        resolve();
      };
    });
  }
}

/** Rejects after `ms`, unless `mayWait` allows more time then. */
async function withDeadline<T>(clock: Clock, work: Promise<T>, ms: number, mayWait: () => boolean): Promise<T> {
  let stop = (): void => undefined;
  const deadline = new Promise<never>((_, reject) => {
    stop = repeat(clock, ms, () => {
      if (!mayWait()) reject(new Error(`The database did not answer within ${Math.round(ms)} ms`));
    });
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    stop();
  }
}
