/** More attempts than this are rows: beside each other nobody could read them. */
export const CARDS_MAX = 3;
/** More rows than this and the middle ones are folded away. */
const ROWS_MAX = 12;
const ENDS = { first: 3, last: 5 } as const;

/** Which of many attempts are listed: the first ones show how it began, the last ones how it ended. */
export function shownAttempts<T>(
  attempts: readonly T[],
  isWhole: boolean,
): { readonly first: readonly T[]; readonly hidden: number; readonly last: readonly T[] } {
  if (isWhole || attempts.length <= ROWS_MAX) return { first: attempts, hidden: 0, last: [] };
  return {
    first: attempts.slice(0, ENDS.first),
    hidden: attempts.length - ENDS.first - ENDS.last,
    last: attempts.slice(-ENDS.last),
  };
}
