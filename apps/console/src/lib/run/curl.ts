import type { Json, QueryParameters } from "@meshhook/core";

/** What can be sent again of a delivery. */
export interface SentAgain {
  /** Path and query, below the server's origin. */
  readonly path: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
}

/**
 * Makes a new delivery out of a recorded one.
 *
 * The body goes as JSON whatever it came as: what the workflow sees as `input` is the same. Keys that would make it the delivery that
 * was here already are left out, and so is what only the first sender's connection meant.
 */
export function sendAgain(
  endpoint: { readonly path: string; readonly dedupeHeader: string | null },
  delivery: {
    readonly headers: { readonly [name: string]: string };
    readonly query: QueryParameters;
    readonly body: Json;
  },
): SentAgain {
  const dropped = new Set(["content-type", "user-agent", "idempotency-key", endpoint.dedupeHeader]);
  const kept = Object.entries(delivery.headers).filter(([name]) => !dropped.has(name));
  const query = new URLSearchParams(
    Object.entries(delivery.query).flatMap(([name, values]) => [values].flat().map((value) => [name, value])),
  ).toString();
  return {
    path: query === "" ? endpoint.path : `${endpoint.path}?${query}`,
    headers: { "content-type": "application/json", ...Object.fromEntries(kept) },
    body: JSON.stringify(delivery.body),
  };
}

/** A command line for a POSIX shell that sends it. */
export function asCurl({ path, headers, body }: SentAgain, origin: string): string {
  const lines = [
    `curl -i ${quote(origin + path)}`,
    ...Object.entries(headers).map(([name, value]) => `  -H ${quote(`${name}: ${value}`)}`),
    `  --data-binary ${quote(body)}`,
  ];
  return lines.join(" \\\n");
}

/** Nothing is special within single quotes but the quote itself. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
