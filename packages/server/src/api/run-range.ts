import { readTime } from "@meshhook/contract";
import { runIdFloor, type Micros } from "@meshhook/core";

import { HttpProblem } from "../http-problem.ts";

/** A period of time as a range of run ids, which begin with the millisecond. */
export interface RunRange {
  readonly fromRunId?: string;
  /** Not part of the range. */
  readonly beforeRunId?: string;
}

/**
 * The runs that started in a period, both ends inclusive.
 *
 * @param path  JSON Pointer of the part of the request that has the times.
 * @throws HttpProblem  `request_invalid`, when a text is not a valid time.
 */
export function runRangeOf(
  period: { readonly startedAfter?: string; readonly startedBefore?: string },
  path = "/query",
): RunRange {
  const after = momentOf(path, "startedAfter", period.startedAfter);
  const before = momentOf(path, "startedBefore", period.startedBefore);
  return {
    ...(after === null ? {} : { fromRunId: runIdFloor(Math.floor(after / 1_000)) }),
    ...(before === null ? {} : { beforeRunId: runIdFloor(Math.floor(before / 1_000) + 1) }),
  };
}

/** A time in a request. Null: none was given. @throws HttpProblem  `request_invalid` */
export function momentOf(path: string, name: string, text: string | undefined): Micros | null {
  if (text === undefined) return null;
  const moment = readTime(text);
  if (moment !== null) return moment;
  const issue = {
    path: `${path}/${name}`,
    code: "invalid_value",
    message: `"${text}" is not a valid date and time.`,
    fix: "Send a time such as 2026-11-24T00:10:26Z.",
  };
  throw new HttpProblem("request_invalid", `The parameter ${name} is not a time`, { issues: [issue] });
}
