import type { Plan } from "../plan/plan.ts";
import { decodeFacts } from "./codec.ts";
import { Run } from "./run.ts";

/** One stored segment, as far as the fold needs it. `facts` as written by `encodeFacts`. */
export interface EncodedSegment {
  readonly seq: number;
  readonly facts: string;
}

/**
 * Folds a run from its stored segments: after a takeover (go on with `pendingEffects` and `unansweredIntents`), for the API, for replay.
 *
 * @param segments  All of them, in `seq` order.
 * @param options.observe  Collect the events of the whole history (`takeEvents`).
 * @throws HistoryError
 */
export function foldRun(
  plan: Plan,
  segments: readonly EncodedSegment[],
  options: { readonly runId: string; readonly observe?: boolean },
): Run {
  const run = new Run(plan, options.runId);
  if (options.observe === true) run.observe();
  for (const { seq, facts } of segments) {
    for (const fact of decodeFacts(facts)) run.apply(fact, seq);
  }
  return run;
}
