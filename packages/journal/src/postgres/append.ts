import type { AppendOutcome, DedupeKey, OwnerToken, SegmentRow } from "../journal.ts";
import { JournalUnavailable } from "../journal.ts";
import { refusalOf } from "../segment-check.ts";
import { batchParameters, dedupeShard, keyedBatchParameters } from "./batch.ts";
import type { Connections } from "./connections.ts";
import { queries } from "./queries.ts";
import { classify, messageOf } from "./sqlstate.ts";

const DOING = "append to the journal";
/** Rows that were neither stored nor found can only come from a race that is over by the next statement. */
const REPEATS_MAX = 5;
const APPENDED: AppendOutcome = { kind: "appended" };

/**
 * Appends a batch: one statement, one round trip, one commit.
 *
 * When the statement stored every row, that is all. Otherwise the rows are read back and sorted into outcomes; that also settles
 * a repeat after a commit whose outcome nobody knows: a row that is there with the same facts was ours.
 *
 * @throws JournalUnavailable  when the database did not answer within the time for retries.
 */
export async function append(
  connections: Connections,
  token: OwnerToken,
  rows: readonly SegmentRow[],
): Promise<readonly AppendOutcome[]> {
  const outcomes = new Map<SegmentRow, AppendOutcome>();
  const storable = rows.filter((row) => {
    const refusal = refusalOf(row);
    if (refusal !== null) outcomes.set(row, { kind: "rejected", message: refusal });
    return refusal === null;
  });
  await storeAll(connections, token, storable, outcomes);
  return rows.map((row) => outcomes.get(row) ?? APPENDED);
}

/** Stores rows and notes the outcome of each that it did not append. */
async function storeAll(
  connections: Connections,
  token: OwnerToken,
  rows: readonly SegmentRow[],
  outcomes: Map<SegmentRow, AppendOutcome>,
): Promise<void> {
  let open = rows;
  for (let repeat = 0; open.length > 0; repeat += 1) {
    if (repeat === REPEATS_MAX) {
      throw new JournalUnavailable(
        `The database stored neither segment ${open[0]?.seq} of run ${open[0]?.runId} nor anything in its place`,
      );
    }
    let stored: number;
    try {
      stored = await connections.retry(DOING, () => insert(connections, token, open));
    } catch (error) {
      if (classify(error) !== "data" || error instanceof JournalUnavailable) throw error;
      return storeHalves(connections, token, open, outcomes, error);
    }
    if (stored === open.length) return;
    open = await settle(connections, token, open, outcomes);
  }
}

/** A value that the database refuses must not fail its neighbours: the batch is halved until the row stands alone. */
async function storeHalves(
  connections: Connections,
  token: OwnerToken,
  rows: readonly SegmentRow[],
  outcomes: Map<SegmentRow, AppendOutcome>,
  error: unknown,
): Promise<void> {
  const [first] = rows;
  if (rows.length === 1 && first !== undefined) {
    outcomes.set(first, { kind: "rejected", message: messageOf(error) });
    return;
  }
  const middle = rows.length >> 1;
  await storeAll(connections, token, rows.slice(0, middle), outcomes);
  await storeAll(connections, token, rows.slice(middle), outcomes);
}

/** Sends the batch once. Resolves with the number of rows that were stored. */
async function insert(connections: Connections, token: OwnerToken, rows: readonly SegmentRow[]): Promise<number> {
  if (rows.some((row) => row.dedupe !== undefined || row.parkedUntil !== undefined)) {
    const result = await connections.write<{ stored: number }>(
      queries["append-keyed-segments"],
      keyedBatchParameters(token, rows),
    );
    return result.rows[0]?.stored ?? 0;
  }
  const result = await connections.write(queries["append-segments"], batchParameters(token, rows));
  return result.rowCount ?? 0;
}

/** Reads back what is there and notes the outcomes. Resolves with the rows that must be sent again. */
async function settle(
  connections: Connections,
  token: OwnerToken,
  rows: readonly SegmentRow[],
  outcomes: Map<SegmentRow, AppendOutcome>,
): Promise<readonly SegmentRow[]> {
  // The shards first: a row that is missing although the token held its shard *before* the look may be sent again.
  const heldShards = await readHeldShards(connections, token);
  const storedSegments = await readSegments(connections, rows);
  const storedKeys = await readKeys(connections, rows);

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

async function readHeldShards(connections: Connections, token: OwnerToken): Promise<ReadonlySet<number>> {
  const found = await connections.read<{ shard: number }>(DOING, queries["read-held-shards"], [token]);
  return new Set(found.rows.map((row) => row.shard));
}

interface SegmentContent {
  readonly status: string | null;
  readonly facts: string;
}

async function readSegments(
  connections: Connections,
  rows: readonly SegmentRow[],
): Promise<ReadonlyMap<string, SegmentContent>> {
  const found = await connections.read<SegmentContent & { run_id: string }>(DOING, queries["read-back-segments"], [
    rows.map((row) => row.shard),
    rows.map((row) => row.runId),
    rows.map((row) => row.seq),
  ]);
  return new Map(found.rows.map((row) => [row.run_id, row]));
}

async function readKeys(
  connections: Connections,
  rows: readonly SegmentRow[],
): Promise<ReadonlyMap<string, { readonly runId: string; readonly bodyHash: string }>> {
  const wanted = rows.flatMap((row) => (row.dedupe === undefined ? [] : [row.dedupe]));
  if (wanted.length === 0) return new Map();
  const found = await connections.read<{ endpoint_id: string; key: string; run_id: string; body_hash: string }>(
    DOING,
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
