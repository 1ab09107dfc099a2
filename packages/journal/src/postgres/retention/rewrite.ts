import type { RetainedDay, RetentionOptions } from "../../retention.ts";
import type { StoredSegment } from "../../journal.ts";
import { segmentOf, type SegmentColumns } from "../rows.ts";
import { type Due, rangeOf } from "./day.ts";
import type { Session } from "./session.ts";

const NIL_UUID = "00000000-0000-0000-0000-000000000000";
/** Segments read at a time for an export. */
const EXPORT_ROWS = 500;
/** A day with more runs that have not ended stays as it is: there is little to gain, and much to copy. */
const CARRIED_MAX = 20_000;

/** What became of a day: `locked` and `crowded` mean that nothing has changed. */
export type Rewritten = "dropped" | "rewritten" | "locked" | "crowded";

/**
 * Removes the runs of a day that are due and have ended, and those that were erased: what stays is copied into a new table, which takes the place of the partition.
 *
 * From the beginning on, whatever is appended to the old partition is in both tables. Which runs stay is settled after that, once: a run that
 * ends in the meantime stays, and goes the next time.
 */
export async function rewriteDay(
  session: Session,
  day: RetainedDay,
  due: Due & { readonly erased: readonly string[] },
  { exportDay }: Pick<RetentionOptions, "exportDay">,
): Promise<Rewritten> {
  if ((await session.runBetween("begin-rewrite", [day.day])) === null) return "locked";
  let outcome: Rewritten | null = null;
  try {
    const found = await session.run<{ run_id: string }>("carried-runs", [day.day, CARRIED_MAX + 1]);
    const carried = found.map(({ run_id }) => run_id);
    outcome = carried.length > CARRIED_MAX ? "crowded" : await replace(session, day, { ...due, carried }, exportDay);
    return outcome;
  } finally {
    if (outcome !== "dropped" && outcome !== "rewritten") await abandon(session, day);
  }
}

interface Kept extends Due {
  readonly carried: readonly string[];
  readonly erased: readonly string[];
}

async function replace(
  session: Session,
  day: RetainedDay,
  kept: Kept,
  exportDay: RetentionOptions["exportDay"],
): Promise<Rewritten> {
  const { projects, isExcept, carried, erased } = kept;
  await exportDay?.(day, segmentsThatGo(session, day.day, kept));
  if (day.keepsOthers || carried.length > 0) {
    const [counted] = await session.run<{ segments: number }>("count-kept", [
      ...rangeOf(day.day),
      projects,
      isExcept,
      carried,
      erased,
    ]);
    for (const { shard } of await session.run<{ shard: number }>("list-shards"))
      await session.run("copy-kept", [day.day, shard, projects, isExcept, carried, erased]);
    const [copied] = await session.run<{ segments: number }>("count-rewritten", [day.day]);
    const [expected, actual] = [counted?.segments ?? Infinity, copied?.segments ?? 0];
    if (actual < expected)
      throw new Error(
        `Of ${expected} segments of ${day.day} that stay, only ${actual} were copied; the day stays as it is`,
      );
  }
  const finished = await session.runBetween<{ has_rows: boolean }>("finish-rewrite", [day.day]);
  if (finished === null) return "locked";
  if (erased.length > 0) await session.run("remove-erasures", [erased]);
  return finished[0]?.has_rows === true ? "rewritten" : "dropped";
}

async function* segmentsThatGo(session: Session, day: string, kept: Kept): AsyncGenerator<StoredSegment> {
  const { projects, isExcept, carried, erased } = kept;
  let after: readonly [number, string, number] = [-1, NIL_UUID, -1];
  for (;;) {
    const values = [...rangeOf(day), ...after, EXPORT_ROWS, projects, isExcept, carried, erased];
    const rows = await session.run<SegmentColumns & { shard: number }>("export-segments", values);
    for (const row of rows) yield segmentOf(row);
    const last = rows.at(-1);
    if (last === undefined) return;
    after = [last.shard, last.run_id, last.seq];
  }
}

/** What is left over otherwise only costs space and is removed the next time. */
async function abandon(session: Session, day: RetainedDay): Promise<void> {
  await session.runBetween("abandon-rewrite", [day.day]).catch(() => null);
}
