import type { IssueCode } from "./issue-catalogue.ts";

/** One mistake in a definition. All of a document's issues are given at once. */
export interface Issue {
  /** RFC 6901 JSON pointer into the document; the empty string is the document itself. */
  readonly path: string;
  readonly code: IssueCode;
  /** Names the thing and the value. */
  readonly message: string;
  /** What to do about it. */
  readonly fix: string;
}

/** Writes a JSON pointer (RFC 6901). */
export function pointer(...segments: readonly (string | number)[]): string {
  return segments.map((segment) => `/${String(segment).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** `, did you mean "…"?` where a known name is close to the one given; otherwise nothing. */
export function didYouMean(given: string, known: Iterable<string>): string {
  let best: { name: string; distance: number } | null = null;
  for (const name of known) {
    const distance = editDistance(given.toLowerCase(), name.toLowerCase());
    if (distance <= Math.ceil(name.length / 3) && (best === null || distance < best.distance))
      best = { name, distance };
  }
  return best === null ? "" : `, did you mean "${best.name}"?`;
}

/** A value in a message, shortened. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 80 ? text : `${text.slice(0, 77)}…`;
}

/** Levenshtein's distance; long names are as good as unlike. */
function editDistance(left: string, right: string): number {
  if (left.length > 64 || right.length > 64) return Number.POSITIVE_INFINITY;
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= right.length; j += 1) {
      const substitution = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}
