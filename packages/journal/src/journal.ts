import type { Micros, RunStatus, TerminalStatus } from "@meshhook/core";

import type { FeedLog } from "./feed-log.ts";

/**
 * Where facts are stored. Append-only: rows are never updated or deleted.
 *
 * Two implementations (memory, Postgres) pass one conformance suite. The protocol, its races and its reasons are in docs/decisions. In
 * short: one row is one segment (the facts of one run that became durable together), the primary key `(shard, runId, seq)` and the fence
 * row of the shard keep stale owners out, and nothing is acknowledged before `append` resolves.
 */
export interface Journal {
  /**
   * Appends a batch in one transaction. Resolves after the commit, with one outcome per row in the order given.
   *
   * At most one row per run in a batch. Idempotent by key: the batch may be repeated after an unknown outcome.
   *
   * Each outcome is certain. In particular, a row reported as `fenced` is not stored and never will be. An append whose connection broke is
   * resolved by reading back, for up to about ten seconds.
   *
   * @throws JournalUnavailable  when the database does not answer. `mayHaveCommitted` is false when no row of the batch is stored or can
   * still be stored, and true when some may be.
   */
  append(token: OwnerToken, rows: readonly SegmentRow[]): Promise<readonly AppendOutcome[]>;

  /**
   * All segments of a run in `seq` order; empty when the run does not exist. With `projectId`, only if the run is that project's; a run that
   * still waits in an inbox (`sendDelivery`) is then shown by its delivery, because its sender was told its id. Its first segment may have more
   * facts when it is appended, so a read with `afterSeq` does not show it yet.
   */
  readRun(
    runId: string,
    options?: { readonly projectId?: string; readonly afterSeq?: number },
  ): Promise<readonly StoredSegment[]>;

  /**
   * Erases a run of the project that has ended: from now on it is invisible to the project, and its rows go with retention. Afterwards it is
   * `not_found`, as if it had never been.
   */
  eraseRun(projectId: string, runId: string): Promise<"erased" | "in_progress" | "not_found">;

  /** Which of these runs have ended. One that does not exist, or was erased, has not. */
  findEnded(runIds: readonly string[]): Promise<ReadonlySet<string>>;

  /** A project's runs, newest first, by keyset. */
  listRuns(query: RunListQuery): Promise<readonly RunSummary[]>;

  /** Runs, newest first, with the beginning of their facts where a request started them. */
  listDeliveries(query: DeliveryListQuery): Promise<readonly DeliveredRun[]>;

  /** How many runs of all projects have not ended, by the engine semantics that they were started with, in ascending order. */
  countUnfinishedBySemantics(): Promise<readonly SemanticsCount[]>;

  // Ownership ----------------------------------------------------------------------------------------------------------

  /** Registers a process as an owner with a fresh random token. */
  join(name: string, hints?: OwnerHints): Promise<OwnerToken>;

  /**
   * Renews the lease and reports what may have changed, in one round trip.
   * Rejects with `OwnerLost` when ownership is lost, because the owner's row is gone. After any other rejection it may be called again: the
   * lease lasts until its time is up.
   */
  heartbeat(token: OwnerToken): Promise<Heartbeat>;

  /**
   * Renews the lease in the caller's place while its event loop is too busy to call `heartbeat` in time. Absent if the journal runs in the
   * caller's own thread.
   */
  readonly startStandIn?: (token: OwnerToken, options: StandInOptions) => StandIn;

  /**
   * Takes up to `limit` shards that are free or whose owner is dead (heartbeat older than the lease by database time, or its
   * liveness lock gone). Each taken shard gets the caller's token and `epoch + 1`; this waits for appends in flight.
   */
  claimShards(token: OwnerToken, limit: number): Promise<readonly ClaimedShard[]>;

  /** Gives shards back. Shards that the token does not own are ignored. */
  releaseShards(token: OwnerToken, shards: readonly number[]): Promise<void>;

  /** Removes the owner and frees its shards. */
  leave(token: OwnerToken): Promise<void>;

  /** Stores low-watermarks for shards the token still holds; others are ignored. May lag, never lead. */
  storeWatermarks(token: OwnerToken, watermarks: readonly Watermark[]): Promise<void>;

  // Recovery -----------------------------------------------------------------------------------------------------------

