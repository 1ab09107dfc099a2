/** The semantics of the first runs: every number was a double, and every text from a template was made well-formed. */
const FIRST = 1;

let isOfFirst = false;

/**
 * Sets the semantics by which this process evaluates expressions from now on. 1: whole numbers beyond 2^53 are rounded, and half a
 * surrogate pair in a template becomes U+FFFD, as for every run whose delivery names no semantics. Greater, and before the first call: both
 * are kept.
 *
 * Folds call it before each sequence of evaluations, because another run may have been folded in between.
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
