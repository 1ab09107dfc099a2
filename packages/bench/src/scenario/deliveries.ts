import { createHmac } from "node:crypto";
import type { Payload } from "../load/generator/protocol.ts";
import { payloadsOf } from "../load/payload.ts";
import type { PayloadSource } from "../load/payload.ts";

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
}

/** As most scenarios send: neither signed nor keyed, and all of them right. */
export const PLAIN: Deliveries = {
  signature: "none",
  key: null,
  repeats: 1,
  malformedShare: 0,
  badSignatureShare: 0,
};

/** A payload with what MeshHook has to make of it. */
export interface ScenarioPayload extends Payload {
  /** The status that it is refused with; null where it is accepted. */
  readonly refusedWith: number | null;
}

/** The endpoint's secret. Whoever reads it can sign webhooks for a benchmark on this machine while it runs. */
export const SIGNING_SECRET = "meshhook-benchmark";

/** The payloads of a scenario, which take turns: signed, and the wrong ones spread evenly among them. */
export function scenarioPayloads(
  { payload, deliveries }: { readonly payload: PayloadSource; readonly deliveries: Deliveries },
  seed: number,
): readonly ScenarioPayload[] {
  const { malformedShare, badSignatureShare } = deliveries;
  const isMixed = malformedShare + badSignatureShare > 0;
  const bodies = payloadsOf(payload, seed, isMixed ? MIXED_MIN : 1);
  return bodies.map(({ body, headers }, index): ScenarioPayload => {
    const isMalformed = isChosen(index, malformedShare);
    const isBadlySigned = !isMalformed && isChosen(index - 1, badSignatureShare);
    const sent = isMalformed ? body.slice(0, -1) : body;
    return {
      body: sent,
      headers: { ...headers, ...signatureOf(deliveries, isBadlySigned ? `${sent} ` : sent) },
      refusedWith: isMalformed ? 400 : isBadlySigned ? 401 : null,
    };
  });
}

/** The status that request `n` is refused with; null where it is accepted. */
export function refusalOf(payloads: readonly ScenarioPayload[], repeats: number, n: number): number | null {
  return payloads[Math.floor(n / repeats) % payloads.length]?.refusedWith ?? null;
}

/** Enough for shares of a few per cent to come out. */
const MIXED_MIN = 100;

/** Spreads a share evenly: of every `1 / share` one. */
function isChosen(index: number, share: number): boolean {
  return Math.floor((index + 1) * share + 1e-9) > Math.floor(index * share + 1e-9);
}

function signatureOf({ signature }: Deliveries, signed: string): { readonly [name: string]: string } {
  if (signature === "none") return {};
  const digest = createHmac("sha256", SIGNING_SECRET).update(signed).digest("hex");
  return { "x-hub-signature-256": `sha256=${digest}` };
}
