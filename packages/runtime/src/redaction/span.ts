/** A part of a text that is to be replaced. */
export interface Span {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

export const NONE: readonly Span[] = [];

/** Finds what is to be replaced in a text, in order and without overlaps, in time proportional to its length. */
export type Finder = (text: string) => readonly Span[];

/** Digits and letters of any script: what a number or an address cannot be a part of. */
const WORD = /[\p{L}\p{N}_]/u;

/** Whether a character joins with its neighbour into a longer word. */
export function isWordAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (Number.isNaN(code)) return false;
  if (code < 0x80)
    return (
      (code >= 0x30 && code <= 0x39) ||
      (code >= 0x41 && code <= 0x5a) ||
      (code >= 0x61 && code <= 0x7a) ||
      code === 0x5f
    );
  return WORD.test(text.charAt(at));
}

export function isDigitAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x30 && code <= 0x39;
}
