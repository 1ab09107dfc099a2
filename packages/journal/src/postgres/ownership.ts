import { randomInt, randomUUID } from "node:crypto";
import type { Client } from "pg";

import type { ClaimedShard, Heartbeat, OwnerHints, OwnerToken, Watermark } from "../journal.ts";
import { JournalUnavailable, OwnerLost } from "../journal.ts";
import { answeredWithin } from "./answered-within.ts";
import { NEVER, type Epochs } from "./batch.ts";
import type { Connections, Runner } from "./connections.ts";
import { dayOf } from "./migrate.ts";
import { endQuietly } from "./heard-client.ts";
import { queries } from "./queries.ts";
import type { DurabilitySettings } from "./safety.ts";
import { watermarkOf } from "./rows.ts";
import type { WatermarkColumns } from "./rows.ts";
import { unavailable } from "./sqlstate.ts";
import { timestampOf } from "./time.ts";

export interface OwnershipOptions {
  readonly connections: Connections;
  /** An owner whose heartbeat is older, by database time, is dead. */
  readonly leaseMs: number;
  /**
   * Whether owners hold a session advisory lock while they are alive, so that others notice a killed process at once. It is a hint; leases
   * work without it. Off for poolers and engines without session locks.
   */
  readonly hasLivenessLocks: boolean;
  readonly onWarning: (message: string, error: unknown) => void;
}

/** First key of liveness locks: the letters MESH. The second key is the owner's own. */
const LIVENESS_CLASS = 1296388936;
const INT4_MAX = 2_147_483_647;
const PARTITION_DAYS_AHEAD = 7;
const PARTITION_CHECK_MS = 6 * 3_600_000;

/** Who may append: owners, their leases and their shards. See docs/decisions for the protocol. */
export class Ownership {
  readonly #options: OwnershipOptions;
  /** The owners that joined here. */
  readonly #owners = new Map<OwnerToken, Member>();
  /** Of the shards that each owner claimed here and has not given back. A map is never changed: appends on their way have it. */
  readonly #epochs = new Map<OwnerToken, Epochs>();
  #partitionsCheckedAt = Number.NEGATIVE_INFINITY;
  #partitionCheck: Promise<void> = Promise.resolve();

  constructor(options: OwnershipOptions) {
    this.#options = options;
  }

  /** Whether owners are notified of signals and of each other at once. Like liveness locks, this requires sessions; heartbeats do not. */
  get hasHints(): boolean {
    return this.#options.hasLivenessLocks;
  }

