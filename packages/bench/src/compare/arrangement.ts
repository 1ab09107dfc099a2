import type { ComparableResult } from "./comparable-result.ts";

/** In which order the runs of both sides were made. */
export type Arrangement =
  /** In pairs side by side, each side first about as often as the other: a drift of the machine meets both alike. */
  | "interleaved"
  /** All of one side, then all of the other, or in no pairs: a drift of the machine looks like a difference. */
  | "one after the other"
  /** One run on a side: there is no spread to judge by. */
  | "single runs";

/** Runs of both sides, in pairs where they were interleaved. */
export interface ArrangedRuns {
  readonly arrangement: Arrangement;
  /** Empty unless interleaved. */
  readonly pairs: readonly { readonly baseline: ComparableResult; readonly candidate: ComparableResult }[];
  readonly baseline: readonly ComparableResult[];
  readonly candidate: readonly ComparableResult[];
}

/**
 * Orders the runs of both sides by time, and finds out whether they were interleaved: every two that follow each other are one of each
 * side, and each side comes first in at least a quarter of the pairs (ABBA, BAAB and the like).
 */
export function arrange(baseline: readonly ComparableResult[], candidate: readonly ComparableResult[]): ArrangedRuns {
  const byTime = (a: ComparableResult, b: ComparableResult) => a.startedAtMs - b.startedAtMs;
  const sides = { baseline: baseline.toSorted(byTime), candidate: candidate.toSorted(byTime) };
  if (baseline.length < 2 || candidate.length < 2) return { arrangement: "single runs", pairs: [], ...sides };
  const inOrder = [
    ...baseline.map((result) => ({ result, isCandidate: false })),
    ...candidate.map((result) => ({ result, isCandidate: true })),
  ].sort((a, b) => byTime(a.result, b.result));
  const couples = Array.from({ length: Math.ceil(inOrder.length / 2) }, (_, couple) =>
    inOrder.slice(2 * couple, 2 * couple + 2),
  );
  const pairs = couples.flatMap(([first, second]) =>
    first === undefined || second === undefined || first.isCandidate === second.isCandidate
      ? []
      : [
          first.isCandidate
            ? { baseline: second.result, candidate: first.result, isCandidateFirst: true }
            : { baseline: first.result, candidate: second.result, isCandidateFirst: false },
        ],
  );
  const candidateFirst = pairs.filter(({ isCandidateFirst }) => isCandidateFirst).length;
  const isBalanced = 4 * Math.min(candidateFirst, pairs.length - candidateFirst) >= pairs.length;
  // A last run without its partner, as after an interruption, belongs to no pair.
  const isInterleaved = isBalanced && pairs.length === Math.floor(inOrder.length / 2);
  return isInterleaved
    ? { arrangement: "interleaved", pairs, ...sides }
    : { arrangement: "one after the other", pairs: [], ...sides };
}
