import { parseJsonInput } from "@meshhook/core";

/** A value on its way to a worker or back: payloads are JSON text, because an exact number does not survive a structured clone. */
export type Packed = { readonly json: string } | string | number | boolean | null | undefined;

/** What a page sends to its own worker was within the limits when it arrived. */
const LIMITS = {
  depthMax: 1_000,
  nodesMax: Number.POSITIVE_INFINITY,
  exactNumbersMax: Number.POSITIVE_INFINITY,
};

export function pack(value: unknown): Packed {
  return typeof value === "object" && value !== null ? { json: JSON.stringify(value) } : (value as Packed);
}

export function unpack(packed: Packed): unknown {
  return typeof packed === "object" && packed !== null ? parseJsonInput(packed.json, LIMITS) : packed;
}
