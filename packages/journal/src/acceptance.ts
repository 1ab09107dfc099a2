import type { JsonObject } from "@meshhook/core";

import type { RedactionRule } from "./redaction.ts";

/** So many requests in so many seconds. */
export interface RateLimit {
  readonly requests: number;
  readonly perS: number;
  /** How many may come at once; `requests` without it. */
  readonly burst?: number;
}

/** What an endpoint accepts, where that is not the default. */
export interface Acceptance {
  /** `POST` without it. */
  readonly methods?: readonly ("POST" | "PUT" | "PATCH" | "GET" | "DELETE")[];
  /** Media types in lower case: `application/json`, `text/*`. Without it, all that can be read. */
  readonly contentTypes?: readonly string[];
  /** Every delivery must be a CloudEvent. */
  readonly cloudEvents?: "required";
  readonly rateLimit?: RateLimit;
  /** Addresses and CIDR ranges that may send. */
  readonly allowedAddresses?: readonly string[];
  /** A JSON Schema that payloads have to match. */
  readonly payloadSchema?: JsonObject;
  /** JMESPath over `input`, `headers` and `query` whose value identifies a delivery. */
  readonly dedupeExpression?: string;
  /** What of its deliveries is not stored, in addition to the project's rules. */
  readonly redaction?: readonly RedactionRule[];
}

/** Null: the default. */
export type AcceptanceChange = { readonly [K in keyof Acceptance]?: Acceptance[K] | null };

/** The acceptance after a change. */
export function changedAcceptance(stored: Acceptance, change: AcceptanceChange): Acceptance {
  return Object.fromEntries(Object.entries({ ...stored, ...change }).filter(([, value]) => value !== null));
}
