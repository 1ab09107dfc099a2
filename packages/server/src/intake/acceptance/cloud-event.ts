import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";

import type { Json, JsonObject } from "@meshhook/core";

import { HttpProblem } from "../../http-problem.ts";
import { readContent, type Content } from "../content.ts";
import { mediaTypeOf } from "../media-type.ts";

const PREFIX = "ce-";
const STRUCTURED = /^\s*application\/cloudevents(-batch)?(?:\+|\s*;|\s*$)/i;
const ATTRIBUTE = /^[a-z0-9]+$/;
const REQUIRED = ["id", "source", "type"] as const;

/**
 * Reads a request that must be one CloudEvent 1.0, in either mode of the HTTP binding. The value is the same in both: the event in its
 * JSON format, with the attributes as members and the payload in `data`, or in `data_base64` where it can only be read as bytes.
 *
 * Source: CloudEvents, HTTP Protocol Binding 1.0.2, sections 3.1 and 3.2.
 *
 * @throws HttpProblem  `cloudevent_invalid`; `content_type_unsupported` for a batch; as `readContent`.
 */
export function readCloudEvent(request: IncomingMessage, body: Buffer): Content {
  const contentType = request.headers["content-type"];
  const structured = STRUCTURED.exec(contentType ?? "");
  if (structured?.[1] !== undefined)
    throw new HttpProblem(
      "content_type_unsupported",
      "The body is a batch of CloudEvents; this endpoint takes one event in each request",
    );
  if (structured === null) return binaryEvent(request, body, contentType);
  const content = readContent(contentType, body);
  if (typeof content.value !== "object" || content.value === null || Array.isArray(content.value))
    throw invalid("The body is not a JSON object");
  requireAttributes(content.value as JsonObject);
  return content;
}

/** The identity of an event: its source and its id (CloudEvents 1.0.2, section 3.1.1). In a form that can be stored as a key. */
export function eventIdentity(event: Json): string {
  const { source, id } = event as JsonObject;
  return createHash("sha256")
    .update(JSON.stringify([source, id]))
    .digest("hex");
}

function binaryEvent(request: IncomingMessage, body: Buffer, contentType: string | undefined): Content {
  const attributes = attributesOf(request);
  if (contentType !== undefined && contentType !== "") attributes["datacontenttype"] = contentType;
  requireAttributes(attributes);
  if (body.length === 0) return { value: attributes, text: JSON.stringify(attributes) };
  const isReadable = contentType === undefined || contentType === "" || mediaTypeOf(contentType).kind !== null;
  if (!isReadable) {
    attributes["data_base64"] = body.toString("base64");
    return { value: attributes, text: JSON.stringify(attributes) };
  }
  const data = readContent(contentType, body);
  // The data's own text, in which numbers keep their digits.
  const text = `${JSON.stringify(attributes).slice(0, -1)},"data":${data.text}}`;
  attributes["data"] = data.value;
  return { value: attributes, text };
}

/** From the lines as sent, because Node would join two values into a third. */
function attributesOf({ rawHeaders }: IncomingMessage): { [name: string]: Json } {
  const attributes = Object.create(null) as { [name: string]: Json };
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const header = rawHeaders[at]?.toLowerCase() ?? "";
    if (!header.startsWith(PREFIX)) continue;
    const name = header.slice(PREFIX.length);
    if (!ATTRIBUTE.test(name) || name === "data") throw invalid(`The header ${header} does not name an attribute`);
    if (Object.hasOwn(attributes, name)) throw invalid(`The header ${header} came twice`);
    attributes[name] = decoded(header, rawHeaders[at + 1] ?? "");
  }
  return attributes;
}

/** HTTP Protocol Binding, section 3.1.3.2: quotes are taken off, then percent-encoded UTF-8 is decoded. */
function decoded(header: string, value: string): string {
  const plain = /^"(.*)"$/.exec(value)?.[1]?.replaceAll(/\\(.)/g, "$1") ?? value;
  try {
    return decodeURIComponent(plain.replaceAll(/%(?![0-9a-f]{2})/gi, "%25"));
  } catch {
    throw invalid(`The header ${header} contains percent-encoded bytes that are not UTF-8`);
  }
}

function requireAttributes(event: JsonObject): void {
  if (event["specversion"] !== "1.0")
    throw invalid(
      Object.hasOwn(event, "specversion") ? "Its specversion is not 1.0" : "It has no specversion, which must be 1.0",
    );
  for (const name of REQUIRED) {
    const value = event[name];
    if (typeof value !== "string" || value === "") throw invalid(`Its attribute ${name} is missing or empty`);
  }
}

function invalid(fault: string): HttpProblem {
  return new HttpProblem(
    "cloudevent_invalid",
    `The request is not a CloudEvent: ${fault}. Send application/cloudevents+json, or ce- headers and the data as the body`,
  );
}
