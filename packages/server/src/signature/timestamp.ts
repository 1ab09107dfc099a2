import type { Micros } from "@meshhook/core";

import { invalid } from "./signed-request.ts";

export type TimestampFormat = "seconds" | "milliseconds" | "iso";

/** Numbers have one spelling only: what programs read differently must not pass. Ten digits last until 2286. */
const FORMS: { readonly [Format in TimestampFormat]: RegExp } = {
  seconds: /^\d{10}$/,
  milliseconds: /^\d{13}$/,
  iso: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/,
};
const NAMES: { readonly [Format in TimestampFormat]: string } = {
  seconds: "seconds since 1970 as ten digits",
  milliseconds: "milliseconds since 1970 as thirteen digits",
  iso: "a time such as 2026-11-30T12:00:00Z",
};

/**
 * Requires that a request was signed recently, by the server's clock.
 *
 * @param now  When the request arrived.
 * @throws Refusal  The timestamp is older, or further ahead, than the tolerance; or it is not written as its format says.
 */
export function requireRecent(text: string, format: TimestampFormat, toleranceS: number, now: Micros): void {
  const signedMs = FORMS[format].test(text) ? millisecondsOf(text, format) : Number.NaN;
  if (Number.isNaN(signedMs)) throw invalid(`The timestamp is not ${NAMES[format]}`);
  const ageS = (Math.floor(now / 1_000) - signedMs) / 1_000;
  if (Math.abs(ageS) <= toleranceS) return;
  const far = `${Math.round(Math.abs(ageS))} seconds ${ageS > 0 ? "old" : "ahead of this server's clock"}`;
  throw invalid(`The timestamp is ${far}; at most ${toleranceS} are accepted`);
}

function millisecondsOf(text: string, format: TimestampFormat): number {
  if (format === "iso") return Date.parse(text);
  return format === "seconds" ? Number(text) * 1_000 : Number(text);
}
