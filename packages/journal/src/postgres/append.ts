import type { QueryResult, QueryResultRow } from "pg";

import type { AppendOutcome, DedupeKey, OwnerToken, SegmentRow } from "../journal.ts";
import { JournalUnavailable } from "../journal.ts";
import { refusalOf } from "../segment-check.ts";
import { batchParameters, dedupeShard, keyedBatchParameters, type Epochs } from "./batch.ts";
import { nextPause, pause } from "./connections.ts";
import type { Connections } from "./connections.ts";
import { queries } from "./queries.ts";
import type { Query } from "./queries.ts";
import { classify, messageOf } from "./sqlstate.ts";

const DOING = "append to the journal";
/** Rows that were neither stored nor found can only be due to a race that has ended by the next statement. */
const REPEATS_MAX = 5;
/** The shortest time for a statement to be answered. */
const TIMEOUT_MS_MIN = 1_000;
const APPENDED: AppendOutcome = { kind: "appended" };

/** What is known of a batch in flight. */
interface Attempt {
  readonly connections: Connections;
  readonly token: OwnerToken;
  /** As they were when the rows were given: a shard that has come back since is another one to them. */
  readonly epochs: Epochs;
  readonly startedAt: number;
  /** The outcome of each row that was not appended. */
  readonly outcomes: Map<SegmentRow, AppendOutcome>;
  /** True once a row of the batch was stored, or the outcome of a statement became unknown. */
  mayHaveCommitted: boolean;
}

/**
 * Appends a batch: one statement, one round trip, one commit.
 *
 * When the statement stored every row, that is all. Otherwise the rows are read back and sorted into outcomes; that also settles a repeat
 * after a commit with an unknown outcome: a row that is there with the same facts was ours.
 *
 * A statement that was not waited for may still be running, and may still commit. Neither answer suffers: while the token holds
 * the shard the batch is sent again, and the primary key decides which of the two stores it; once the token does not hold the
 * shard, the takeover has waited for whatever held the fence, and whatever comes later finds the fence changed, even if the same
 * token has the shard again: then its epoch is another.
 *
 * @throws JournalUnavailable  when the database did not answer in time. The limit is `retryMs`, or `resolveMs` once something may have been
 * stored, because its sender needs an answer.
 */
export async function append(
  connections: Connections,
  token: OwnerToken,
  epochs: Epochs,
  rows: readonly SegmentRow[],
): Promise<readonly AppendOutcome[]> {
  const outcomes = new Map<SegmentRow, AppendOutcome>();
  const storable = rows.filter((row) => {
    const refusal = refusalOf(row);
    if (refusal !== null) outcomes.set(row, { kind: "rejected", message: refusal });
    return refusal === null;
  });
  await storeAll(
    { connections, token, epochs, startedAt: performance.now(), outcomes, mayHaveCommitted: false },
    storable,
  );
  return rows.map((row) => outcomes.get(row) ?? APPENDED);
}

/** Stores rows and notes the outcome of each that it did not append. */
async function storeAll(attempt: Attempt, rows: readonly SegmentRow[]): Promise<void> {
  let open = rows;
  for (let repeat = 0; open.length > 0; repeat += 1) {
    if (repeat === REPEATS_MAX) {
      throw new JournalUnavailable(
        `The database did not store segment ${open[0]?.seq} of run ${open[0]?.runId}, nor a different one in its place`,
        { mayHaveCommitted: attempt.mayHaveCommitted },
      );
    }
    let stored: number;
    try {
      stored = await send(attempt, open);
    } catch (error) {
      if (error instanceof JournalUnavailable) throw error;
      return storeHalves(attempt, open, error);
    }
    if (stored > 0) attempt.mayHaveCommitted = true;
    if (stored === open.length) return;
    open = await settle(attempt, open);
  }
}

/** A value that the database refuses must not fail its neighbours: the batch is halved until the row stands alone. */
async function storeHalves(attempt: Attempt, rows: readonly SegmentRow[], error: unknown): Promise<void> {
  if (rows.length === 1) {
    // An earlier try of the same row may have succeeded before the database began to refuse it.
    const refused = attempt.mayHaveCommitted ? await settle(attempt, rows) : rows;
    for (const row of refused) attempt.outcomes.set(row, { kind: "rejected", message: messageOf(error) });
    return;
  }
  const middle = rows.length >> 1;
  await storeAll(attempt, rows.slice(0, middle));
  await storeAll(attempt, rows.slice(middle));
}

/**
 * Sends the rows until the database has answered. Resolves with the number of rows that were stored.
 *
 * @throws JournalUnavailable  when it did not answer in time.
 * @throws what the driver throws, when a value is at fault.
 */
async function send(attempt: Attempt, rows: readonly SegmentRow[]): Promise<number> {
  const { connections } = attempt;
  for (let pauseMs = nextPause(); ; pauseMs = nextPause(pauseMs)) {
    try {
      return await insert(attempt, rows);
    } catch (error) {
      if (!(error instanceof JournalUnavailable)) throw error;
      attempt.mayHaveCommitted ||= error.mayHaveCommitted;
      const isHopeless = classify(error.cause) === "refused" || connections.isClosed;
      if (isHopeless || leftMs(attempt) < pauseMs) {
        throw new JournalUnavailable(error.message, { cause: error.cause, mayHaveCommitted: attempt.mayHaveCommitted });
      }
      await pause(pauseMs);
    }
  }
}

