/** Semantics of the first runs: every number was a double. */
const ROUNDED = 1;

let isRounded = false;

/**
 * Says as runs of which semantics expressions are evaluated from now on, in this process. 1: whole numbers beyond 2^53 are rounded, as they
 * were for every run whose delivery names no semantics. Greater: numbers keep their digits; so it is until the first call.
 *
 * For folds: set before each stretch of evaluations, since another run may have been folded in between.
 */
export function useSemantics(semantics: number): void {
  isRounded = semantics <= ROUNDED;
}

/** Whether results are rounded to doubles. */
export function roundsNumbers(): boolean {
  return isRounded;
}
