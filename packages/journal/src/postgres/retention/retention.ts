import { type Micros, msOfRunId, runIdFloor } from "@meshhook/core";

import type {
  PostponedDay,
  RetainedDay,
  Retention,
  RetentionOptions,
  RetentionPlan,
  RetentionPolicy,
  RetentionResult,
} from "../../retention.ts";
import type { Connections } from "../connections.ts";
import { Deadlines, type Due, NONE_DUE, type Range, rangeOf } from "./day.ts";
import { forgetRejections, forgetRuns, NOTHING } from "./forget.ts";
import { rewriteDay } from "./rewrite.ts";
import { Session } from "./session.ts";

/**
 * Old runs go with their partition, because deleting rows from the journal would leave work for vacuum and holes in what is read. Where others
 * of the day stay, they are copied first (docs/decisions/0069).
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

  plan(policy: RetentionPolicy): Promise<RetentionPlan> {
    return this.#alone("look for old runs", async (session) => {
      const deadlines = await readDeadlines(session, policy);
      return {
        firstDayKept: deadlines.firstDayKept,
        days: (await findDays(session, deadlines)).map(({ found }) => found),
        strayRuns: await strayRuns(session),
      };
    });
  }

  apply(policy: RetentionPolicy, options: RetentionOptions = {}): Promise<RetentionResult | null> {
    return this.#alone("remove old runs", async (session) => {
      const giveUp = (): void => void session.end();
      options.signal?.addEventListener("abort", giveUp);
      try {
        const [lock] = await session.run<{ is_ours: boolean }>("try-retention-lock");
        return lock?.is_ours === true ? await apply(session, policy, options) : null;
      } finally {
        options.signal?.removeEventListener("abort", giveUp);
      }
    });
  }

  async #alone<T>(doing: string, work: (session: Session) => Promise<T>): Promise<T> {
    const session = await Session.open(doing, this.#connections);
    try {
      return await work(session);
    } finally {
      await session.end();
    }
  }
}

async function readDeadlines(session: Session, policy: RetentionPolicy): Promise<Deadlines> {
  const own = await session.run<{ id: string; retention_days: number }>("list-retention-days");
  return new Deadlines(policy, new Map(own.map((project) => [project.id, project.retention_days])));
}

/** So many erased runs of a day go at a time. */
const ERASED_MAX = 20_000;

interface FoundDay {
  readonly found: RetainedDay;
  readonly due: Due;
  readonly erased: readonly string[];
}

/** The days with runs that are due, and those without any run, which go as well. */
async function findDays(session: Session, deadlines: Deadlines): Promise<readonly FoundDay[]> {
  const days: FoundDay[] = [];
  for (const partition of await session.run<{ day: string; part: number; bytes: number }>("list-partitions")) {
    const { day } = partition;
    const erased = deadlines.isOver(day) ? await erasedOn(session, day) : [];
    const due = deadlines.dueOn(day) ?? (erased.length > 0 ? NONE_DUE : null);
    if (due === null) continue;
    const { projects, isExcept } = due;
    const values = [...rangeOf(day), projects];
    const count = isExcept ? "count-runs" : "count-runs-of";
    const [counted] = await session.run<{ runs: number; ended: number }>(count, values);
    const { runs = 0, ended = 0 } = counted ?? {};
    const keepsOthers = await hasKeptRun(session, day, due);
    if (runs === 0 && erased.length === 0 && (keepsOthers || !isExcept)) continue;
    const [oldest] =
      runs === ended ? [] : await session.run<{ run_id: string }>("find-oldest-unfinished", [...values, isExcept]);
    const unfinished = runs - ended;
    const oldestUnfinished = oldest?.run_id ?? null;
    const shown = { ...partition, runs, unfinished, oldestUnfinished, keepsOthers, erased: erased.length };
    days.push({ found: shown, due, erased });
  }
  return days;
}

/** Some of the runs that were erased: of more, the rest goes the next time. */
async function erasedOn(session: Session, day: string): Promise<readonly string[]> {
  const found = await session.run<{ run_id: string }>("list-erasures", [...rangeOf(day), ERASED_MAX]);
  return found.map(({ run_id }) => run_id);
}

async function hasKeptRun(session: Session, day: string, { projects, isExcept }: Due): Promise<boolean> {
  if (isExcept && projects.length === 0) return false;
  const [kept] = await session.run<{ is_found: boolean }>("find-kept-run", [...rangeOf(day), projects, isExcept]);
  return kept?.is_found === true;
}

async function apply(session: Session, policy: RetentionPolicy, options: RetentionOptions): Promise<RetentionResult> {
  const deadlines = await readDeadlines(session, policy);
  const found = await findDays(session, deadlines);
  const dropped: RetainedDay[] = [];
  const rewritten: RetainedDay[] = [];
  const postponed: PostponedDay[] = [];
  for (const { found: day, due, erased } of found) {
    if (erased.length === 0 && day.runs > 0 && day.runs === day.unfinished) continue;
    const outcome = await rewriteDay(session, day, { ...due, erased }, options);
    if (outcome === "dropped") dropped.push(day);
    else if (outcome === "rewritten") rewritten.push(day);
    else postponed.push({ day, because: outcome });
  }
  const days = found.map(({ found: day }) => day);
  const plan = { firstDayKept: deadlines.firstDayKept, days, strayRuns: await strayRuns(session) };
  const hasWork = dropped.length > 0 || rewritten.length > 0 || options.isThorough === true;
  const forgotten = hasWork ? await forget(session, plan, [...dropped, ...rewritten], options) : NOTHING;
  return { ...plan, dropped, rewritten, postponed, forgotten };
}

async function forget(
  session: Session,
  { firstDayKept, strayRuns: stray, days }: RetentionPlan,
  touched: readonly RetainedDay[],
  { isThorough = false }: RetentionOptions,
): Promise<RetentionResult["forgotten"]> {
  const last = [...touched, ...(isThorough ? days : [])]
    .map(({ day }) => day)
    .sort()
    .at(-1);
  const ends = [
    ...(last === undefined ? [] : [rangeOf(last)[1]]),
    ...(firstDayKept === null ? [] : [rangeOf(firstDayKept)[0]]),
  ];
  const before = ends.sort().at(-1);
  if (before === undefined) return NOTHING;
  const kept: Range[] = stray === null ? [] : [stray];
  const partlyKept: Range[] = [];
  for (const { day, part } of await session.run<{ day: string; part: number }>("list-partitions")) {
    const isPart = touched.some((one) => one.day === day) || (isThorough && part > 1);
    if (rangeOf(day)[0] < before) (isPart ? partlyKept : kept).push(rangeOf(day));
  }
  const forgotten = await forgetRuns(session, { before, kept, partlyKept });
  const rejections = firstDayKept === null ? 0 : await forgetRejections(session, rangeOf(firstDayKept)[0]);
  return { ...forgotten, rejections };
}

async function strayRuns(session: Session): Promise<Range | null> {
  const [found] = await session.run<{ first_run_id: string | null; last_run_id: string | null }>("find-default-range");
  if (found === undefined || found.first_run_id === null || found.last_run_id === null) return null;
  return [found.first_run_id, runIdFloor(msOfRunId(found.last_run_id) + 1)];
}
