import type { RetentionResult } from "../../retention.ts";
import type { Range } from "./day.ts";
import type { Session } from "./session.ts";

/** Two megabytes of a table in one transaction. */
const PAGES = 256;
const REJECTIONS = 5_000;
const TABLES_OF_RUNS = ["deduplications", "timers", "signals", "reruns"] as const;

export const NOTHING: RetentionResult["forgotten"] = {
  deduplications: 0,
  timers: 0,
  signals: 0,
  reruns: 0,
  rejections: 0,
};

/** Which runs are gone: those before a run id, except some ranges; in some of these, those that the journal does not have. */
export interface Gone {
  readonly before: string;
  readonly kept: readonly Range[];
  readonly partlyKept: readonly Range[];
}

/** Removes rows of runs that are gone, page by page. */
export async function forgetRuns(
  session: Session,
  { before, kept, partlyKept }: Gone,
): Promise<RetentionResult["forgotten"]> {
  const forgotten = { ...NOTHING };
  const spared = [...kept, ...partlyKept];
  for (const table of TABLES_OF_RUNS) {
    const [found] = await session.run<{ pages: number | null }>("count-pages", [table]);
    for (let page = 0; page < (found?.pages ?? 0); page += PAGES) {
      const pages = [table, page, PAGES];
      const [removed] = await session.run<{ forgotten: number }>("forget-rows", [...pages, before, ...columns(spared)]);
      forgotten[table] += removed?.forgotten ?? 0;
      if (partlyKept.length === 0) continue;
      const [more] = await session.run<{ forgotten: number }>("forget-rows-of-gone", [
        ...pages,
        ...columns(partlyKept),
      ]);
      forgotten[table] += more?.forgotten ?? 0;
    }
  }
  return forgotten;
}

/** Removes refusals of deliveries. @returns How many. */
export async function forgetRejections(session: Session, before: string): Promise<number> {
  for (let forgotten = 0; ;) {
    const removed = (await session.run("forget-rejections", [before, REJECTIONS])).length;
    forgotten += removed;
    if (removed < REJECTIONS) return forgotten;
  }
}

function columns(ranges: readonly Range[]): readonly [readonly string[], readonly string[]] {
  return [ranges.map(([from]) => from), ranges.map(([, until]) => until)];
}
