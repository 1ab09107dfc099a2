import type { IncomingMessage } from "node:http";

import type { Endpoint } from "@meshhook/journal";

import { HttpProblem } from "../http-problem.ts";

const KEY = /^[\x20-\x7e]{1,255}$/;
/** Node leaves a header of this name out. */
const PROTOTYPE = "__proto__";
const STANDARD = "idempotency-key";

/** Separates where a key comes from, such as the name of its header, from its value; no key contains it. */
export const SEPARATOR = "\t";

/** The identity of a delivery. */
export interface DeliveryKey {
  /** The stored form, in which keys of different name spaces differ. */
  readonly key: string;
  /** `sender`: the key of `idempotency-key`, made for one body. `provider`: the id that the endpoint's settings
   * name, made for one event. */
  readonly source: "sender" | "provider";
  /** The header that it came in, in lower case; null: it follows from the payload. */
  readonly header: string | null;
}

/**
 * The key of a delivery: `idempotency-key`, else the endpoint's own header. Compared exactly.
 *
 * Each header has its own name space: `abc` in one is not `abc` in another. A key of the endpoint's own header is therefore stored after
 * the header's name, unless the endpoint is from an earlier release, whose stored keys must still be found.
 *
 * @param names  How many names the request's headers have: fewer than lines where a name came twice.
 * @throws HttpProblem  `idempotency_key_invalid`: not one key, or not one that can be kept.
 */
export function deliveryKeyOf(
  request: IncomingMessage,
  names: number,
  { dedupeHeader, keysByHeader }: Pick<Endpoint, "dedupeHeader" | "keysByHeader">,
): DeliveryKey | null {
  const { headers } = request;
  const name = headers[STANDARD] !== undefined || dedupeHeader === null ? STANDARD : dedupeHeader;
  // The endpoint's header may have any name, even one that every object inherits.
  if (!Object.hasOwn(headers, name) && name !== PROTOTYPE) return null;
  const isSingle = name !== PROTOTYPE && request.rawHeaders.length === 2 * names;
  const key = isSingle ? headers[name] : onlyLineOf(request, name);
  if (key === undefined) return null;
  if (typeof key !== "string" || !KEY.test(key))
    throw new HttpProblem(
      "idempotency_key_invalid",
      `The header ${name} does not consist of 1 to 255 printable ASCII characters`,
    );
  if (name === STANDARD) return { key, source: "sender", header: name };
  return { key: keysByHeader ? name + SEPARATOR + key : key, source: "provider", header: name };
}

/** The lines of a header as sent, because two joined keys would make a third. */
export function linesOf({ rawHeaders }: IncomingMessage, name: string): readonly string[] {
  const lines: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const value = rawHeaders[at + 1];
    if (rawHeaders[at]?.toLowerCase() === name && value !== undefined) lines.push(value);
  }
  return lines;
}

function onlyLineOf(request: IncomingMessage, name: string): string | undefined {
  const lines = new Set(linesOf(request, name));
  if (lines.size > 1)
    throw new HttpProblem(
      "idempotency_key_invalid",
      `The request has ${lines.size} different values for the header ${name}`,
    );
  return lines.values().next().value;
}
