import { createHmac } from "node:crypto";
import type { Payload } from "../load/generator/protocol.ts";
import { payloadsOf } from "../load/payload.ts";
import { GITHUB_ISSUES_SCHEMA, type PayloadSource } from "../load/payload.ts";

/** How webhooks are sent, beside what they carry. */
export interface Deliveries {
  /** How they are signed; the endpoint checks it. */
  readonly signature: "none" | "github-sha256";
  /** The header that identifies a delivery; null where none does. */
  readonly key: string | null;
  /** How often each delivery is sent, with the same key and the same body, one after the other. More than 1 needs a key. */
  readonly repeats: number;
  /** Of all deliveries: sent with a body that is not JSON, and refused with 400. */
  readonly malformedShare: number;
  /** Of all deliveries: sent with a wrong signature, and refused with 401. Needs a signature. */
  readonly badSignatureShare: number;
  /** What the endpoint checks the payload with. */
  readonly payloadSchema: "none" | "github-issues";
  /** How many webhooks a second the endpoint accepts; null: any number. What is beyond would be refused with 429. */
  readonly rateLimit: number | null;
}

/** As most scenarios send: neither signed nor keyed, and all of them right. */
export const PLAIN: Deliveries = {
  signature: "none",
  key: null,
  repeats: 1,
  malformedShare: 0,
  badSignatureShare: 0,
  payloadSchema: "none",
  rateLimit: null,
};

/** A payload with what MeshHook has to make of it. */
export interface ScenarioPayload extends Payload {
  /** The status that it is refused with; null where it is accepted. */
  readonly refusedWith: number | null;
}

/** The endpoint's secret. Whoever reads it can sign webhooks for a benchmark on this machine while it runs. */
export const SIGNING_SECRET = "meshhook-benchmark";

/** What the endpoint has to be told to take such deliveries; as in the body of `POST /endpoints`. */
export function endpointSettings({ signature, key, payloadSchema, rateLimit }: Deliveries): {
  readonly signature?: "github-sha256";
  readonly secret?: string;
  readonly dedupeHeader?: string;
  readonly payloadSchema?: object;
  readonly rateLimit?: { readonly requests: number; readonly perS: number };
} {
  return {
    ...(signature === "none" ? {} : { signature, secret: SIGNING_SECRET }),
    // `idempotency-key` is read by every endpoint.
    ...(key === null || key === "idempotency-key" ? {} : { dedupeHeader: key }),
    ...(payloadSchema === "none" ? {} : { payloadSchema: GITHUB_ISSUES_SCHEMA }),
    ...(rateLimit === null ? {} : { rateLimit: { requests: rateLimit, perS: 1 } }),
  };
}

/**
 * The payloads of a scenario, which take turns: signed, and the wrong ones spread evenly among them. Delivery `d` carries payload
 * `d mod length`.
 */
export function scenarioPayloads(
  { payload, deliveries }: { readonly payload: PayloadSource; readonly deliveries: Deliveries },
  seed: number,
): readonly ScenarioPayload[] {
  const isMixed = deliveries.malformedShare + deliveries.badSignatureShare > 0;
  const bodies = payloadsOf(payload, seed, isMixed ? PERIOD : 1);
  // With a mix, as many as it takes until both begin anew together.
  const count = isMixed && bodies.length % PERIOD !== 0 ? bodies.length * PERIOD : bodies.length;
  return Array.from({ length: count }, (_, delivery): ScenarioPayload => {
    const { body, headers } = bodies[delivery % bodies.length] ?? { body: "{}", headers: {} };
    const refusedWith = refusalOfDelivery(deliveries, delivery);
    const sent = refusedWith === MALFORMED ? body.slice(0, -1) : body;
    const signed = refusedWith === BADLY_SIGNED ? `${sent} ` : sent;
    return { body: sent, headers: { ...headers, ...signatureOf(deliveries, signed) }, refusedWith };
  });
}

/** The status that request `n` is refused with; null where it is accepted. */
export function refusalOf(deliveries: Deliveries, n: number): number | null {
  return refusalOfDelivery(deliveries, Math.floor(n / deliveries.repeats));
}

/** Whether request `n` carries a delivery that an earlier request has carried. */
export function isRepeat({ repeats }: Deliveries, n: number): boolean {
  return n % repeats !== 0;
}

const MALFORMED = 400;
const BADLY_SIGNED = 401;

/** The mix begins anew after so many deliveries: shares of whole per cents come out. */
const PERIOD = 100;

function refusalOfDelivery({ malformedShare, badSignatureShare }: Deliveries, delivery: number): number | null {
  const place = delivery % PERIOD;
  // Steps through the places in an order that spreads both kinds; 37 and the period have no divisor in common.
  const rank = (place * 37) % PERIOD;
  if (rank < malformedShare * PERIOD) return MALFORMED;
  return rank < (malformedShare + badSignatureShare) * PERIOD ? BADLY_SIGNED : null;
}

function signatureOf({ signature }: Deliveries, signed: string): { readonly [name: string]: string } {
  if (signature === "none") return {};
  const digest = createHmac("sha256", SIGNING_SECRET).update(signed).digest("hex");
  return { "x-hub-signature-256": `sha256=${digest}` };
}
