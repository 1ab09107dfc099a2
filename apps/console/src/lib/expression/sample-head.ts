import { JsonInputError, parseJsonInput, type QueryParameters } from "@meshhook/core";
import { isRecord } from "#lib/json-container.ts";

/** The headers and query of a sample delivery, as expressions see them. */
export interface SampleHead {
  readonly headers: Texts;
  readonly query: QueryParameters;
}
type Texts = { readonly [name: string]: string };

export const NO_HEAD: SampleHead = { headers: {}, query: {} };

export type ReadHead = { readonly head: SampleHead } | { readonly fault: string };

/** Reads headers and query from the text that a person writes. */
export function readSampleHead(text: string): ReadHead {
  if (text.trim() === "") return { head: NO_HEAD };
  try {
    return asSampleHead(parseJsonInput(text));
  } catch (error) {
    if (error instanceof JsonInputError) return { fault: `${error.message}.` };
    throw error;
  }
}

/** Takes a value for headers and query. Names of headers become lower-case, as in the intake. */
export function asSampleHead(value: unknown): ReadHead {
  if (!isRecord(value)) return { fault: `This must be an object with "headers" and "query".` };
  const stranger = Object.keys(value).find((key) => key !== "headers" && key !== "query");
  if (stranger !== undefined)
    return { fault: `"${stranger}" is neither "headers" nor "query". The body has its own place above.` };
  const { headers = {}, query = {} } = value;
  for (const [name, texts, isRight, kinds] of [
    ["headers", headers, isText, "a string"],
    ["query", query, isTextOrTexts, "a string, or a list of strings"],
  ] as const) {
    if (!isRecord(texts)) return { fault: `"${name}" must be an object, as in { "name": "value" }.` };
    const wrong = Object.entries(texts).find(([, each]) => !isRight(each));
    if (wrong !== undefined)
      return { fault: `"${wrong[0]}" in "${name}" must be ${kinds}, not ${JSON.stringify(wrong[1])}.` };
  }
  const lowered = Object.entries(headers as Texts).map(([name, each]) => [name.toLowerCase(), each] as const);
  return { head: { headers: Object.fromEntries(lowered), query: query as QueryParameters } };
}

/** The text that `readSampleHead` reads; empty for an empty head. */
export function sampleHeadText({ headers, query }: SampleHead): string {
  const isEmpty = Object.keys(headers).length + Object.keys(query).length === 0;
  return isEmpty ? "" : JSON.stringify({ headers, query }, null, 2);
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}

/** A repeated parameter is a list. */
function isTextOrTexts(value: unknown): boolean {
  return isText(value) || (Array.isArray(value) && value.every(isText));
}