  /**
   * Whole unfinished runs of a shard with `runId >= fromRunId` and `> afterRunId`, in id order: at most `limit` runs, ending with the run
   * whose facts bring the total to `bytesMax` bytes. Only an empty page means that there are no more. Runs that have ever parked on a timer
   * are left out; `loadTimers` finds those.
   */
  loadUnfinished(query: {
    readonly shard: number;
    readonly fromRunId: string;
    readonly afterRunId?: string;
    readonly limit: number;
    readonly bytesMax: number;
  }): Promise<readonly StoredRun[]>;

  /**
   * Timers of a shard with `from <= dueAt < until`, oldest first, whose runs are unfinished, with the runs. Pages end like those of
   * `loadUnfinished`. To continue after a page, pass the last timer's `dueAt` as `from` and its run as `afterRunId`: many may be due at
   * once.
   */
  loadTimers(query: {
    readonly shard: number;
    readonly from: Micros;
    readonly until: Micros;
    /** Leaves out timers at `from` itself whose run id is not greater. */
    readonly afterRunId?: string;
    readonly limit: number;
    readonly bytesMax: number;
  }): Promise<readonly DueTimer[]>;

  /**
   * When the first timer of a shard with `from <= dueAt < until` is due; null when there is none. Its run may have ended, so that this costs the
   * same however many have.
   */
  findNextTimer(query: {
    readonly shard: number;
    readonly from: Micros;
    readonly until: Micros;
  }): Promise<Micros | null>;

  // Signals ------------------------------------------------------------------------------------------------------------

  /**
   * Puts a signal into the inbox of its run's shard. Resolves when it is durable (`sent`): from then on the shard's present or future owner
   * reads it. The owner is notified at once if possible (`join`), and sees `signalRevision` grow with its next heartbeat.
   *
   * Nothing is stored when the run had a signal with the same key before (`repeated`), or has as many as `SIGNAL_LIMITS` allow (`full`).
   */
  sendSignal(signal: Signal): Promise<"sent" | "repeated" | "full">;
  /** Whether a run, which may have ended, has been sent a signal with this key. */
  hasSignal(query: { readonly projectId: string; readonly runId: string; readonly key: string }): Promise<boolean>;
  /**
   * Puts the first segment of a run into the inbox of the run's shard, which another process owns: its owner appends the segment. Resolves when
   * that is durable, together with the idempotency key, so that the row needs none when it is appended.
   */
  sendDelivery(
    row: SegmentRow,
  ): Promise<Extract<AppendOutcome, { readonly kind: "appended" | "duplicate" | "rejected" }>>;
  /**
   * The next signals of each shard's inbox, at most `limit` per shard, ordered by id. Ids ascend in the order of commits, so no signal
   * appears later with an id below one that was read.
   */
  readSignals(cursors: readonly SignalCursor[], limit: number): Promise<readonly StoredSignal[]>;

  // Reruns -------------------------------------------------------------------------------------------------------------

  /**
   * Notes, durably, that a run is to run again as another run. Comes before the new run is appended with `rerunKey` as its key, so that no
   * new run is unknown to its origin. May be repeated.
   */
  noteRerun(rerun: Rerun): Promise<void>;
  /** The runs that a run became again, oldest first; at most `limit`. A request that came to nothing is left out. */
  listReruns(query: {
    readonly projectId: string;
    readonly runId: string;
    readonly limit: number;
  }): Promise<readonly StoredRerun[]>;

  // Suspects -----------------------------------------------------------------------------------------------------------

  /** Notes, durably, that runs of a shard are about to be folded: one more attempt for each. */
  raiseSuspects(shard: number, runIds: readonly string[]): Promise<void>;
  /** Notes that runs were folded, so that they are no longer suspects. */
  clearSuspects(shard: number, runIds: readonly string[]): Promise<void>;
  /** The suspects of shards: runs that an owner began to fold and did not finish folding. In no order. */
  readSuspects(shards: readonly number[]): Promise<readonly Suspect[]>;
  /** A project's suspects with so many attempts or more, in id order. */
  listSuspects(projectId: string, attemptsMin: number): Promise<readonly Suspect[]>;

  /** Where processes tell each other of committed events. Absent if no other process can use the journal. */
  readonly feeds?: FeedLog;

