import { useSemantics } from "../expression/semantics.ts";
import { HistoryError } from "./history-error.ts";

/**
 * The engine semantics of new runs. A delivery carries the number, by which its run is always folded. A delivery without a number has the
 * first.
 *
 * 1: until the end of 2026-11. A run may compute without limit; a 3xx is a success; a failed at-most-once call keeps its own code and is
 * never retried; holes in form bodies are sent unencoded; numbers are doubles. 2: `RUN_LIMITS` apply; redirects are followed or fail; an
 * at-most-once call is retried if it was certainly not sent, and otherwise fails with `outcome_unknown`; form bodies are encoded; numbers
 * keep their digits. 3: `base64_decode` refuses text whose last character has bits that belong to no byte. 4: an object
 * whose content type is XML is sent as XML, and one whose content type is `multipart/form-data` as fields and files; before, both were JSON.
 */
export const SEMANTICS = 4;

/**
 * What one run may cost over its whole life. It is counted, never timed. Reasons and measurements:
 * docs/decisions/0018-a-budget-for-a-run.md.
 */
export const RUN_LIMITS = {
  /** Units of work: those of all expressions and templates, plus `STEP_UNITS`, `EDGE_UNITS` and `FACT_UNITS`. */
  units: 5_000_000,
  /** Units that the expressions and templates of one step may take: nothing else can run during a step. */
  stepUnits: 1_000_000,
} as const;

/** The cost of a step besides its expressions, even if it is skipped. */
export const STEP_UNITS = 20;
/** The cost of deciding one edge. */
export const EDGE_UNITS = 2;
/** The cost of a fact besides the body of its answer. */
export const FACT_UNITS = 40;

/** @throws HistoryError `history_semantics` for a number that this engine does not know. */
export function checkSemantics(semantics: number, runId: string): void {
  if (semantics >= 1 && semantics <= SEMANTICS) return;
  throw new HistoryError(
    "history_semantics",
    `Run ${runId} was started with engine semantics ${semantics}, but this version of MeshHook knows only 1 to ${SEMANTICS}. Use the version that started the run, or a newer one`,
  );
}

/** Evaluates expressions by these semantics during the work, then restores the current ones. */
export function withSemantics<T>(semantics: number, work: () => T): T {
  useSemantics(semantics);
  try {
    return work();
  } finally {
    useSemantics(SEMANTICS);
  }
}
