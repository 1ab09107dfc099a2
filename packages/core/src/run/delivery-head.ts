import { isObject } from "../json-kind.ts";
import { parseJsonInput } from "../json-input.ts";
import type { DeliveryFact } from "./fact.ts";
import { corrupt, FactReader } from "./fact-reader.ts";

/** A delivery without its query and body, which may be long. */
export type DeliveryHead = Pick<DeliveryFact, "at" | "headers"> & Required<Pick<DeliveryFact, "source">>;

/**
 * So many characters of a first segment hold the head of its delivery: headers have at most 16 KiB, and JSON at most doubles what they may
 * contain.
 */
export const DELIVERY_HEAD_CHARACTERS = 34_000;

/** `encodeFacts` writes in this order, so that nothing a sender chose comes before the source. */
const BEGINNING = /^\[\{"kind":"delivery","at":\d+,"semantics":\d+,"source":\{/;
/** No header's value is an object, and within texts quotes are escaped. */
const END = ',"query":{';
const LIMITS = { depthMax: 8, nodesMax: 1_000, exactNumbersMax: 1 };

/**
 * Reads the beginning of a stored first segment, however long its body is.
 *
 * @param text  The first `DELIVERY_HEAD_CHARACTERS` of the facts, or all of them.
 * @returns Null when no request started the run, or an earlier release stored it.
 * @throws HistoryError  `history_corrupt`
 */
export function readDeliveryHead(text: string): DeliveryHead | null {
  if (!BEGINNING.test(text)) return null;
  const end = text.indexOf(END);
  if (end === -1) throw corrupt("the first delivery has no query");
  const stored = parseJsonInput(`${text.slice(1, end)}}`, LIMITS);
  if (!isObject(stored)) throw corrupt("the first delivery is not an object");
  const reader = new FactReader(stored, 0);
  return { at: reader.count("at"), headers: reader.texts("headers"), source: reader.source() };
}
