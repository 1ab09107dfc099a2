import { randomUUID } from "node:crypto";
import { decodeFacts, DELIVERY_HEAD_CHARACTERS, shardOfRunId } from "@meshhook/core";

import { NIL_UUID, signalId } from "../id.ts";
import type {
  AppendOutcome,
  ClaimedShard,
  DeliveredRun,
  DeliveryListQuery,
  DueTimer,
  CancelSignal,
  HandedDelivery,
  Heartbeat,
  Journal,
  MessageSignal,
  OwnerHints,
  OwnerToken,
  Rerun,
  RunListQuery,
  RunSummary,
  SegmentRow,
  SemanticsCount,
  Signal,
  SignalCursor,
  StoredRerun,
  StoredRun,
  StoredSegment,
  StoredSignal,
  Suspect,
  Watermark,
} from "../journal.ts";
import { OwnerLost, SIGNAL_LIMITS } from "../journal.ts";
import { refusalOf } from "../segment-check.ts";

/** Counters that heartbeats report; the catalog raises its own. */
export interface Revisions {
  catalog: number;
  signals: number;
}

interface Fence {
  token: OwnerToken | null;
  epoch: number;
  watermark: Watermark;
}

interface Owner {
  heartbeatAt: number;
  readonly hints: OwnerHints;
}

interface Timer {
  readonly dueAt: number;
  readonly runId: string;
}

/** The journal in memory: the same answers as Postgres, durable until the process ends. */
export class MemoryJournal implements Journal {
  readonly #nowMs: () => number;
  readonly #leaseMs: number;
  readonly #revisions: Revisions;
  readonly #fences: Fence[];
  readonly #owners = new Map<OwnerToken, Owner>();
  readonly #runs = new Map<string, StoredSegment[]>();
  readonly #keys = new Map<string, { readonly runId: string; readonly bodyHash: string }>();
  readonly #timers = new Map<number, Timer[]>();
  readonly #parkedRuns = new Set<string>();
  readonly #signals: Unread[] = [];
  /** The runs' ids with the keys of their signals. */
  readonly #signalKeys = new Set<string>();
  readonly #suspects = new Map<string, Suspect>();
  readonly #reruns = new Map<string, Rerun & { readonly at: number }>();

