/**
 * The word that a misspelt or shortened one most likely stands for; null when none is near. Edits: insert, delete, replace, swap
 * neighbours. A word that begins with what was given counts as nearer than one edit.
 */
export function closest(given: string, words: readonly string[]): string | null {
  const limit = Math.max(1, Math.floor(given.length / 3));
  let best: string | null = null;
  let bestEdits = limit + 1;
  for (const word of words) {
    const [short, long] = [given.toLowerCase(), word.toLowerCase()];
    const edits = short !== "" && long.startsWith(short) ? 0.5 : editsBetween(short, long);
    if (edits < bestEdits) [best, bestEdits] = [word, edits];
  }
  return best;
}

/** Optimal string alignment distance. Source: G. Navarro, "A guided tour to approximate string matching", ACM CSUR 33 (2001). */
function editsBetween(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const isSame = a[i - 1] === b[j - 1];
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (before[j - 2] ?? 0) + 1 : Infinity;
      row[j] = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (isSame ? 0 : 1), swapped);
    }
    [before, last] = [last, row];
  }
  return last[b.length] ?? 0;
}
