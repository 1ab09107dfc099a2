import { parseExpression, type Expression, type Json } from "@meshhook/core";
import type { Route } from "@meshhook/journal";

import { HttpProblem } from "../../http-problem.ts";
import { Refusal } from "../../refusal.ts";
import type { Arrival } from "../arrival.ts";
import { readContent, type Content } from "../content.ts";
import { isTest } from "../delivery-source.ts";
import type { Fields } from "../fields.ts";
import { AddressList, clientAddressOf } from "./address-list.ts";
import { readCloudEvent } from "./cloud-event.ts";
import { ContentTypes } from "./content-types.ts";
import { PayloadSchema } from "./payload-schema.ts";
import type { RateBuckets, RateLimits } from "./rate-limits.ts";

/** What an endpoint accepts, made ready for its requests. An endpoint that accepts what all do has none. */
export interface OpenAcceptance {
  readonly isPaused: boolean;
  readonly methods: ReadonlySet<string>;
  /** Null: all types that can be read. */
  readonly contentTypes: ContentTypes | null;
  readonly needsCloudEvents: boolean;
  readonly limits: RateLimits | null;
  /** Null: everybody may send. */
  readonly addresses: AddressList | null;
  /** Null: any payload. */
  readonly payloadSchema: PayloadSchema | null;
  /** What identifies a delivery that has no key in its headers. */
  readonly identity: Expression | null;
}

/** What an endpoint takes that has no methods of its own. */
export const POST_ONLY: ReadonlySet<string> = new Set(["POST"]);
/** When a sender may try a paused endpoint again: nobody knows when it is resumed, so this is a guess that keeps retries rare. */
const PAUSED_RETRY_AFTER_S = 60;

/** Null when everything is at its default, so that a request costs no more than this one look. */
export function openAcceptance(route: Route, buckets: RateBuckets): OpenAcceptance | null {
  const { acceptance: settings, pausedAt } = route.endpoint;
  const { redaction: _appliesLater, ...acceptance } = settings;
  const limits = buckets.limitsOf(route);
  if (pausedAt === null && limits === null && Object.keys(acceptance).length === 0) return null;
  const { methods, contentTypes, cloudEvents, allowedAddresses, payloadSchema, dedupeExpression } = acceptance;
  return {
    isPaused: pausedAt !== null,
    methods: methods === undefined ? POST_ONLY : new Set(methods),
    contentTypes: contentTypes === undefined ? null : new ContentTypes(contentTypes),
    needsCloudEvents: cloudEvents === "required",
    limits,
    addresses: allowedAddresses === undefined ? null : new AddressList(allowedAddresses),
    payloadSchema: payloadSchema === undefined ? null : new PayloadSchema(payloadSchema),
    identity: dedupeExpression === undefined ? null : parseExpression(dedupeExpression),
  };
}

/** The methods that an endpoint answers, for `Allow`. */
export function allowedMethods(methods: ReadonlySet<string>, handshakes: "on" | "off"): string {
  return [...new Set([...methods, "OPTIONS", ...(handshakes === "on" ? ["GET", "HEAD"] : [])])].sort().join(", ");
}

/** The method says that the payload is the query: GET and DELETE, whose bodies mean nothing (RFC 9110, sections 9.3.1 and 9.3.5). */
export function hasPayloadInQuery(method: string | undefined): boolean {
  return method === "GET" || method === "DELETE";
}

/** `address_not_allowed`, or null. The sender does not learn which address was seen, the owner does. A test has no address. */
export function addressFault({ request, proxies }: Arrival, addresses: AddressList): Refusal | null {
  const address = clientAddressOf(request, proxies);
  if (isTest(request) || (address !== null && addresses.has(address))) return null;
  const seen = address === null ? "The address of the sender is not known" : `${address} is not an allowed address`;
  return new Refusal("address_not_allowed", seen);
}

/**
 * Reads the payload of a request at an endpoint with settings of its own.
 *
 * @throws HttpProblem  `body_not_allowed`; as `readCloudEvent` and `readContent`.
 */
export function readPayload(
  { needsCloudEvents }: OpenAcceptance,
  { request }: Arrival,
  query: Fields<string>,
  body: Buffer,
): Content {
  if (needsCloudEvents) return readCloudEvent(request, body);
  if (!hasPayloadInQuery(request.method)) return readContent(request.headers["content-type"], body);
  if (body.length > 0)
    throw new HttpProblem(
      "body_not_allowed",
      `A ${request.method} request delivers its query, and this one has a body of ${body.length} bytes; leave it out, or send it with another method`,
    );
  return { value: query, text: JSON.stringify(query) };
}

/**
 * What is checked once it is clear that a request is not a handshake.
 *
 * @param body  As it was read, before the payload was made of it.
 * @throws HttpProblem  `endpoint_paused`, `content_type_unsupported`, `payload_invalid`.
 */
export function requireAccepted(
  { isPaused, contentTypes, payloadSchema }: OpenAcceptance,
  { request }: Arrival,
  body: Buffer,
  payload: Json,
): void {
  if (isPaused)
    throw new HttpProblem("endpoint_paused", "The endpoint is paused, and nothing was stored; send the request again", {
      retryAfterS: PAUSED_RETRY_AFTER_S,
    });
  if (contentTypes !== null && body.length > 0) requireType(contentTypes, request.headers["content-type"]);
  if (payloadSchema !== null) requirePayload(payloadSchema, payload);
}

function requireType(contentTypes: ContentTypes, contentType: string | undefined): void {
  if (contentTypes.has(contentType)) return;
  const given = contentType === undefined || contentType === "" ? "no Content-Type" : `"${contentType.slice(0, 100)}"`;
  throw new HttpProblem(
    "content_type_unsupported",
    `This endpoint takes ${contentTypes.text}, and the request has ${given}`,
  );
}

function requirePayload(schema: PayloadSchema, payload: Json): void {
  const faults = schema.faults(payload);
  const [first] = faults;
  if (first === undefined) return;
  const more = faults.length === 1 ? "" : ` (and ${faults.length - 1} more)`;
  throw new HttpProblem(
    "payload_invalid",
    `The payload does not match the endpoint's schema at "${first.path.slice(0, 200)}": ${first.message}${more}`,
    { issues: faults.map(({ path, message }) => ({ path, code: "payload_mismatch", message })) },
  );
}