  async join(name: string, hints: OwnerHints = {}): Promise<OwnerToken> {
    const token = randomUUID();
    let client: Client | undefined;
    try {
      client = await this.#options.connections.openDedicated();
      // An answer that takes longer than the lease is too late in any case.
      const livenessKey = await answeredWithin(this.#options.leaseMs, this.#register(client, token, name, hints));
      this.#owners.set(token, { client, livenessKey, hints });
    } catch (error) {
      if (client !== undefined) await endQuietly(client);
      throw unavailable("register an owner", error);
    }
    this.#keepPartitions();
    return token;
  }

  async heartbeat(token: OwnerToken): Promise<Heartbeat> {
    const member = this.#owners.get(token);
    if (member === undefined) throw new OwnerLost(`Owner ${token} did not join here, or has left`);
    let row: HeartbeatColumns | undefined;
    try {
      const { leaseMs } = this.#options;
      const client = (member.client ??= await this.#connectAgain(member));
      const beat = client.query<HeartbeatColumns>({ ...queries.heartbeat, values: [token, leaseMs] });
      const result = await answeredWithin(leaseMs, beat);
      row = result.rows[0];
    } catch (error) {
      const { client } = member;
      member.client = null;
      if (client !== null) void endQuietly(client);
      throw unavailable("take a heartbeat", error);
    }
    if (row === undefined) {
      await this.#forget(token);
      throw new OwnerLost(
        `Owner ${token} is no longer registered: its lease expired and another process took its shards`,
      );
    }
    this.#options.connections.noteDurability(row);
    this.#keepPartitions();
    return {
      ownersAlive: row.owners_alive,
      shardsTotal: row.shards_total,
      shardsFree: row.shards_free,
      catalogRevision: row.catalog_revision,
      signalRevision: row.signal_revision,
      followedProjects: row.followed_projects,
    };
  }

  /** Since which epoch the owner holds each of its shards, as far as it knows. */
  epochsOf(token: OwnerToken): Epochs {
    return this.#epochs.get(token) ?? NONE;
  }

  async claimShards(token: OwnerToken, limit: number): Promise<readonly ClaimedShard[]> {
    const { connections, leaseMs } = this.#options;
    await connections.read("remove dead owners", queries["remove-dead-owners"], [token, leaseMs]);
    const claimed: ClaimedShard[] = [];
    while (claimed.length < limit) {
      // A transaction per round. Within one, shards are locked in ascending order, as by appends, so that there is no deadlock.
      const round = await connections.retry("claim shards", () =>
        connections
          .transaction("claim shards", (runner) => claimOnce(runner, token, limit - claimed.length))
          .catch((error: unknown) => refuseUnknown(error, token)),
      );
      claimed.push(...round.claimed);
      const epochs = new Map(this.epochsOf(token));
      for (const { shard, epoch } of round.claimed) epochs.set(shard, epoch);
      this.#epochs.set(token, epochs);
      // Nothing is free, or everything that was free is ours. Otherwise another owner was faster: look again.
      if (round.claimed.length === round.candidates) break;
    }
    return claimed;
  }

  async releaseShards(token: OwnerToken, shards: readonly number[]): Promise<void> {
    if (shards.length === 0) return;
    const epochs = new Map(this.epochsOf(token));
    for (const shard of shards) epochs.delete(shard);
    this.#epochs.set(token, epochs);
    await this.#options.connections.read("release shards", queries["release-shards"], [token, [...shards]]);
  }

  async leave(token: OwnerToken): Promise<void> {
    const { connections } = this.#options;
    this.#epochs.delete(token);
    await connections.read("release shards", queries["release-all-shards"], [token]);
    await connections.read("remove an owner", queries["remove-owner"], [token]);
    // A hint.
    if (this.hasHints)
      await connections.read("tell of an owner's end", queries["announce-owners"], []).catch(() => undefined);
    await this.#forget(token);
  }

  async storeWatermarks(token: OwnerToken, watermarks: readonly Watermark[]): Promise<void> {
    if (watermarks.length === 0) return;
    const epochs = this.epochsOf(token);
    await this.#options.connections.read("store watermarks", queries["store-watermarks"], [
      token,
      watermarks.map((watermark) => watermark.shard),
      watermarks.map((watermark) => watermark.lowRunId),
      watermarks.map((watermark) => timestampOf(watermark.timersFrom)),
      watermarks.map((watermark) => watermark.signalsAfter),
      watermarks.map(({ shard }) => epochs.get(shard) ?? NEVER),
    ]);
  }

  async close(): Promise<void> {
    await this.#partitionCheck;
    await Promise.all([...this.#owners.keys()].map((token) => this.#forget(token)));
  }

  /** @returns The key of its liveness lock. */
  async #register(client: Client, token: OwnerToken, name: string, hints: OwnerHints): Promise<number | null> {
    const livenessKey = this.#options.hasLivenessLocks ? await lockLiveness(client) : null;
    if (this.hasHints) await this.#listen(client, hints);
    await client.query({ ...queries["join-owner"], values: [token, name, livenessKey] });
    if (this.hasHints) await client.query(queries["announce-owners"]);
    return livenessKey;
  }

  /** An owner's connection was lost, but perhaps not its shards: whoever saw the liveness lock gone may have taken them. */
  async #connectAgain({ livenessKey, hints }: Member): Promise<Client> {
    const client = await this.#options.connections.openDedicated();
    try {
      if (livenessKey !== null && !(await isLocked(client, livenessKey)))
        throw new Error("The server still holds the liveness lock for the connection that was lost");
      if (this.hasHints) await this.#listen(client, hints);
      return client;
    } catch (error) {
      await endQuietly(client);
      throw error;
    }
  }