  close(): Promise<void>;
}

export type OwnerToken = string;

/** A row of the journal. */
export interface StoredSegment {
  readonly runId: string;
  readonly seq: number;
  readonly at: Micros;
  readonly projectId: string;
  readonly workflowId: string;
  readonly versionId: string;
  /** Null when the run continues. */
  readonly status: TerminalStatus | null;
  /** JSON text of the facts (`encodeFacts`); contains no raw control character. */
  readonly facts: string;
}

/** A row to be appended. */
export interface SegmentRow extends StoredSegment {
  readonly shard: number;
  /** The run leaves memory until then: a `timers` row is written in the same transaction. */
  readonly parkedUntil?: Micros;
  /** Only on `seq` 0. */
  readonly dedupe?: DedupeKey;
}

/** One run per `(endpointId, key)` within the retention window. */
export interface DedupeKey {
  /** The endpoint, or the run that is run again (`rerunKey`). */
  readonly endpointId: string;
  /** 1 to 255 characters. */
  readonly key: string;
  /** Hex sha256 of the raw body: distinguishes a repeat from a reuse of the key. */
  readonly bodyHash: string;
}

export type AppendOutcome =
  | { readonly kind: "appended" }
  /** The idempotency key was used before; nothing of this row was stored. */
  | { readonly kind: "duplicate"; readonly runId: string; readonly sameBody: boolean }
  /** Another writer stored this `seq`: reload the run. */
  | { readonly kind: "conflict" }
  /** The token does not own the row's shard, and the row is not stored: stop, and drop the shard from memory. */
  | { readonly kind: "fenced" }
  /** The database refuses this row, and would again; its neighbours were stored. */
  | { readonly kind: "rejected"; readonly message: string };

export interface StoredRun {
  readonly runId: string;
  readonly segments: readonly StoredSegment[];
}

export interface DueTimer {
  readonly dueAt: Micros;
  readonly run: StoredRun;
}

export interface Heartbeat {
  /** Owners whose lease is valid, this one included. */
  readonly ownersAlive: number;
  /** All shards of this database; fixed when the database was set up. */
  readonly shardsTotal: number;
  /** Shards whose owner is missing or dead. */
  readonly shardsFree: number;
  /** Grows with every change of the catalog, or with every signal; compare it with the last one seen. */
  readonly catalogRevision: number;
  readonly signalRevision: number;
  /** Projects that somebody follows, in any process (`FeedLog.follow`). */
  readonly followedProjects: readonly string[];
}

/** What an owner would like to hear soon. Hints may not come at all: heartbeats tell for certain. */
export interface OwnerHints {
  /** A signal may have been put into the inbox of this shard, which somebody else may own. */
  readonly onSignal?: (shard: number) => void;
  /** An owner may have joined or left: the shards are to be shared out again. */
  readonly onOwners?: () => void;
  /** Something may have been announced in this project's feed. */
  readonly onFeed?: (projectId: string) => void;
}

export interface StandInOptions {
  /** The age of the last heartbeat at which it takes over. */
  readonly lateMs: number;
  /** How long the owner's event loop may stand still before the owner is given up. */
  readonly stallMs: number;
}

/** Keeps a lease in its owner's place; see `Journal.startStandIn`. */
export interface StandIn {
  /** Milliseconds since the last good heartbeat was sent, the owner's or its own. */
  readonly ageMs: number;
  /** The owner's own heartbeat, sent this many milliseconds ago, was answered. */
  noteBeat(agoMs: number): void;
  stop(): Promise<void>;
}

export interface ClaimedShard {
  readonly shard: number;
  readonly epoch: number;
  readonly watermark: Watermark;
}

/**
 * Where recovery of a shard starts. Every unfinished run that never parked has `runId >= lowRunId`; every timer whose run is
 * unfinished has `dueAt >= timersFrom`; every signal that is not settled yet has `id > signalsAfter`.
 */
export interface Watermark {
  readonly shard: number;
  readonly lowRunId: string;
  readonly timersFrom: Micros;
  readonly signalsAfter: string;
}

/** Something that the owner of a run is to tell it. */
export type Signal = CancelSignal | MessageSignal;

