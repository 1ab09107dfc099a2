/** More attempts than this are shown as rows, because side by side they would not be readable. */
export const CARDS_MAX = 3;
/** Beyond this many rows, the middle ones are hidden. */
const ROWS_MAX = 12;
const ENDS = { first: 3, last: 5 } as const;

/** Which of many attempts are listed: the first show how it began, the last how it ended. */
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
