import { type Micros, msOfRunId, runIdFloor } from "@meshhook/core";
import type { Client, QueryResultRow } from "pg";

import type { StoredSegment } from "../journal.ts";
import type { RetainedDay, Retention, RetentionOptions, RetentionPlan, RetentionResult } from "../retention.ts";
import { pause, type Connections } from "./connections.ts";
import { endQuietly } from "./heard-client.ts";
import { dayOf } from "./migrate.ts";
import { queries, type QueryName } from "./queries.ts";
import { segmentOf, type SegmentColumns } from "./rows.ts";
import { sqlstateOf, unavailable } from "./sqlstate.ts";

const DAY_MS = 86_400_000;
const NIL_UUID = "00000000-0000-0000-0000-000000000000";
/** How often a day is tried while others hold locks on the journal. */
const DROPS_MAX = 50;
const DROP_PAUSE_MS = 200;
const LOCK_NOT_AVAILABLE = "55P03";
/** Segments read at a time for an export. */
const EXPORT_ROWS = 500;
/** Two megabytes of a table in one transaction. */
const PAGES = 256;
const REJECTIONS = 5_000;
const TABLES_OF_RUNS = ["deduplications", "timers", "signals", "reruns"] as const;

/**
 * Old runs go as whole partitions, because deleting rows from the journal would leave work for vacuum and holes in what is read.
 *
 * What belongs to them in other tables is deleted, page by page (docs/decisions/0063).
 */
export class PostgresRetention implements Retention {
  readonly #connections: Connections;

  constructor(connections: Connections) {
    this.#connections = connections;
  }

  now(): Promise<Date> {
    return this.#alone("read the clock", async (session) => {
      const [read] = await session.run<{ now: Micros }>("read-clock");
      if (read === undefined) throw new Error("The server did not say what time it is");
      return new Date(read.now / 1_000);
    });
  }

  plan(cutoff: Date): Promise<RetentionPlan> {
    return this.#alone("look for old runs", (session) => plan(session, cutoff));
  }

  apply(cutoff: Date, options: RetentionOptions = {}): Promise<RetentionResult | null> {
    return this.#alone("remove old runs", async (session) => {
      const giveUp = (): void => void session.end();
      options.signal?.addEventListener("abort", giveUp);
      try {
        const [lock] = await session.run<{ is_ours: boolean }>("try-retention-lock");
        return lock?.is_ours === true ? await apply(session, cutoff, options) : null;
      } finally {
        options.signal?.removeEventListener("abort", giveUp);
      }
    });
  }

  /** On a connection of its own: statements may take long here. */
  async #alone<T>(doing: string, work: (session: Session) => Promise<T>): Promise<T> {
    const session = await Session.open(doing, this.#connections);
    try {
      return await work(session);
    } finally {
      await session.end();
    }
  }
}

class Session {
  readonly #client: Client;
  readonly #doing: string;

  private constructor(client: Client, doing: string) {
    this.#client = client;
    this.#doing = doing;
  }

  static async open(doing: string, connections: Connections): Promise<Session> {
    try {
      const client = await connections.openDedicated();
      await client.query("set statement_timeout = 0; set enable_seqscan = on");
      return new Session(client, doing);
    } catch (error) {
      throw unavailable(doing, error);
    }
  }

