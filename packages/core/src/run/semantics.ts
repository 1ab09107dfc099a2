import { useSemantics } from "../expression/semantics.ts";
import { HistoryError } from "./history-error.ts";

/**
 * The engine semantics that new runs are started with. A delivery carries the number, and its run is folded by it for ever; a delivery
 * without one is of the first.
 *
 * 1: to the end of 2026-11. A run may compute without limit; an answer 3xx is a success; what fails at an at-most-once call keeps its
 *    own code and is never tried again; holes in form bodies are sent as they are; numbers are doubles.
 * 2: `RUN_LIMITS` hold; redirects are followed or fail; an at-most-once call is tried again when it was surely not sent, and otherwise
 *    fails as `outcome_unknown`; form bodies are encoded; numbers keep their digits.
 */
export const SEMANTICS = 2;

/** What one run may cost over its whole life. Counted, never timed. Reasons and measurements: docs/decisions/0018-a-budget-for-a-run.md. */
export const RUN_LIMITS = {
  /** Units of work: those of all expressions and templates, and `STEP_UNITS`, `EDGE_UNITS` and `FACT_UNITS`. */
  units: 5_000_000,
  /** Units that the expressions and templates of one step may take: nothing else has a turn while a step is performed. */
  stepUnits: 1_000_000,
} as const;

/** What a step costs beside its expressions, also when it is skipped. */
export const STEP_UNITS = 20;
/** What the deciding of one edge costs. */
export const EDGE_UNITS = 2;
/** What a fact costs beside the body of its answer. */
export const FACT_UNITS = 40;

/** @throws HistoryError `history_semantics` for a number that this engine does not know. */
export function checkSemantics(semantics: number, runId: string): void {
  if (semantics >= 1 && semantics <= SEMANTICS) return;
  throw new HistoryError(
    "history_semantics",
    `Run ${runId} was started with engine semantics ${semantics}, but this version of MeshHook knows only 1 to ${SEMANTICS}. Use the version that started the run, or a newer one`,
  );
}

/** Lets expressions be evaluated as runs of these semantics do; the present ones are back when the work is done. */
export function withSemantics<T>(semantics: number, work: () => T): T {
  useSemantics(semantics);
  try {
    return work();
  } finally {
    useSemantics(SEMANTICS);
  }
}
