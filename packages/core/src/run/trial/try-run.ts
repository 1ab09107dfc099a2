import type { Json } from "../../json.ts";
import type { Plan } from "../../plan/plan.ts";
import { decodeFacts } from "../codec.ts";
import type { RunResponse } from "../event.ts";
import { type EncodedSegment, SLICE_UNITS } from "../fold.ts";
import type { RunStatus } from "../status.ts";
import { type Difference, differencesOf } from "./difference.ts";
import { foldRecorded, refold } from "./refold.ts";
import { isSameJson } from "./same-json.ts";

/** How a run ends, for comparing. */
export interface Ending {
  readonly status: RunStatus;
  readonly output: Json;
  /** The code of the error, where the run failed. */
  readonly code?: string;
  readonly response?: RunResponse;
}

/** A recorded run under another version. */
export interface Trial {
  /**
   * `same`: every step that both have does the same, and the run ends in the same way. `different`: something would be done or decided
   * otherwise. `unknown`: nothing differs as far as it can be known, and then comes a call that was never made.
   */
  readonly verdict: "same" | "different" | "unknown";
  /** In the order of the new plan. Those after the first one may follow from it. */
  readonly differences: readonly Difference[];
  readonly before: Ending;
  /** While something is unknown, the run is `running`. */
  readonly after: Ending;
  /** Recorded answers and times that the new version does not ask for. */
  readonly unusedFacts: number;
}

/**
 * Tries a plan against a recorded run: what would have happened if the run had been started with it?
 *
 * Recorded answers stand in for the world. An answer to a request that would be another now is assumed to be the same, and the difference
 * says so; the answer to a call that was never made is unknown, and nothing after it is guessed. The run is folded by the semantics that it
 * was started with.
 *
 * @param segments  All segments of the run.
 * @param options.rest  Awaited between slices of work.
 * @throws HistoryError when the run does not fold under its own plan.
 */
export async function tryRun(
  recorded: { readonly plan: Plan; readonly segments: readonly EncodedSegment[]; readonly runId: string },
  plan: Plan,
  options: { readonly rest: () => Promise<void>; readonly sliceUnits?: number },
): Promise<Trial> {
  const { runId } = recorded;
  const facts = recorded.segments.flatMap((segment) => decodeFacts(segment.facts));
  const folding = { runId, rest: options.rest, sliceUnits: options.sliceUnits ?? SLICE_UNITS };
  const before = await foldRecorded(recorded.plan, facts, folding);
  const after = await refold(plan, facts, before.dues, folding);
  const differences = differencesOf(before, after);
  const [one, other] = [endingOf(before.run), endingOf(after.run)];
  const isUnknown = differences.some(({ kind }) => kind === "unknown");
  const isDifferent = differences.some(({ kind }) => kind !== "unknown") || (!isUnknown && !isSameEnding(one, other));
  return {
    verdict: isDifferent ? "different" : isUnknown ? "unknown" : "same",
    differences,
    before: one,
    after: other,
    unusedFacts: after.unused.length,
  };
}

function endingOf({
  status,
  result,
}: {
  readonly status: RunStatus;
  readonly result: {
    readonly output: Json;
    readonly error?: { readonly code: string };
    readonly response?: RunResponse;
  } | null;
}): Ending {
  return {
    status,
    output: result?.output ?? null,
    ...(result?.error === undefined ? {} : { code: result.error.code }),
    ...(result?.response === undefined ? {} : { response: result.response }),
  };
}

function isSameEnding(one: Ending, other: Ending): boolean {
  return (
    one.status === other.status &&
    one.code === other.code &&
    isSameJson(one.output, other.output) &&
    JSON.stringify(one.response) === JSON.stringify(other.response)
  );
}
