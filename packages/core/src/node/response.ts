import type { JsonSchema } from "../definition/json-schema.ts";
import { quote } from "../error/issue.ts";
import type { Json } from "../json.ts";
import type { ResponseTemplate } from "../plan/plan.ts";
import { contentTypeFault } from "../run/content-type.ts";
import { isWithoutBody } from "../run/response.ts";
import type { ConfigReader } from "./config-reader.ts";
import { readHeaders } from "./header-list.ts";
import { expressionSchema, templateSchema, valueSchema } from "./schema-parts.ts";

export interface ResponseConfig {
  readonly status?: number | { readonly $jmes: string };
  readonly headers?: { readonly [name: string]: string };
  readonly body?: Json;
  readonly bodyEncoding?: "text" | "base64" | "xml";
}

const STATUS_DEFAULT = 200;

/** They describe the transfer of the answer, which only the server and the connection know. */
const OF_CONNECTION = new Set([
  "connection",
  "content-encoding",
  "content-length",
  "date",
  "keep-alive",
  "server",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** The server sets them to the same values on every such answer, so that a browser can do no harm with it. */
const OF_SERVER = new Set([
  "content-security-policy",
  "content-security-policy-report-only",
  "referrer-policy",
  "x-content-type-options",
]);

/** A browser applies them to everything at the address, including the console, and not only to this answer. */
const OF_ORIGIN = new Set([
  "accept-ch",
  "accept-ch-lifetime",
  "activate-storage-access",
  "alt-svc",
  "authentication-info",
  "clear-site-data",
  "critical-ch",
  "expect-ct",
  "idp-signin-status",
  "nel",
  "observe-browsing-topics",
  "origin-agent-cluster",
  "origin-trial",
  "public-key-pins",
  "public-key-pins-report-only",
  "report-to",
  "reporting-endpoints",
  "service-worker-allowed",
  "set-cookie",
  "set-cookie2",
  "set-login",
  "shared-storage-write",
  "speculation-rules",
  "strict-transport-security",
  "use-as-dictionary",
  "www-authenticate",
]);

/** Sessions bound to a device, under both of their names, and reports of advertisements: of the origin, too. */
const OF_ORIGIN_PREFIX = /^(?:sec-|secure-session-|attribution-reporting-)/;

/** The answer to the webhook, as a config may hold it. */
export const responseSchema: JsonSchema = {
  type: "object",
  title: "Response",
  description:
    "The HTTP answer to the webhook. It is sent if the endpoint's answer is set to response, and the sender is still waiting.",
  properties: {
    status: {
      type: ["integer", "object"],
      title: "Status",
      description: `The HTTP status: a whole number from 200 to 599, or {"$jmes": "expression"} that returns one. If omitted, 200.`,
      minimum: 200,
      maximum: 599,
      default: STATUS_DEFAULT,
      properties: { $jmes: expressionSchema("Expression", "Returns the status.") },
      required: ["$jmes"],
      additionalProperties: false,
    },
    headers: {
      type: "object",
      title: "Headers",
      description:
        "The answer's headers by name. Values may have {{ }} holes. Cookies and headers that the server sets are refused.",
      default: {},
      maxProperties: 32,
      additionalProperties: templateSchema("Value", "The header's value."),
    },
    body: valueSchema(
      "Body",
      `The answer's body. Text is sent unchanged, as text/plain unless the content-type header says otherwise. Anything else is sent as JSON, and so is text if the content type is JSON. For application/x-www-form-urlencoded, give an object of fields, or text whose holes are percent-encoded. In XML and HTML, values that fill holes are escaped. If omitted, there is no body.`,
    ),
    bodyEncoding: {
      type: "string",
      title: "Body encoding",
      description:
        "base64: the body is base64 of the bytes to send, such as an image. xml: the body, an object with one member, is written as XML, as by xml_json, and sent as application/xml unless the content-type header says otherwise.",
      enum: ["text", "base64", "xml"],
      default: "text",
    },
  },
  additionalProperties: false,
};

/** @param path  The place of the response in the config. */
export function readResponse(config: ResponseConfig, path: readonly string[], reader: ConfigReader): ResponseTemplate {
  const { status = STATUS_DEFAULT, body, bodyEncoding } = config;
  if (body !== undefined && typeof status === "number" && isWithoutBody(status)) {
    reader.report(
      [...path, "body"],
      "body_forbidden",
      `An answer with status ${status} cannot have a body.`,
      "Remove the body, or use another status.",
    );
  }
  const headers = readHeaders(config.headers ?? {}, [...path, "headers"], whyForbidden, reader);
  for (const { name, value } of headers) {
    if (name !== "content-type" || value.parts.some((part) => typeof part !== "string")) continue;
    const fault = contentTypeFault(value.text, bodyEncoding !== "base64");
    if (fault !== null)
      reader.report(
        [...path, "headers"],
        "header_invalid",
        `The content type ${quote(value.text)} ${fault.what}.`,
        `${fault.fix}.`,
      );
  }
  return {
    status: typeof status === "number" ? status : reader.expression([...path, "status", "$jmes"], status.$jmes),
    headers,
    body: body === undefined ? null : reader.value([...path, "body"], body),
    isBase64: bodyEncoding === "base64",
    isXml: bodyEncoding === "xml",
  };
}

function whyForbidden(header: string): string | null {
  if (OF_CONNECTION.has(header) || header.startsWith("proxy-")) return "MeshHook or the connection sets it";
  if (OF_SERVER.has(header) || header.startsWith("meshhook-")) return "MeshHook sets it";
  if (OF_ORIGIN.has(header) || OF_ORIGIN_PREFIX.test(header))
    return "browsers would apply it to everything at this address, including the console";
  return null;
}
