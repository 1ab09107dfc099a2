/** The part of a text before the first `sign`; the whole text where there is none. */
export function textBefore(text: string, sign: string): string {
  const at = text.indexOf(sign);
  return at === -1 ? text : text.slice(0, at);
}
