import type { Json, QueryParameters } from "@meshhook/core";

/** The parts of a delivery that can be sent again. */
export interface SentAgain {
  /** Path and query, relative to the server's origin. */
  readonly path: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
}

/**
 * Creates a new delivery from a recorded one.
 *
 * The body is sent as JSON whatever its original type, because the workflow sees the same `input`. Keys that would make it a repeat are
 * left out, and so are headers that belonged to the first sender's connection.
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

/** A command line for a POSIX shell that sends the delivery. */
export function asCurl({ path, headers, body }: SentAgain, origin: string): string {
  const lines = [
    `curl -i ${quote(origin + path)}`,
    ...Object.entries(headers).map(([name, value]) => `  -H ${quote(`${name}: ${value}`)}`),
    `  --data-binary ${quote(body)}`,
  ];
  return lines.join(" \\\n");
}

/** In single quotes, only the quote itself is special. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
