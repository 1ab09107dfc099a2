import { createHash } from "node:crypto";

import {
  evaluate,
  ExactNumber,
  ExpressionError,
  useSemantics,
  type Expression,
  type Json,
  type JsonObject,
} from "@meshhook/core";

import { Refusal } from "../../refusal.ts";

/** What a delivery is identified by. */
export interface DeliveryScope extends JsonObject {
  readonly input: Json;
  readonly headers: JsonObject;
  readonly query: JsonObject;
}

/**
 * The identity that an expression gives to a delivery, in a form that can be stored as a key. The text `1` and the number 1 differ.
 *
 * @param scope  `input`, `headers` and `query`, as a run sees them.
 * @returns Null where it yields null or an empty text: the delivery has no identity, as without a header.
 * @throws Refusal  `delivery_key_invalid`: it fails, or yields something else than a text or a number. The owner learns why.
 */
export function identityIn(scope: DeliveryScope, expression: Expression): string | null {
  const value = valueOf(expression, scope);
  if (value === null || value === "") return null;
  const isNumber = typeof value === "number" || value instanceof ExactNumber;
  if (typeof value !== "string" && !isNumber) {
    const kind = Array.isArray(value) ? "an array" : typeof value === "boolean" ? "true or false" : "an object";
    throw new Refusal("delivery_key_invalid", `dedupeExpression yields ${kind}, not a text or a number`);
  }
  const text = value instanceof ExactNumber ? value.text : JSON.stringify(value);
  return createHash("sha256").update(text).digest("hex");
}

function valueOf(expression: Expression, scope: DeliveryScope): Json {
  // A run may have been folded since by older rules.
  useSemantics(Number.POSITIVE_INFINITY);
  try {
    return evaluate(expression, scope);
  } catch (error) {
    if (error instanceof ExpressionError) throw new Refusal("delivery_key_invalid", error.message);
    throw error;
  }
}
