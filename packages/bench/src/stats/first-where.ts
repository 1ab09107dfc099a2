/** The first whole number from 1 to `last` that satisfies a condition which holds from some number on; null when none does. */
export function firstWhere(holds: (number: number) => boolean, last: number): number | null {
  if (last < 1 || !holds(last)) return null;
  let [below, found] = [0, last];
  while (found - below > 1) {
    const middle = Math.floor((below + found) / 2);
    if (holds(middle)) found = middle;
    else below = middle;
  }
  return found;
}
