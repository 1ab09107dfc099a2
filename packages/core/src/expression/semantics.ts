/** The semantics of the first runs: every number was a double, and every text from a template was made well-formed. */
const FIRST = 1;
/** The last semantics that decoded Base64 whose last character has bits of no byte. */
const SECOND = 2;

let current = Number.POSITIVE_INFINITY;

/**
 * Sets the semantics by which this process evaluates expressions from now on. 1: whole numbers beyond 2^53 are rounded, and half a
 * surrogate pair in a template becomes U+FFFD, as for every run whose delivery names no semantics. Greater: both are kept. Up to 2: Base64
 * with stray bits is decoded. Greater, and before the first call: it is refused.
 *
 * Folds call it before each sequence of evaluations, because another run may have been folded in between.
 */
export function useSemantics(semantics: number): void {
  current = semantics;
}

/** Whether results are rounded to doubles. */
export function roundsNumbers(): boolean {
  return current <= FIRST;
}

/** Whether half a surrogate pair in a template becomes U+FFFD. */
export function replacesHalfPairs(): boolean {
  return current <= FIRST;
}

/** Whether bits that belong to no byte at the end of Base64 are dropped. */
export function dropsStrayBits(): boolean {
  return current <= SECOND;
}
