import { JsonInputError, parseJsonInput, type Json } from "@meshhook/core";
import type { PinnedAnswer, Pins } from "#lib/expression/bench.ts";
import { isRecord } from "#lib/json-container.ts";

export type ReadPinnedAnswer = { readonly answer: PinnedAnswer } | { readonly fault: string };

/** Reads an answer from the text that a person writes. */
export function readPinnedAnswer(text: string): ReadPinnedAnswer {
  try {
    return asAnswer(parseJsonInput(text));
  } catch (error) {
    if (error instanceof JsonInputError) return { fault: `${error.message}.` };
    throw error;
  }
}

/** The pins that this browser kept, by node; what is not an answer is left out. */
export function readPins(text: string): Pins {
  const pins: { [node: string]: PinnedAnswer } = {};
  for (const [node, value] of Object.entries(recordIn(text))) {
    const read = asAnswer(value);
    if ("answer" in read) pins[node] = read.answer;
  }
  return pins;
}

function recordIn(text: string): { readonly [key: string]: unknown } {
  try {
    const value = parseJsonInput(text);
    return isRecord(value) ? value : {};
  } catch (error) {
    if (error instanceof JsonInputError) return {};
    throw error;
  }
}

function asAnswer(value: unknown): ReadPinnedAnswer {
  if (!isRecord(value)) return { fault: `This must be an object with "status", "headers" and "body".` };
  const { status, headers = {}, body = null } = value;
  if (typeof status !== "number" || !Number.isInteger(status) || status < 100 || status > 599)
    return { fault: `"status" must be a number from 100 to 599, as in 200, not ${JSON.stringify(status ?? null)}.` };
  if (!isRecord(headers)) return { fault: `"headers" must be an object, as in { "name": "value" }.` };
  const texts: { [name: string]: string } = {};
  for (const [name, text] of Object.entries(headers)) {
    if (typeof text !== "string")
      return { fault: `"${name}" in "headers" must be a text, not ${JSON.stringify(text)}.` };
    texts[name] = text;
  }
  // What a JSON text was read to is JSON.
  return { answer: { status, headers: texts, body: body as Json } };
}
