/** Semantics of the first runs: every number was a double, and every text that a template gave well-formed. */
const FIRST = 1;

let isOfFirst = false;

/**
 * Says as runs of which semantics expressions are evaluated from now on, in this process. 1: whole numbers beyond 2^53 are rounded, and
 * half a surrogate pair in a template becomes U+FFFD, as for every run whose delivery names no semantics. Greater: both are kept; so it
 * is until the first call.
 *
 * For folds: set before each stretch of evaluations, since another run may have been folded in between.
 */
export function useSemantics(semantics: number): void {
  isOfFirst = semantics <= FIRST;
}

/** Whether results are rounded to doubles. */
export function roundsNumbers(): boolean {
  return isOfFirst;
}

/** Whether half a surrogate pair in a template becomes U+FFFD. */
export function replacesHalfPairs(): boolean {
  return isOfFirst;
}
