/** What comes with the body of a sample delivery, as expressions see it. */
export interface SampleHead {
  readonly headers: Texts;
  readonly query: Texts;
}
type Texts = { readonly [name: string]: string };

export const NO_HEAD: SampleHead = { headers: {}, query: {} };

export type ReadHead = { readonly head: SampleHead } | { readonly fault: string };

/** Reads headers and query from the text that a person writes. Names of headers become lower-case, as the intake makes them. */
export function readSampleHead(text: string): ReadHead {
  if (text.trim() === "") return { head: NO_HEAD };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { fault: `Not JSON: ${error instanceof Error ? error.message : String(error)}.` };
  }
  if (!isRecord(value)) return { fault: `It must be an object with "headers" and "query".` };
  const stranger = Object.keys(value).find((key) => key !== "headers" && key !== "query");
  if (stranger !== undefined)
    return { fault: `"${stranger}" is neither "headers" nor "query". The body has its own place above.` };
  const { headers = {}, query = {} } = value;
  for (const [name, texts] of [
    ["headers", headers],
    ["query", query],
  ] as const) {
    if (!isRecord(texts)) return { fault: `"${name}" must be an object, as in { "name": "value" }.` };
    const wrong = Object.entries(texts).find(([, each]) => typeof each !== "string");
    if (wrong !== undefined)
      return { fault: `"${wrong[0]}" in "${name}" must be a text, as every value there is: "${String(wrong[1])}".` };
  }
  const lowered = Object.entries(headers as Texts).map(([name, each]) => [name.toLowerCase(), each] as const);
  return { head: { headers: Object.fromEntries(lowered), query: query as Texts } };
}

/** As `readSampleHead` reads it; nothing for nothing. */
export function sampleHeadText({ headers, query }: SampleHead): string {
  const isEmpty = Object.keys(headers).length + Object.keys(query).length === 0;
  return isEmpty ? "" : JSON.stringify({ headers, query }, null, 2);
}

function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