/** The time that is left. */
function leftMs({ connections, startedAt, mayHaveCommitted }: Attempt): number {
  return startedAt + (mayHaveCommitted ? connections.resolveMs : connections.retryMs) - performance.now();
}

/** Sends the rows once. Resolves with the number of rows that were stored. */
async function insert(
  { connections, token, epochs, startedAt }: Attempt,
  rows: readonly SegmentRow[],
): Promise<number> {
  // At least a moment: what is sent for the last time should have a chance.
  const timeoutMs = Math.max(TIMEOUT_MS_MIN, startedAt + connections.resolveMs - performance.now());
  if (rows.some((row) => row.dedupe !== undefined || row.parkedUntil !== undefined)) {
    const result = await connections.write<{ stored: number }>(
      DOING,
      queries["append-keyed-segments"],
      keyedBatchParameters(token, epochs, rows),
      timeoutMs,
    );
    return result.rows.reduce((sum, { stored }) => sum + stored, 0);
  }
  const result = await connections.write(
    DOING,
    queries["append-segments"],
    batchParameters(token, epochs, rows),
    timeoutMs,
  );
  return Number(result.rowCount);
}

/** Reads back the stored rows and notes the outcomes. Resolves with the rows that must be sent again. */
async function settle(attempt: Attempt, rows: readonly SegmentRow[]): Promise<readonly SegmentRow[]> {
  const { outcomes } = attempt;
  const read = readerOf(attempt);
  // The shards first: a row that is missing although the token held its shard *before* the look may be sent again, and one that
  // is missing although the token did not hold its shard before the look can never come.
  const heldShards = await readHeldShards(read, attempt);
  const storedSegments = await readSegments(read, rows);
  const storedKeys = await readKeys(read, rows);

  return rows.filter((row) => {
    const segment = storedSegments.get(row.runId);
    if (segment !== undefined && segment.facts === row.facts && segment.status === row.status) return false;
    const first = row.dedupe === undefined ? undefined : storedKeys.get(keyText(row.dedupe));
    if (row.dedupe !== undefined && first !== undefined && first.runId !== row.runId) {
      outcomes.set(row, { kind: "duplicate", runId: first.runId, sameBody: first.bodyHash === row.dedupe.bodyHash });
      return false;
    }
    if (!heldShards.has(row.shard)) {
      outcomes.set(row, { kind: "fenced" });
      return false;
    }
    if (segment !== undefined) {
      outcomes.set(row, { kind: "conflict" });
      return false;
    }
    return true;
  });
}

type Read = <R extends QueryResultRow>(query: Query, values: readonly unknown[]) => Promise<QueryResult<R>>;

/** Reads for as long as the batch has time. A failure reports what was known of the batch before. */
function readerOf(attempt: Attempt): Read {
  return async <R extends QueryResultRow>(query: Query, values: readonly unknown[]) => {
    try {
      return await attempt.connections.read<R>(DOING, query, values, Math.max(0, leftMs(attempt)));
    } catch (error) {
      if (!(error instanceof JournalUnavailable)) throw error;
      throw new JournalUnavailable(error.message, { cause: error.cause, mayHaveCommitted: attempt.mayHaveCommitted });
    }
  };
}

async function readHeldShards(read: Read, { token, epochs }: Attempt): Promise<ReadonlySet<number>> {
  const found = await read<{ shard: number; epoch: number }>(queries["read-held-shards"], [token]);
  return new Set(found.rows.flatMap(({ shard, epoch }) => (epochs.get(shard) === epoch ? [shard] : [])));
}

interface SegmentContent {
  readonly status: string | null;
  readonly facts: string;
}

async function readSegments(read: Read, rows: readonly SegmentRow[]): Promise<ReadonlyMap<string, SegmentContent>> {
  const found = await read<SegmentContent & { run_id: string }>(queries["read-back-segments"], [
    rows.map((row) => row.shard),
    rows.map((row) => row.runId),
    rows.map((row) => row.seq),
  ]);
  return new Map(found.rows.map((row) => [row.run_id, row]));
}

async function readKeys(
  read: Read,
  rows: readonly SegmentRow[],
): Promise<ReadonlyMap<string, { readonly runId: string; readonly bodyHash: string }>> {
  const wanted = rows.flatMap((row) => (row.dedupe === undefined ? [] : [row.dedupe]));
  if (wanted.length === 0) return new Map();
  const found = await read<{ endpoint_id: string; key: string; run_id: string; body_hash: string }>(
    queries["read-back-keys"],
    [wanted.map(dedupeShard), wanted.map((dedupe) => dedupe.endpointId), wanted.map((dedupe) => dedupe.key)],
  );
  return new Map(
    found.rows.map((row) => [
      keyText({ endpointId: row.endpoint_id, key: row.key }),
      { runId: row.run_id, bodyHash: row.body_hash },
    ]),
  );
}

function keyText(dedupe: Pick<DedupeKey, "endpointId" | "key">): string {
  return `${dedupe.endpointId} ${dedupe.key}`;
}