  /** A failure does no harm, because signals and owners are also found with a heartbeat. */
  async #listen(client: Client, { onFeed, onOwners, onSignal }: OwnerHints): Promise<void> {
    client.on("notification", ({ channel, payload }) => {
      if (channel === "meshhook_owners") return onOwners?.();
      if (channel === "meshhook_feeds") return onFeed?.(payload ?? "");
      const shard = Number(payload);
      if (Number.isInteger(shard)) onSignal?.(shard);
    });
    try {
      await client.query("listen meshhook_signals; listen meshhook_owners; listen meshhook_feeds");
    } catch (error) {
      this.#options.onWarning(
        "cannot listen for signals, owners and events; those of other processes are noticed later",
        error,
      );
    }
  }

  async #forget(token: OwnerToken): Promise<void> {
    const client = this.#owners.get(token)?.client ?? null;
    this.#owners.delete(token);
    if (client !== null) await endQuietly(client);
  }

  /**
   * Creates partitions ahead of time, every few hours, in the background. A failure does no harm: rows without a partition go to the
   * default one.
   */
  #keepPartitions(): void {
    if (performance.now() - this.#partitionsCheckedAt < PARTITION_CHECK_MS) return;
    this.#partitionsCheckedAt = performance.now();
    this.#partitionCheck = this.#ensurePartitions().catch((error: unknown) =>
      this.#options.onWarning("cannot create the journal's partitions for the next days", error),
    );
  }

  async #ensurePartitions(): Promise<void> {
    const { connections, onWarning } = this.#options;
    const today = new Date();
    const range = [dayOf(today, -1), dayOf(today, PARTITION_DAYS_AHEAD)];
    await connections.read("create partitions", queries["ensure-partitions"], range);
    const found = await connections.read<{ day: string }>("list partitions", queries["list-partitions"], []);
    const days = new Set(found.rows.map(({ day }) => day));
    for (let ahead = 0; ahead <= PARTITION_DAYS_AHEAD; ahead++) {
      const day = dayOf(today, ahead);
      if (days.has(day)) continue;
      onWarning(
        `the journal has no partition for ${day}; the runs of that day are stored in journal_default, and are never removed`,
        "rows of that day are in journal_default already: see “What grows” in docs/guide/operations.md",
      );
    }
  }
}

const NONE: Epochs = new Map();

interface Member {
  /** Holds the liveness lock and carries the heartbeats; null while it is lost. */
  client: Client | null;
  /** Null without liveness locks. */
  readonly livenessKey: number | null;
  readonly hints: OwnerHints;
}

interface HeartbeatColumns extends DurabilitySettings {
  readonly owners_alive: number;
  readonly shards_total: number;
  readonly shards_free: number;
  readonly catalog_revision: number;
  readonly signal_revision: number;
  readonly followed_projects: readonly string[];
}

interface ShardColumns {
  readonly shard: number;
  readonly epoch: number;
}

async function claimOnce(
  runner: Runner,
  token: OwnerToken,
  limit: number,
): Promise<{ readonly candidates: number; readonly claimed: readonly ClaimedShard[] }> {
  const owner = await runner.query(queries["confirm-owner"], [token]);
  if (owner.rowCount !== 1) throw new OwnerLost(`Owner ${token} is not registered; join again before claiming shards`);

  const candidates = (await runner.query<ShardColumns>(queries["find-free-shards"], [limit])).rows;
  if (candidates.length === 0) return { candidates: 0, claimed: [] };
  const taken = await runner.query<ShardColumns>(queries["claim-shards"], [
    token,
    candidates.map((row) => row.shard),
    candidates.map((row) => row.epoch),
  ]);
  const epochs = new Map(taken.rows.map((row) => [row.shard, row.epoch]));
  // Read after the fence changed hands, when everything that the old owner stored is visible and it can store no more.
  const found = await runner.query<WatermarkColumns>(queries["read-watermarks"], [[...epochs.keys()]]);
  const claimed = found.rows.map((row) => {
    const epoch = epochs.get(row.shard);
    if (epoch === undefined)
      throw new JournalUnavailable(`The database returned a watermark for shard ${row.shard}, which was not claimed`);
    return { shard: row.shard, epoch, watermark: watermarkOf(row) };
  });
  return { candidates: candidates.length, claimed };
}

/** A claim that may have been committed is not repeated: shards that nobody knows of would stay with the owner, and be served by nobody. */
function refuseUnknown(error: unknown, token: OwnerToken): never {
  if (!(error instanceof JournalUnavailable) || !error.mayHaveCommitted) throw error;
  throw new OwnerLost(`Owner ${token} may hold shards that it does not know of; join again`, { cause: error });
}

async function lockLiveness(client: Client): Promise<number> {
  for (;;) {
    const key = randomInt(INT4_MAX);
    if (await isLocked(client, key)) return key;
  }
}

async function isLocked(client: Client, key: number): Promise<boolean> {
  const values = [LIVENESS_CLASS, key];
  const result = await client.query<{ locked: boolean }>("select pg_try_advisory_lock($1, $2) as locked", values);
  return result.rows[0]?.locked === true;
}
