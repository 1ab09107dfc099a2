/**
 * The byte order of text in UTF-16 that names none and starts with no byte order mark. RFC 2781 (section 4.3) and browsers guess
 * differently; ASCII characters show it, because one of their bytes is zero.
 *
 * @returns Null when nothing shows it.
 */
export function utf16Order(bytes: Uint8Array): "utf-16le" | "utf-16be" | null {
  const hasZero = [false, false];
  for (let at = bytes.indexOf(0); at !== -1; at = bytes.indexOf(0, at + 1)) {
    hasZero[at & 1] = true;
    if (hasZero[0] === hasZero[1]) return null;
  }
  if (hasZero[0] === hasZero[1]) return null;
  return hasZero[0] === true ? "utf-16be" : "utf-16le";
}