  async run<R extends QueryResultRow>(name: QueryName, values: readonly unknown[] = []): Promise<readonly R[]> {
    try {
      return (await this.#client.query<R>({ ...queries[name], values: [...values] })).rows;
    } catch (error) {
      throw unavailable(this.#doing, error);
    }
  }

  end(): Promise<void> {
    return endQuietly(this.#client);
  }
}

async function plan(session: Session, cutoff: Date): Promise<RetentionPlan> {
  const firstDayKept = dayOf(cutoff, 0);
  const days: RetainedDay[] = [];
  for (const { day, bytes } of await session.run<{ day: string; bytes: number }>("list-partitions")) {
    if (day >= firstDayKept) break;
    const range = rangeOf(day);
    const [counted] = await session.run<{ runs: number; ended: number }>("count-runs", range);
    const { runs = 0, ended = 0 } = counted ?? {};
    const [oldest] = runs === ended ? [] : await session.run<{ run_id: string }>("find-oldest-unfinished", range);
    days.push({ day, runs, unfinished: runs - ended, oldestUnfinished: oldest?.run_id ?? null, bytes });
  }
  return { firstDayKept, days, strayRuns: await strayRuns(session) };
}

async function apply(session: Session, cutoff: Date, options: RetentionOptions): Promise<RetentionResult> {
  const planned = await plan(session, cutoff);
  const dropped: RetainedDay[] = [];
  const postponed: RetainedDay[] = [];
  for (const day of planned.days) {
    if (day.unfinished > 0) continue;
    await options.exportDay?.(day, segmentsOf(session, day.day));
    if (await isDropped(session, day.day)) dropped.push(day);
    else postponed.push(day);
  }
  const kept = planned.days.filter((day) => !dropped.includes(day)).map(({ day }) => rangeOf(day));
  if (planned.strayRuns !== null) kept.push(planned.strayRuns);
  const hasWork = dropped.length > 0 || options.isThorough === true;
  const forgotten = hasWork ? await forget(session, runIdFloor(msOf(planned.firstDayKept)), kept) : NOTHING;
  return { ...planned, dropped, postponed, forgotten };
}

/** A range of run ids: the first one, and the first one after it. */
type Range = readonly [from: string, until: string];

async function strayRuns(session: Session): Promise<Range | null> {
  const [found] = await session.run<{ first_run_id: string | null; last_run_id: string | null }>("find-default-range");
  if (found === undefined || found.first_run_id === null || found.last_run_id === null) return null;
  return [found.first_run_id, runIdFloor(msOfRunId(found.last_run_id) + 1)];
}

async function isDropped(session: Session, day: string): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    try {
      await session.run("drop-partition", [day]);
      return true;
    } catch (error) {
      const isLocked = error instanceof Error && sqlstateOf(error.cause) === LOCK_NOT_AVAILABLE;
      if (!isLocked) throw error;
      if (attempt === DROPS_MAX) return false;
      await pause(DROP_PAUSE_MS);
    }
  }
}

async function* segmentsOf(session: Session, day: string): AsyncGenerator<StoredSegment> {
  let after: readonly [number, string, number] = [-1, NIL_UUID, -1];
  for (;;) {
    const values = [...rangeOf(day), ...after, EXPORT_ROWS];
    const rows = await session.run<SegmentColumns & { shard: number }>("export-segments", values);
    for (const row of rows) yield segmentOf(row);
    const last = rows.at(-1);
    if (last === undefined) return;
    after = [last.shard, last.run_id, last.seq];
  }
}

async function forget(session: Session, before: string, kept: readonly Range[]): Promise<RetentionResult["forgotten"]> {
  const forgotten = { ...NOTHING };
  for (const table of TABLES_OF_RUNS) {
    const [found] = await session.run<{ pages: number | null }>("count-pages", [table]);
    for (let page = 0; page < (found?.pages ?? 0); page += PAGES) {
      const values = [table, page, PAGES, before, kept.map(([from]) => from), kept.map(([, until]) => until)];
      const [removed] = await session.run<{ forgotten: number }>("forget-rows", values);
      forgotten[table] += removed?.forgotten ?? 0;
    }
  }
  for (;;) {
    const removed = (await session.run("forget-rejections", [before, REJECTIONS])).length;
    forgotten.rejections += removed;
    if (removed < REJECTIONS) return forgotten;
  }
}

const NOTHING = { deduplications: 0, timers: 0, signals: 0, reruns: 0, rejections: 0 };

function rangeOf(day: string): Range {
  return [runIdFloor(msOf(day)), runIdFloor(msOf(day) + DAY_MS)];
}

function msOf(day: string): number {
  return Date.parse(`${day}T00:00:00Z`);
}