  constructor(options: {
    readonly nowMs: () => number;
    readonly leaseMs: number;
    readonly shards: number;
    readonly revisions: Revisions;
  }) {
    this.#nowMs = options.nowMs;
    this.#leaseMs = options.leaseMs;
    this.#revisions = options.revisions;
    this.#fences = Array.from({ length: options.shards }, (_, shard) => ({
      token: null,
      epoch: 0,
      watermark: { shard, lowRunId: NIL_UUID, timersFrom: 0, signalsAfter: NIL_UUID },
    }));
  }

  async append(token: OwnerToken, rows: readonly SegmentRow[]): Promise<readonly AppendOutcome[]> {
    return rows.map((row) => this.#appendOne(token, row));
  }

  async readRun(
    runId: string,
    options: { readonly projectId?: string; readonly afterSeq?: number } = {},
  ): Promise<readonly StoredSegment[]> {
    const { projectId, afterSeq = -1 } = options;
    if (projectId !== undefined && options.afterSeq === undefined && !this.#runs.has(runId))
      return this.#handed(runId, projectId);
    return (this.#runs.get(runId) ?? []).filter(
      (segment) => segment.seq > afterSeq && (projectId === undefined || segment.projectId === projectId),
    );
  }

  async eraseRun(projectId: string, runId: string): Promise<"erased" | "in_progress" | "not_found"> {
    const last = this.#runs.get(runId)?.at(-1);
    if (last === undefined) return this.#handed(runId, projectId).length === 0 ? "not_found" : "in_progress";
    if (last.projectId !== projectId) return "not_found";
    if (last.status === null) return "in_progress";
    this.#runs.delete(runId);
    return "erased";
  }

  async findEnded(runIds: readonly string[]): Promise<ReadonlySet<string>> {
    const isOver = (runId: string): boolean => (this.#runs.get(runId)?.at(-1)?.status ?? null) !== null;
    return new Set(runIds.filter(isOver));
  }

  /** A run that still waits in an inbox. */
  #handed(runId: string, projectId: string): readonly StoredSegment[] {
    for (const signal of this.#signals) {
      if (signal.kind !== "delivery" || signal.runId !== runId || signal.projectId !== projectId) continue;
      const { facts, versionId, workflowId } = signal;
      const at = decodeFacts(facts)[0]?.at ?? 0;
      return [{ runId, seq: 0, at, projectId, workflowId, versionId, status: null, facts }];
    }
    return [];
  }

  async listRuns(query: RunListQuery): Promise<readonly RunSummary[]> {
    return [...this.#runs.values()]
      .map(summaryOf)
      .filter(
        (run) =>
          run.projectId === query.projectId &&
          (query.workflowId === undefined || run.workflowId === query.workflowId) &&
          (query.status === undefined || run.status === query.status) &&
          (query.fromRunId === undefined || run.runId >= query.fromRunId) &&
          (query.beforeRunId === undefined || run.runId < query.beforeRunId),
      )
      .sort((left, right) => compare(right.runId, left.runId))
      .slice(0, query.limit);
  }

  async listDeliveries({ endpointId, ...query }: DeliveryListQuery): Promise<readonly DeliveredRun[]> {
    return (await this.listRuns(query)).map((run) => {
      const facts = this.#runs.get(run.runId)?.[0]?.facts ?? "";
      const isMeant = facts.slice(0, 200).includes(`"source":{"endpoint":"${endpointId ?? ""}`);
      return { ...run, head: isMeant ? facts.slice(0, DELIVERY_HEAD_CHARACTERS) : null };
    });
  }

  async countUnfinishedBySemantics(): Promise<readonly SemanticsCount[]> {
    const counts = new Map<number, number>();
    for (const [runId, [first]] of this.#runs) {
      if (first === undefined || this.#isFinished(runId)) continue;
      const [delivery] = decodeFacts(first.facts);
      const semantics = (delivery?.kind === "delivery" ? delivery.semantics : undefined) ?? 1;
      counts.set(semantics, (counts.get(semantics) ?? 0) + 1);
    }
    return [...counts].sort(([one], [other]) => one - other).map(([semantics, runs]) => ({ semantics, runs }));
  }

  async join(_name: string, hints: OwnerHints = {}): Promise<OwnerToken> {
    const token = randomUUID();
    this.#owners.set(token, { heartbeatAt: this.#nowMs(), hints });
    this.#announceOwners();
    return token;
  }

  async heartbeat(token: OwnerToken): Promise<Heartbeat> {
    const owner = this.#owners.get(token);
    if (owner === undefined) throw new OwnerLost(`Owner ${token} is no longer registered`);
    owner.heartbeatAt = this.#nowMs();
    return {
      ownersAlive: [...this.#owners.keys()].filter((candidate) => this.#isAlive(candidate)).length,
      shardsTotal: this.#fences.length,
      shardsFree: this.#fences.filter((fence) => fence.token === null || !this.#isAlive(fence.token)).length,
      catalogRevision: this.#revisions.catalog,
      signalRevision: this.#revisions.signals,
      followedProjects: [],
    };
  }

  async claimShards(token: OwnerToken, limit: number): Promise<readonly ClaimedShard[]> {
    for (const other of this.#owners.keys()) {
      if (other !== token && !this.#isAlive(other)) this.#owners.delete(other);
    }
    if (!this.#owners.has(token)) {
      throw new OwnerLost(`Owner ${token} is not registered; join again before claiming shards`);
    }
    return this.#fences
      .filter((fence) => fence.token === null || !this.#owners.has(fence.token))
      .slice(0, limit)
      .map((fence) => {
        fence.token = token;
        fence.epoch += 1;
        return { shard: fence.watermark.shard, epoch: fence.epoch, watermark: fence.watermark };
      });
  }

  async releaseShards(token: OwnerToken, shards: readonly number[]): Promise<void> {
    for (const shard of shards) {
      const fence = this.#fences[shard];
      if (fence?.token === token) fence.token = null;
    }
  }

  async leave(token: OwnerToken): Promise<void> {
    for (const fence of this.#fences) {
      if (fence.token === token) fence.token = null;
    }
    this.#owners.delete(token);
    this.#announceOwners();
  }

  async storeWatermarks(token: OwnerToken, watermarks: readonly Watermark[]): Promise<void> {
    for (const watermark of watermarks) {
      const fence = this.#fences[watermark.shard];
      if (fence?.token === token) fence.watermark = watermark;
    }
  }

  async loadUnfinished(query: {
    readonly shard: number;
    readonly fromRunId: string;
    readonly afterRunId?: string;
    readonly limit: number;
    readonly bytesMax: number;
  }): Promise<readonly StoredRun[]> {
    const { shard, fromRunId, afterRunId = NIL_UUID, limit } = query;
    const runs = [...this.#runs.keys()]
      .filter(
        (runId) =>
          shardOfRunId(runId) === shard &&
          runId >= fromRunId &&
          runId > afterRunId &&
          !this.#parkedRuns.has(runId) &&
          !this.#isFinished(runId),
      )
      .sort()
      .slice(0, limit)
      .map((runId) => this.#storedRun(runId));
    return untilBytes(runs, (run) => run, query.bytesMax);
  }

  async loadTimers(query: {
    readonly shard: number;
    readonly from: number;
    readonly until: number;
    readonly afterRunId?: string;
    readonly limit: number;
    readonly bytesMax: number;
  }): Promise<readonly DueTimer[]> {
    const { from, until, afterRunId = NIL_UUID } = query;
    const timers = (this.#timers.get(query.shard) ?? [])
      .filter(
        (timer) =>
          timer.dueAt < until &&
          (timer.dueAt > from || (timer.dueAt === from && timer.runId > afterRunId)) &&
          !this.#isFinished(timer.runId),
      )
      .sort((left, right) => left.dueAt - right.dueAt || compare(left.runId, right.runId))
      .slice(0, query.limit)
      .map((timer) => ({ dueAt: timer.dueAt, run: this.#storedRun(timer.runId) }));
    return untilBytes(timers, ({ run }) => run, query.bytesMax);
  }

  async findNextTimer({
    shard,
    from,
    until,
  }: {
    readonly shard: number;
    readonly from: number;
    readonly until: number;
  }): Promise<number | null> {
    let next: number | null = null;
    for (const { dueAt } of this.#timers.get(shard) ?? [])
      if (dueAt >= from && dueAt < until && (next === null || dueAt < next)) next = dueAt;
    return next;
  }

  async sendSignal(signal: Signal): Promise<"sent" | "repeated" | "full"> {
    const key = signal.kind === "signal" && signal.key !== undefined ? `${signal.runId} ${signal.key}` : null;
    if (key !== null && this.#signalKeys.has(key)) return "repeated";
    if (signal.kind === "signal" && !this.#hasRoomFor(signal)) return "full";
    if (key !== null) this.#signalKeys.add(key);
    this.#revisions.signals += 1;
    this.#signals.push({ ...withoutKey(signal), id: signalId(Math.floor(this.#nowMs()), this.#revisions.signals) });
    for (const { hints } of this.#owners.values()) hints.onSignal?.(signal.shard);
    return "sent";
  }

  async hasSignal({ projectId, runId, key }: Parameters<Journal["hasSignal"]>[0]): Promise<boolean> {
    return (
      this.#signalKeys.has(`${runId} ${key}`) &&
      this.#signals.some((sent) => sent.runId === runId && sent.projectId === projectId)
    );
  }

  async sendDelivery(
    row: SegmentRow,
  ): Promise<Extract<AppendOutcome, { kind: "appended" | "duplicate" | "rejected" }>> {
    const refusal = refusalOf(row);
    if (refusal !== null) return { kind: "rejected", message: refusal };
    const { dedupe, runId, shard, projectId, workflowId, versionId, facts } = row;
    if (dedupe !== undefined) {
      const key = `${dedupe.endpointId} ${dedupe.key}`;
      const first = this.#keys.get(key);
      if (first !== undefined)
        return { kind: "duplicate", runId: first.runId, sameBody: first.bodyHash === dedupe.bodyHash };
      this.#keys.set(key, { runId, bodyHash: dedupe.bodyHash });
    }
    this.#revisions.signals += 1;
    const id = signalId(Math.floor(this.#nowMs()), this.#revisions.signals);
    this.#signals.push({ kind: "delivery", id, shard, runId, projectId, workflowId, versionId, facts });
    for (const { hints } of this.#owners.values()) hints.onSignal?.(shard);
    return { kind: "appended" };
  }

  async readSignals(cursors: readonly SignalCursor[], limit: number): Promise<readonly StoredSignal[]> {
    return cursors
      .flatMap(({ shard, afterId }) =>
        this.#signals.filter((signal) => signal.shard === shard && signal.id > afterId).slice(0, limit),
      )
      .sort((left, right) => compare(left.id, right.id))
      .map((signal) => ({ ...signal, isRunOver: this.#isFinished(signal.runId) }));
  }

  async noteRerun(rerun: Rerun): Promise<void> {
    const name = `${rerun.runId} ${rerun.key}`;
    if (!this.#reruns.has(name)) this.#reruns.set(name, { ...rerun, at: this.#nowMs() * 1_000 });
  }

  async listReruns(query: {
    readonly projectId: string;
    readonly runId: string;
    readonly limit: number;
  }): Promise<readonly StoredRerun[]> {
    return [...this.#reruns.values()]
      .filter(({ projectId, runId }) => projectId === query.projectId && runId === query.runId)
      .slice(0, query.limit)
      .flatMap(({ runId, key, kind, at }) => {
        const found = this.#keys.get(`${runId} ${key}`);
        return found === undefined ? [] : [{ kind, newRunId: found.runId, at }];
      });
  }

  #hasRoomFor({ runId, payload }: MessageSignal): boolean {
    const payloads = this.#signals.flatMap((one) =>
      one.kind === "signal" && one.runId === runId ? [one.payload] : [],
    );
    const bytes = [...payloads, payload].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    return payloads.length < SIGNAL_LIMITS.count && bytes <= SIGNAL_LIMITS.bytes;
  }

  async raiseSuspects(shard: number, runIds: readonly string[]): Promise<void> {
    for (const runId of runIds) {
      const attempts = (this.#suspects.get(runId)?.attempts ?? 0) + 1;
      this.#suspects.set(runId, { shard, runId, attempts, at: this.#nowMs() * 1_000 });
    }
  }

  async clearSuspects(_shard: number, runIds: readonly string[]): Promise<void> {
    for (const runId of runIds) this.#suspects.delete(runId);
  }

  async readSuspects(shards: readonly number[]): Promise<readonly Suspect[]> {
    return [...this.#suspects.values()].filter((suspect) => shards.includes(suspect.shard));
  }

  async listSuspects(projectId: string, attemptsMin: number): Promise<readonly Suspect[]> {
    return [...this.#suspects.values()]
      .filter(({ runId, attempts }) => {
        const [first] = this.#runs.get(runId) ?? [];
        return attempts >= attemptsMin && first?.projectId === projectId;
      })
      .sort((one, other) => (one.runId < other.runId ? -1 : 1));
  }

  async close(): Promise<void> {
    this.#owners.clear();
  }

  #announceOwners(): void {
    for (const { hints } of this.#owners.values()) hints.onOwners?.();
  }

  #appendOne(token: OwnerToken, row: SegmentRow): AppendOutcome {
    const refusal = refusalOf(row);
    if (refusal !== null) return { kind: "rejected", message: refusal };

    const segments = this.#runs.get(row.runId) ?? [];
    const stored = segments.find((segment) => segment.seq === row.seq);
    if (stored !== undefined && stored.facts === row.facts && stored.status === row.status) return { kind: "appended" };

    const key = row.dedupe === undefined ? null : `${row.dedupe.endpointId} ${row.dedupe.key}`;
    const first = key === null ? undefined : this.#keys.get(key);
    if (first !== undefined && first.runId !== row.runId) {
      return { kind: "duplicate", runId: first.runId, sameBody: first.bodyHash === row.dedupe?.bodyHash };
    }
    if (this.#fences[row.shard]?.token !== token) return { kind: "fenced" };
    if (stored !== undefined) return { kind: "conflict" };

    if (key !== null && row.dedupe !== undefined) {
      this.#keys.set(key, { runId: row.runId, bodyHash: row.dedupe.bodyHash });
    }
    const { runId, seq, at, projectId, workflowId, versionId, status, facts } = row;
    segments.push({ runId, seq, at, projectId, workflowId, versionId, status, facts });
    segments.sort((left, right) => left.seq - right.seq);
    this.#runs.set(runId, segments);
    if (row.parkedUntil !== undefined) this.#park(row.shard, { dueAt: row.parkedUntil, runId });
    return { kind: "appended" };
  }

  #park(shard: number, timer: Timer): void {
    this.#parkedRuns.add(timer.runId);
    const timers = this.#timers.get(shard) ?? [];
    this.#timers.set(shard, timers);
    if (!timers.some((other) => other.runId === timer.runId && other.dueAt === timer.dueAt)) timers.push(timer);
  }

  #isAlive(token: OwnerToken): boolean {
    const owner = this.#owners.get(token);
    return owner !== undefined && owner.heartbeatAt >= this.#nowMs() - this.#leaseMs;
  }

  #isFinished(runId: string): boolean {
    return this.#runs.get(runId)?.some((segment) => segment.status !== null) ?? false;
  }

  #storedRun(runId: string): StoredRun {
    return { runId, segments: [...(this.#runs.get(runId) ?? [])] };
  }
}

function summaryOf(segments: readonly StoredSegment[]): RunSummary {
  const [first] = segments;
  if (first === undefined) throw new Error("A stored run has at least one segment");
  const last = segments.find((segment) => segment.status !== null);
  return {
    runId: first.runId,
    projectId: first.projectId,
    workflowId: first.workflowId,
    versionId: first.versionId,
    status: last?.status ?? "running",
    startedAt: first.at,
    finishedAt: last?.at ?? null,
  };
}

/** The items up to the one with whose run the bytes of all runs reach `bytesMax`. */
function untilBytes<T>(items: readonly T[], runOf: (item: T) => StoredRun, bytesMax: number): readonly T[] {
  let bytes = 0;
  const end = items.findIndex((item) => {
    for (const { facts } of runOf(item).segments) bytes += Buffer.byteLength(facts);
    return bytes >= bytesMax;
  });
  return end === -1 ? items : items.slice(0, end + 1);
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

type Unread = (CancelSignal | Omit<MessageSignal, "key"> | HandedDelivery) & { readonly id: string };

function withoutKey(signal: Signal): CancelSignal | Omit<MessageSignal, "key"> {
  if (signal.kind === "cancel") return signal;
  const { shard, runId, projectId, kind, name, payload } = signal;
  return { shard, runId, projectId, kind, name, payload };
}
