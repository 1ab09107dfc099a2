import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";

import type { DeliverySource } from "@meshhook/core";
import type { Delivery, Redaction } from "@meshhook/runtime";

import { HttpProblem } from "../http-problem.ts";
import { orRefused } from "../redaction/open-redaction.ts";
import { Refusal } from "../refusal.ts";
import { hasPayloadInQuery, type OpenAcceptance } from "./acceptance/acceptance.ts";
import { eventIdentity } from "./acceptance/cloud-event.ts";
import { identityIn, type DeliveryScope } from "./acceptance/delivery-identity.ts";
import type { Arrival } from "./arrival.ts";
import type { Content } from "./content.ts";
import { deliveryKeyOf, linesOf, SEPARATOR, type DeliveryKey } from "./delivery-key.ts";
import type { Fields } from "./fields.ts";
import { sourceOf } from "./delivery-source.ts";
import { keptHeaders, withoutHeader, withRepeatedLines } from "./kept-headers.ts";

/** What a request delivers, and the key that it has. `sentBytes`: how many bytes of the body came. @throws HttpProblem */
export function readDelivery(
  arrival: Arrival,
  query: Fields<string>,
  content: Content,
  body: Buffer,
  sentBytes: number,
): { readonly delivery: Delivery; readonly key: DeliveryKey | null } {
  const { request, open, receivedAt } = arrival;
  const { endpoint, version } = open.route;
  if (version === null || open.plan === null)
    throw new Refusal("endpoint_not_published", "The workflow has no published version");
  const { headers: kept, names } = keptHeaders(request.headers);
  const isRepeated = request.rawHeaders.length !== 2 * names;
  if (isRepeated) requireOneType(request);
  const all = isRepeated ? withRepeatedLines(kept, request.rawHeaders) : kept;
  const headers = open.signatureHeader === null ? all : withoutHeader(all, open.signatureHeader);
  const key =
    deliveryKeyOf(request, names, endpoint) ??
    (open.acceptance === null ? null : identityOf(open.acceptance, { input: content.value, headers, query }));
  const { redaction } = open;
  const keyed = hasPayloadInQuery(request.method) ? content.text : body;
  const delivery = {
    projectId: endpoint.projectId,
    workflowId: endpoint.workflowId,
    versionId: version.id,
    plan: open.plan,
    receivedAt,
    source: sourceOf(arrival, sentBytes),
    headers,
    query,
    body: content.value,
    bodyText: content.text,
    ...(key === null
      ? undefined
      : {
          dedupe: {
            endpointId: endpoint.id,
            key: redaction === null ? key.key : redaction.deliveryKey(key.key, key.header),
            // Whoever can guess a short body could check the guess with a plain hash.
            bodyHash:
              redaction === null ? createHash("sha256").update(keyed).digest("hex") : redaction.digest("body", keyed),
          },
        }),
  };
  return { delivery: redaction === null ? delivery : redacted(redaction, delivery, arrival), key };
}

/** @throws HttpProblem  `redaction_impossible` */
function redacted<D extends Delivery & { readonly bodyText: string; readonly source: DeliverySource }>(
  redaction: Redaction,
  delivery: D,
  { request }: Arrival,
): D {
  const found = orRefused(() => redaction.delivery(delivery, hasPayloadInQuery(request.method)));
  const { address: _omitted, ...anonymous } = delivery.source;
  const source = redaction.omitsAddress ? anonymous : delivery.source;
  return { ...found.delivery, source: found.redacted === null ? source : { ...source, redacted: found.redacted } };
}

/** Name spaces that no header has. */
const EXPRESSION = ":expression";
const EVENT = ":event";

/** What identifies a delivery without a key in its headers: the endpoint's expression, else the event that it is. */
function identityOf({ identity, needsCloudEvents }: OpenAcceptance, scope: DeliveryScope): DeliveryKey | null {
  const value = identity === null ? null : identityIn(scope, identity);
  if (value !== null) return { key: `${EXPRESSION}${SEPARATOR}${value}`, source: "provider", header: null };
  if (!needsCloudEvents) return null;
  return { key: `${EVENT}${SEPARATOR}${eventIdentity(scope.input)}`, source: "provider", header: null };
}

/** Node gives only the first of two types. @throws HttpProblem  `bad_request` */
function requireOneType(request: IncomingMessage): void {
  const types = new Set(linesOf(request, "content-type").map((type) => type.toLowerCase()));
  if (types.size > 1)
    throw new HttpProblem("bad_request", `The request has ${types.size} different values for the header Content-Type`);
}
