import { decodeFacts, DELIVERY_HEAD_CHARACTERS, shardOfRunId } from "@meshhook/core";

import { isUuid, MAX_UUID, NIL_UUID, signalId } from "../id.ts";
import type {
  AppendOutcome,
  ClaimedShard,
  DeliveredRun,
  DeliveryListQuery,
  DueTimer,
  Heartbeat,
  Journal,
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
import { rerunKey, SIGNAL_LIMITS } from "../journal.ts";
import { refusalOf } from "../segment-check.ts";
import { append } from "./append.ts";
import { dedupeShard } from "./batch.ts";
import type { Connections, Runner } from "./connections.ts";
import { PostgresFeedLog } from "./feed-log.ts";
import type { Ownership } from "./ownership.ts";
import { queries } from "./queries.ts";
import { runsOf, runSummaryOf, segmentOf, signalOf, suspectOf } from "./rows.ts";
import type { RerunColumns, RunSummaryColumns, SegmentColumns, SignalColumns, SuspectColumns } from "./rows.ts";
import { timestampOf } from "./time.ts";

interface KeyColumns {
  readonly run_id: string;
  readonly body_hash: string;
}

/** The journal in Postgres. */
export class PostgresJournal implements Journal {
  readonly #connections: Connections;
  readonly #ownership: Ownership;
  readonly #close: () => Promise<void>;
  readonly startStandIn: NonNullable<Journal["startStandIn"]>;
  readonly feeds: NonNullable<Journal["feeds"]>;

  /** `close` ends the store that this journal belongs to. */
  constructor(
    connections: Connections,
    ownership: Ownership,
    startStandIn: NonNullable<Journal["startStandIn"]>,
    close: () => Promise<void>,
  ) {
    this.#connections = connections;
    this.#ownership = ownership;
    this.startStandIn = startStandIn;
    this.feeds = new PostgresFeedLog(connections);
    this.#close = close;
  }

  append(token: OwnerToken, rows: readonly SegmentRow[]): Promise<readonly AppendOutcome[]> {
    return append(this.#connections, token, this.#ownership.epochsOf(token), rows);
  }

  async findEnded(runIds: readonly string[]): Promise<ReadonlySet<string>> {
    const asked = runIds.filter(isUuid);
    const values = [asked.map(shardOfRunId), asked];
    const found = await this.#connections.read<{ run_id: string }>("find ended runs", queries["find-ended"], values);
    return new Set(found.rows.map(({ run_id: runId }) => runId));
  }

  async readRun(
    runId: string,
    options: { readonly projectId?: string; readonly afterSeq?: number } = {},
  ): Promise<readonly StoredSegment[]> {
    if (!isUuid(runId)) return [];
    const { projectId, afterSeq } = options;
    const values = [shardOfRunId(runId), runId, afterSeq ?? -1];
    if (projectId === undefined) {
      const found = await this.#connections.read<SegmentColumns>("read a run", queries["read-run"], values);
      return found.rows.map(segmentOf);
    }
    const read = async (): Promise<readonly StoredSegment[]> => {
      const found = await this.#connections.readAsTenant<SegmentColumns>(
        "read a run",
        projectId,
        queries["read-run"],
        values,
      );
      return found.rows.map(segmentOf);
    };
    const segments = await read();
    if (segments.length > 0 || afterSeq !== undefined) return segments;
    const handed = await this.#findHanded(runId, projectId);
    // Its owner may have appended it in between.
    return handed === null ? read() : [handed];
  }

  async eraseRun(projectId: string, runId: string): Promise<"erased" | "in_progress" | "not_found"> {
    if (!isUuid(runId)) return "not_found";
    const values = [shardOfRunId(runId), runId, projectId];
    const erased = await this.#connections.asTenant("erase a run", projectId, (runner) =>
      runner.query(queries["erase-run"], values),
    );
    if (erased.rows.length > 0) return "erased";
    return (await this.readRun(runId, { projectId })).length === 0 ? "not_found" : "in_progress";
  }

  async #findHanded(runId: string, projectId: string): Promise<StoredSegment | null> {
    const shard = shardOfRunId(runId);
    const doing = "find a delivery in an inbox";
    const marks = await this.#connections.read<{ signals_after: string }>(doing, queries["read-watermarks"], [[shard]]);
    const values = [shard, runId, projectId, marks.rows[0]?.signals_after ?? NIL_UUID];
    const found = await this.#connections.readAsTenant<Omit<SegmentColumns, "at">>(
      doing,
      projectId,
      queries["find-handed-delivery"],
      values,
    );
    const [row] = found.rows;
    if (row === undefined) return null;
    return segmentOf({ ...row, at: decodeFacts(row.facts)[0]?.at ?? 0 });
  }

  async listRuns(query: RunListQuery): Promise<readonly RunSummary[]> {
    const { projectId, status } = query;
    const range = [projectId, query.fromRunId ?? NIL_UUID, query.beforeRunId ?? MAX_UUID, query.workflowId ?? null];
    const [listed, values] =
      status === "failed"
        ? [queries["list-failed-runs"], [...range, query.limit]]
        : [queries["list-runs"], [...range, status ?? null, query.limit]];
    const found = await this.#connections.readAsTenant<RunSummaryColumns>("list runs", projectId, listed, values);
    return found.rows.map(runSummaryOf);
  }

  async listDeliveries(query: DeliveryListQuery): Promise<readonly DeliveredRun[]> {
    const { projectId } = query;
    const range = [projectId, query.fromRunId ?? NIL_UUID, query.beforeRunId ?? MAX_UUID, query.workflowId ?? null];
    const values = [...range, query.endpointId ?? null, query.limit, DELIVERY_HEAD_CHARACTERS];
    const found = await this.#connections.readAsTenant<RunSummaryColumns & { readonly head: string | null }>(
      "list deliveries",
      projectId,
      queries["list-deliveries"],
      values,
    );
    return found.rows.map((row) => ({ ...runSummaryOf(row), head: row.head }));
  }

  async countUnfinishedBySemantics(): Promise<readonly SemanticsCount[]> {
    const found = await this.#connections.read<SemanticsCount>(
      "count runs by semantics",
      queries["count-unfinished-by-semantics"],
      [],
    );
    return found.rows.map(({ semantics, runs }) => ({ semantics, runs }));
  }

  join(name: string, hints?: OwnerHints): Promise<OwnerToken> {
    return this.#ownership.join(name, hints);
  }

  heartbeat(token: OwnerToken): Promise<Heartbeat> {
    return this.#ownership.heartbeat(token);
  }

  claimShards(token: OwnerToken, limit: number): Promise<readonly ClaimedShard[]> {
    return this.#ownership.claimShards(token, limit);
  }

  releaseShards(token: OwnerToken, shards: readonly number[]): Promise<void> {
    return this.#ownership.releaseShards(token, shards);
  }

  leave(token: OwnerToken): Promise<void> {
    return this.#ownership.leave(token);
  }

  storeWatermarks(token: OwnerToken, watermarks: readonly Watermark[]): Promise<void> {
    return this.#ownership.storeWatermarks(token, watermarks);
  }

  async loadUnfinished(query: {
    readonly shard: number;
    readonly fromRunId: string;
    readonly afterRunId?: string;
    readonly limit: number;
    readonly bytesMax: number;
  }): Promise<readonly StoredRun[]> {
    const found = await this.#connections.read<SegmentColumns>("load unfinished runs", queries["load-unfinished"], [
      query.shard,
      query.fromRunId,
      query.afterRunId ?? NIL_UUID,
      query.limit,
      query.bytesMax,
    ]);
    return runsOf(found.rows);
  }

  async loadTimers(query: {
    readonly shard: number;
    readonly from: number;
    readonly until: number;
    readonly afterRunId?: string;
    readonly limit: number;
    readonly bytesMax: number;
  }): Promise<readonly DueTimer[]> {
    const found = await this.#connections.read<SegmentColumns & { due_at: number }>(
      "load timers",
      queries["load-timers"],
      [
        query.shard,
        timestampOf(query.from),
        timestampOf(query.until),
        query.afterRunId ?? NIL_UUID,
        query.limit,
        query.bytesMax,
      ],
    );
    // The same run may have several timers. The rows of one timer are adjacent and differ from the next timer in time or run.
    const byDueAt = Map.groupBy(found.rows, (row) => row.due_at);
    return [...byDueAt].flatMap(([dueAt, rows]) => runsOf(rows).map((run) => ({ dueAt, run })));
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
    const values = [shard, timestampOf(from), timestampOf(until)];
    const found = await this.#connections.read<{ due_at: number }>("find a timer", queries["find-next-timer"], values);
    return found.rows[0]?.due_at ?? null;
  }

  sendSignal(signal: Signal): Promise<"sent" | "repeated" | "full"> {
    return this.#connections.transaction("send a signal", async (runner) => {
      const outcome = await insertSignal(runner, await this.#nextSignal(runner), signal);
      if (outcome === "sent" && this.#ownership.hasHints)
        await runner.query(queries["announce-signal"], [signal.shard]);
      return outcome;
    });
  }

  async hasSignal({ projectId, runId, key }: Parameters<Journal["hasSignal"]>[0]): Promise<boolean> {
    const values = [shardOfRunId(runId), runId, key];
    const found = await this.#connections.readAsTenant("find a signal", projectId, queries["find-signal"], values);
    return found.rows.length > 0;
  }

  async sendDelivery(
    row: SegmentRow,
  ): Promise<Extract<AppendOutcome, { kind: "appended" | "duplicate" | "rejected" }>> {
    const refusal = refusalOf(row);
    if (refusal !== null) return { kind: "rejected", message: refusal };
    return this.#connections.transaction("hand a delivery over", async (runner) => {
      const { dedupe, runId, shard } = row;
      if (dedupe !== undefined) {
        const { bodyHash, endpointId, key } = dedupe;
        const place = [dedupeShard(dedupe), endpointId, key];
        const claimed = await runner.query(queries["insert-key"], [...place, runId, bodyHash, timestampOf(row.at)]);
        if (claimed.rowCount !== 1) {
          const found = await runner.query<KeyColumns>(
            queries["read-back-keys"],
            place.map((value) => [value]),
          );
          const [first] = found.rows;
          if (first === undefined) throw new Error(`The idempotency key "${key}" is taken by no run`);
          return { kind: "duplicate", runId: first.run_id, sameBody: first.body_hash === bodyHash };
        }
      }
      const id = await this.#nextSignal(runner);
      const { projectId, workflowId, versionId, facts } = row;
      await runner.query(queries["insert-delivery"], [shard, id, runId, projectId, workflowId, versionId, facts]);
      if (this.#ownership.hasHints) await runner.query(queries["announce-signal"], [shard]);
      return { kind: "appended" };
    });
  }

  /** Locks the revision's row until the commit, so that ids ascend in the order of commits. */
  async #nextSignal(runner: Runner): Promise<string> {
    const raised = await runner.query<{ value: number; changed_at: number }>(queries["raise-revision"], ["signals"]);
    const revision = raised.rows[0];
    if (revision === undefined) throw new Error("meshhook.revisions has no row for signals; run the migrations");
    return signalId(Math.floor(revision.changed_at / 1000), revision.value);
  }

  async readSignals(cursors: readonly SignalCursor[], limit: number): Promise<readonly StoredSignal[]> {
    const found = await this.#connections.read<SignalColumns>("read signals", queries["read-signals"], [
      cursors.map(({ shard }) => shard),
      cursors.map(({ afterId }) => afterId),
      limit,
    ]);
    return found.rows.map(signalOf);
  }

  async noteRerun({ runId, key, kind, projectId }: Rerun): Promise<void> {
    const values = [shardOfRunId(runId), runId, key, kind, projectId];
    await this.#connections.readAsTenant("note a rerun", projectId, queries["insert-rerun"], values);
  }

  async listReruns(query: {
    readonly projectId: string;
    readonly runId: string;
    readonly limit: number;
  }): Promise<readonly StoredRerun[]> {
    const { projectId, runId, limit } = query;
    const requests = await this.#connections.readAsTenant<RerunColumns>(
      "list reruns",
      projectId,
      queries["list-reruns"],
      [shardOfRunId(runId), runId, projectId, limit],
    );
    if (requests.rows.length === 0) return [];
    const keys = requests.rows.map(({ key }) => rerunKey({ runId, key }, ""));
    const found = await this.#connections.read<{ key: string; run_id: string }>(
      "list reruns",
      queries["read-back-keys"],
      [keys.map(dedupeShard), keys.map(({ endpointId }) => endpointId), keys.map(({ key }) => key)],
    );
    const started = new Map(found.rows.map((row) => [row.key, row.run_id]));
    return requests.rows.flatMap(({ key, kind, at }) => {
      const newRunId = started.get(key);
      return newRunId === undefined ? [] : [{ kind, newRunId, at }];
    });
  }

  async raiseSuspects(shard: number, runIds: readonly string[]): Promise<void> {
    // Not repeated, because an attempt that was noted twice would count twice.
    await this.#connections.transaction("note suspects", (runner) =>
      runner.query(queries["raise-suspects"], [shard, runIds]),
    );
  }

  async clearSuspects(shard: number, runIds: readonly string[]): Promise<void> {
    await this.#connections.read("clear suspects", queries["clear-suspects"], [shard, runIds]);
  }

  async readSuspects(shards: readonly number[]): Promise<readonly Suspect[]> {
    const found = await this.#connections.read<SuspectColumns>("read suspects", queries["read-suspects"], [shards]);
    return found.rows.map(suspectOf);
  }

  async listSuspects(projectId: string, attemptsMin: number): Promise<readonly Suspect[]> {
    const values = [projectId, attemptsMin];
    const found = await this.#connections.read<SuspectColumns>("list suspects", queries["list-suspects"], values);
    return found.rows.map(suspectOf);
  }

  close(): Promise<void> {
    return this.#close();
  }
}

async function insertSignal(runner: Runner, id: string, signal: Signal): Promise<"sent" | "repeated" | "full"> {
  const { shard, runId, projectId, kind } = signal;
  if (kind === "cancel") {
    await runner.query(queries["insert-signal"], [shard, id, runId, projectId, kind, signal.reason ?? null]);
    return "sent";
  }
  const { name, payload, key = id } = signal;
  const { count, bytes } = SIGNAL_LIMITS;
  const values = [shard, id, runId, projectId, name, payload, key, count, bytes];
  const found = await runner.query<{ is_repeated: boolean; is_stored: boolean }>(queries["insert-message"], values);
  const [row] = found.rows;
  if (row?.is_stored === true) return "sent";
  return row?.is_repeated === true ? "repeated" : "full";
}
