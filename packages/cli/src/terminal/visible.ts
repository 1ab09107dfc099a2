/**
 * Characters that a terminal would obey instead of showing: control characters (C0 without tab and line feed, DEL, C1), which move the
 * cursor and set titles and colours; marks that change the direction of text; separators at which some terminals break lines; invisible
 * tags.
 */
const OBEYED = /(?![\n\t])[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}\u{fff9}-\u{fffb}\u{e0000}-\u{e007f}]/gu;
const LINE_BREAKS = /[\n\t]/g;
const SHORT: { readonly [character: string]: string } = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Makes text from outside safe: a terminal shows all of it and obeys none of it. Line feeds and tabs stay. */
export function visible(text: string): string {
  return text.replace(OBEYED, escaped);
}

/** The same for text that belongs on one line. */
export function visibleLine(text: string): string {
  return visible(text).replace(LINE_BREAKS, escaped);
}

/** In the notation of JSON and JavaScript, so that it can be copied. */
function escaped(character: string): string {
  const short = SHORT[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, "0")}`;
}
