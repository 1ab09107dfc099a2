import type { Plan } from "../plan/plan.ts";
import { decodeFacts } from "./codec.ts";
import { Run } from "./run.ts";

/** One stored segment, as far as the fold needs it. `facts` as written by `encodeFacts`. */
export interface EncodedSegment {
  readonly seq: number;
  readonly facts: string;
}

/**
 * Folds a run from its stored segments: after a takeover (continue with `pendingEffects` and `unansweredIntents`), for the API, for replay.
 *
 * @param segments  All of them, in `seq` order.
 * @param options.observe  Collect the events of the whole history (`takeEvents`).
 * @param options.keepsIterations  Keep the steps of iterations that have ended, to look at them.
 * @throws HistoryError
 */
export function foldRun(
  plan: Plan,
  segments: readonly EncodedSegment[],
  options: { readonly runId: string; readonly observe?: boolean; readonly keepsIterations?: boolean },
): Run {
  const { keepsIterations = false } = options;
  const run = new Run(plan, options.runId, { keepsIterations });
  if (options.observe === true) run.observe();
  for (const { seq, facts } of segments) {
    for (const fact of decodeFacts(facts)) run.apply(fact, seq);
  }
  return run;
}

/** A slice of a fold: 5 to 10 ms on a slow machine. */
export const SLICE_UNITS = 200_000;

/** Reading this many characters of stored facts takes about as long as a unit of work. */
const CHARACTERS_PER_UNIT = 4;

/**
 * Like `foldRun`, with a rest after each slice of work, for processes in which a long history must not block other work.
 *
 * @param options.sliceUnits  Units of work between rests; `SLICE_UNITS` by default.
 * @param options.rest  Awaited between slices, for example until the event loop has had a turn. An error from it ends the fold.
 * @throws HistoryError
 */
export async function foldRunInSlices(
  plan: Plan,
  segments: readonly EncodedSegment[],
  options: {
    readonly runId: string;
    readonly observe?: boolean;
    readonly keepsIterations?: boolean;
    readonly sliceUnits?: number;
    readonly rest: () => Promise<void>;
  },
): Promise<Run> {
  const { sliceUnits = SLICE_UNITS, keepsIterations = false, rest } = options;
  const run = new Run(plan, options.runId, { sliceUnits, keepsIterations });
  if (options.observe === true) run.observe();
  let readUnits = 0;
  let restedAt = 0;
  const restIfDue = async (): Promise<void> => {
    if (readUnits + run.unitsSpent - restedAt < sliceUnits) return;
    await rest();
    restedAt = readUnits + run.unitsSpent;
  };
  for (const { seq, facts } of segments) {
    readUnits += facts.length / CHARACTERS_PER_UNIT;
    await restIfDue();
    for (const fact of decodeFacts(facts)) {
      run.apply(fact, seq);
      while (run.isPaused) {
        await rest();
        restedAt = readUnits + run.unitsSpent;
        run.proceed();
      }
      await restIfDue();
    }
  }
  return run;
}
