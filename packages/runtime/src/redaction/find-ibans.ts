import { isWordAt, type Span } from "./span.ts";

/** How long the numbers of each country are (SWIFT's register). */
const LENGTHS: ReadonlyMap<string, number> = new Map(
  "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30"
    .split(" ")
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);
const START = /[A-Za-z]{2}[0-9]{2}/g;
const PART = /[A-Za-z0-9]/;
const SEPARATORS = " -\u00a0\u202f";

/** International bank account numbers (ISO 13616), also in groups, of the right length and with right check digits. */
export function findIbans(text: string): readonly Span[] {
  const spans: Span[] = [];
  START.lastIndex = 0;
  for (let start = START.exec(text); start !== null; start = START.exec(text)) {
    const from = start.index;
    // The next start may overlap this one.
    START.lastIndex = from + 1;
    if (from > 0 && isWordAt(text, from - 1)) continue;
    const length = LENGTHS.get(start[0].slice(0, 2).toUpperCase());
    const to = length === undefined ? null : ibanEnd(text, from, length);
    if (to === null) continue;
    spans.push({ from, to });
    START.lastIndex = to;
  }
  return spans;
}

function ibanEnd(text: string, from: number, length: number): number | null {
  let number = "";
  let at = from;
  while (number.length < length) {
    const char = text.charAt(at);
    if (PART.test(char)) number += char.toUpperCase();
    else if (char === "" || !SEPARATORS.includes(char) || !PART.test(text.charAt(at + 1))) return null;
    at++;
  }
  return isWordAt(text, at) || !hasCheckDigits(number) ? null : at;
}

/** ISO 7064, modulo 97: letters count from 10, and the first four characters come last. */
function hasCheckDigits(number: string): boolean {
  let rest = 0;
  for (const char of number.slice(4) + number.slice(0, 4)) {
    const value = Number.parseInt(char, 36);
    rest = (rest * (value < 10 ? 10 : 100) + value) % 97;
  }
  return rest === 1;
}