interface SignalTarget {
  readonly shard: number;
  readonly runId: string;
  readonly projectId: string;
}

export interface CancelSignal extends SignalTarget {
  readonly kind: "cancel";
  readonly reason?: string;
}

/** What a workflow may wait for. */
export interface MessageSignal extends SignalTarget {
  readonly kind: "signal";
  readonly name: string;
  /** JSON text. */
  readonly payload: string;
  /** The sender's: the run gets one signal with each key. 1 to 255 characters. */
  readonly key?: string;
}

/** The first segment of a run, which another process handed over (`Journal.sendDelivery`). */
export interface HandedDelivery extends SignalTarget {
  readonly kind: "delivery";
  readonly workflowId: string;
  readonly versionId: string;
  readonly facts: string;
}

/** What came into an inbox. */
export type StoredSignal = ReceivedSignal | ReceivedDelivery;
export type ReceivedSignal = (CancelSignal | Omit<MessageSignal, "key">) & Received;
export type ReceivedDelivery = HandedDelivery & Received;

interface Received {
  /** UUIDv7; ascends in the order of commits. */
  readonly id: string;
  /** The run has ended: nothing is left to do. */
  readonly isRunOver: boolean;
}

/** What one run can be sent, so that its facts fit into the memory of its owner. */
export const SIGNAL_LIMITS = {
  /** Signals with a name. */
  count: 1_000,
  /** Bytes of their payloads together. */
  bytes: 4_194_304,
} as const;

/** A request to run a run again: from the start (`replay`) or from a step (`resume`). */
export interface Rerun {
  readonly projectId: string;
  readonly runId: string;
  readonly kind: "replay" | "resume";
  /** Names the request among those for this run. */
  readonly key: string;
}

export interface StoredRerun {
  readonly kind: Rerun["kind"];
  /** The new run. */
  readonly newRunId: string;
  readonly at: Micros;
}

/** The idempotency key of the run that a request starts: the run it comes from stands in the place of an endpoint. */
export function rerunKey({ runId, key }: Pick<Rerun, "runId" | "key">, bodyHash: string): DedupeKey {
  return { endpointId: runId, key, bodyHash };
}

/** The position of a shard's inbox reader: the last signal that it read. */
export interface SignalCursor {
  readonly shard: number;
  readonly afterId: string;
}

/** A run that an owner began to fold. */
export interface Suspect {
  readonly shard: number;
  readonly runId: string;
  /** From 1. */
  readonly attempts: number;
  /** Time of the last attempt. */
  readonly at: Micros;
}

export interface RunListQuery {
  readonly projectId: string;
  readonly workflowId?: string;
  readonly status?: RunStatus;
  /** Only runs with this id or a greater one; `runIdFloor` gives the bound for a time. */
  readonly fromRunId?: string;
  /** Only runs with a smaller id. */
  readonly beforeRunId?: string;
  /** 1 to 200. */
  readonly limit: number;
}

export interface DeliveryListQuery extends Omit<RunListQuery, "status"> {
  /** Only requests to this endpoint count. */
  readonly endpointId?: string;
}

export interface DeliveredRun extends RunSummary {
  /** For `readDeliveryHead`; null when something else started the run, or a request to another endpoint. */
  readonly head: string | null;
}

export interface SemanticsCount {
  readonly semantics: number;
  readonly runs: number;
}

export interface RunSummary {
  readonly runId: string;
  readonly projectId: string;
  readonly workflowId: string;
  readonly versionId: string;
  readonly status: RunStatus;
  readonly startedAt: Micros;
  readonly finishedAt: Micros | null;
}

/** The database cannot be reached or refuses to work now. Retryable. */
export class JournalUnavailable extends Error {
  override readonly name = "JournalUnavailable";
  /**
   * True when a statement that changes something may have reached the database and its outcome is unknown: the change may be stored, now or
   * later. False when nothing was changed.
   */
  readonly mayHaveCommitted: boolean;

  constructor(message: string, options: ErrorOptions & { readonly mayHaveCommitted?: boolean } = {}) {
    super(message, options);
    this.mayHaveCommitted = options.mayHaveCommitted ?? false;
  }
}

/** The owner's registration is gone: another process took over. */
export class OwnerLost extends Error {
  override readonly name = "OwnerLost";
}
