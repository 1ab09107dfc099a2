import type { Audit } from "../result/result.ts";
import type { Expected } from "../scenario/workflow/expected.ts";
import { canonical } from "../scenario/workflow/expected.ts";
import type { RunTimes } from "./run-times.ts";

/** How a run ended, as the API tells it. */
export interface ToldResult {
  readonly status: string;
  readonly output?: unknown;
}

/** All runs up to this many are read; of more, an even sample. A scenario has several blocks, each with an audit of its own. */
const CHECKED_MAX = 1_000;
const AT_ONCE = 8;

/**
 * Reads how runs ended and compares it with what their payload leads to: that nothing was lost says nothing of what came out. The API
 * folds a run's facts again for each answer, so this also tries that the journal holds what it takes.
 *
 * @param read  A run's result over the API; null while it has none.
 * @returns The audit with what was found, not clean when a single result is wrong.
 */
export async function auditResults(
  audit: Audit,
  runs: readonly RunTimes[],
  expected: Pick<Expected, "resultOf">,
  read: (runId: string) => Promise<ToldResult | null>,
): Promise<Audit> {
  const ended = runs.filter(({ doneUs }) => doneUs !== null);
  const step = Math.max(1, ended.length / CHECKED_MAX);
  const checked = Array.from(
    { length: Math.min(ended.length, CHECKED_MAX) },
    (_, index) => ended[Math.floor(index * step)],
  );
  const wrong: string[] = [];
  let resultsWrong = 0;
  let next = 0;
  const work = async () => {
    for (;;) {
      const run = checked[next];
      next += 1;
      if (run === undefined) return;
      const told = await read(run.runId);
      const right = expected.resultOf(run.n);
      const isRight =
        told?.status === right.status && (!("output" in right) || canonical(told.output) === canonical(right.output));
      if (isRight) continue;
      resultsWrong += 1;
      if (wrong.length < 3)
        wrong.push(
          `wrong result: run ${run.runId}, request ${String(run.n)}: ${shown(told)} instead of ${shown(right)}`,
        );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return {
    ...audit,
    isClean: audit.isClean && resultsWrong === 0,
    resultsChecked: checked.length,
    resultsWrong,
    details: [
      ...(resultsWrong === 0
        ? []
        : [`${String(resultsWrong)} of ${String(checked.length)} results are wrong`, ...wrong]),
      ...audit.details,
    ],
  };
}

function shown(result: ToldResult | null): string {
  return result === null ? "no result" : `${result.status} ${canonical(result.output).slice(0, 120)}`;
}
