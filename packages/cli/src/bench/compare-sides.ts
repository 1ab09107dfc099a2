import { compareResults, UnlikeResults } from "@meshhook/bench";
import type { ComparableResult, ComparisonReport } from "@meshhook/bench";

import { CommandError } from "../exit-codes.ts";

/**
 * Compares the results of two versions.
 *
 * @throws CommandError  badInput, when they were measured under different conditions, with every difference.
 */
export function compareSides(
  baseline: readonly ComparableResult[],
  candidate: readonly ComparableResult[],
): ComparisonReport {
  try {
    return compareResults(baseline, candidate);
  } catch (error) {
    if (error instanceof UnlikeResults) throw new CommandError("badInput", error.message, { cause: error });
    throw error;
  }
}
