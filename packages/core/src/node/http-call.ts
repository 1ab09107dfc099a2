import type { Json } from "../json.ts";
import type { HttpCallStep, RedirectPolicy, ResponseType, RetryPolicy, TargetLimits } from "../plan/plan.ts";
import {
  type BreakerConfig,
  breakerPolicy,
  breakerSchema,
  callHeadersSchema,
  limitsSchema,
  type RetryConfig,
  retryPolicy,
  retrySchema,
  targetLimits,
  TIMEOUT_MS_DEFAULT,
  timeoutSchema,
  urlSchema,
} from "./call-config.ts";
import { readCallHeaders, readCallUrl } from "./call-target.ts";
import { readTls, type TlsConfig, tlsSchema } from "./call-tls.ts";
import { defineNodeType } from "./node-type.ts";
import { expressionSchema, valueSchema } from "./schema-parts.ts";

interface HttpCallConfig {
  readonly method?: string;
  readonly url: string;
  readonly headers?: { readonly [name: string]: string };
  readonly query?: { readonly [name: string]: Json };
  readonly body?: Json;
  readonly timeoutMs?: number;
  readonly responseBytesMax?: number;
  readonly semantics?: "at-least-once" | "at-most-once";
  readonly redirects?: RedirectPolicy["mode"];
  readonly redirectsMax?: number;
  readonly responseType?: ResponseType;
  readonly tls?: TlsConfig;
  readonly retry?: Partial<RetryConfig>;
  readonly limits?: Partial<TargetLimits>;
  readonly circuitBreaker?: BreakerConfig;
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
const METHODS_WITHOUT_BODY = new Set(["GET", "HEAD"]);
const RESPONSE_BYTES_DEFAULT = 1_048_576;
const REDIRECTS_DEFAULT = "follow";
const REDIRECTS_MAX_DEFAULT = 5;
/** Safe methods (RFC 9110 9.2.1): no redirect changes their meaning. */
const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

export const httpCall = defineNodeType<HttpCallConfig>({
  type: "http_call@1",
  waits: true,
  title: "HTTP call",
  description:
    "Sends an HTTP request and waits for the answer. The step's output is { status, headers, body }; a body that is not text is base64, and bodyEncoding says so; bodyError says why a body is not what it claims to be. Failed attempts are retried as the retry policy says. Every attempt carries the same idempotency-key header.",
  configSchema: {
    type: "object",
    title: "HTTP call",
    properties: {
      method: { type: "string", title: "Method", description: "The HTTP method.", enum: METHODS, default: "POST" },
      url: urlSchema,
      headers: callHeadersSchema,
      query: {
        type: "object",
        title: "Query",
        description:
          "Parameters that are percent-encoded and added to the URL. Values may have {{ }} holes. A list repeats the parameter.",
        default: {},
        maxProperties: 64,
        additionalProperties: {
          type: ["string", "array", "object"],
          title: "Value",
          description: `The parameter's value: text, a list, or {"$jmes": "expression"} that returns text, a number, a list, or null to omit the parameter.`,
          maxLength: 65_536,
          maxItems: 256,
          items: {
            type: ["string", "object"],
            title: "Element",
            description: `Text with {{ }} holes, or {"$jmes": "expression"}.`,
            maxLength: 65_536,
            properties: { $jmes: expressionSchema("Expression", "Returns the element.") },
            required: ["$jmes"],
            additionalProperties: false,
            "x-ui": "template",
          },
          properties: { $jmes: expressionSchema("Expression", "Returns the value.") },
          required: ["$jmes"],
          additionalProperties: false,
          "x-ui": "template",
        },
      },
      body: valueSchema(
        "Body",
        `Any JSON, with {"$jmes": "expression"} and {{ }} holes inside. It is sent as JSON unless the headers name another content type. For application/x-www-form-urlencoded, give an object of fields, or text whose holes are percent-encoded. For XML, give an object with the root element, or text whose holes are escaped. For multipart/form-data, give an object of fields, in which a file is {"filename": …, "contentType": …, "text": … or "base64": …}. If omitted, the request has no body.`,
      ),
      timeoutMs: timeoutSchema,
      responseBytesMax: {
        type: "integer",
        title: "Largest answer in bytes",
        description: "The step fails if the body of the answer is larger once it is unpacked.",
        minimum: 0,
        maximum: 8_388_608,
        default: RESPONSE_BYTES_DEFAULT,
      },
      responseType: {
        type: "string",
        title: "Answer",
        description:
          "How the body of the answer is read. auto goes by its content type; xml gives XML as JSON, as xml_json does; base64 gives the bytes. A body that cannot be read so is kept as auto would, and bodyError says why.",
        enum: ["auto", "json", "text", "xml", "base64"],
        default: "auto",
      },
      semantics: {
        type: "string",
        title: "Semantics",
        description:
          "at-least-once repeats a call whose outcome is unknown. at-most-once never does: it retries only if the request was certainly not sent, or if the target said that it did not act. If the outcome is unknown, the step fails with outcome_unknown.",
        enum: ["at-least-once", "at-most-once"],
        default: "at-least-once",
      },
      redirects: {
        type: "string",
        title: "Redirects",
        description:
          "follow follows redirects that keep the meaning of the request: all of them for GET, HEAD and OPTIONS; for other methods 307 and 308 (the request is sent again with its body) and 303 (the answer is fetched with a GET). browser also follows 301 and 302, and turns a POST into a GET as browsers do. none follows no redirects. A redirect that is not followed fails the step with http_status.",
        enum: ["follow", "browser", "none"],
        default: REDIRECTS_DEFAULT,
      },
      redirectsMax: {
        type: "integer",
        title: "Most redirects",
        description: "The step fails with redirect_failed if one attempt meets more redirects.",
        minimum: 1,
        maximum: 20,
        default: REDIRECTS_MAX_DEFAULT,
      },
      tls: tlsSchema,
      retry: retrySchema,
      limits: limitsSchema,
      circuitBreaker: breakerSchema,
    },
    required: ["url"],
    additionalProperties: false,
  },
  ports: () => ["out", "error"],
  compile: (config, reader): HttpCallStep => {
    const method = config.method ?? "POST";
    if (config.body !== undefined && METHODS_WITHOUT_BODY.has(method)) {
      reader.report(
        ["body"],
        "body_forbidden",
        `A ${method} request cannot have a body.`,
        "Remove the body, or use POST, PUT, PATCH or DELETE.",
      );
    }
    const retry = retryPolicy(config.retry);
    const request = reader.inRequest(() => ({
      url: readCallUrl(config.url, reader),
      headers: readCallHeaders(config.headers, reader),
      query: Object.entries(config.query ?? {}).map(([name, value]) => ({
        name,
        value: reader.value(["query", name], value),
      })),
      body: config.body === undefined ? null : reader.value(["body"], config.body),
    }));
    return {
      type: "http_call@1",
      method,
      ...request,
      timeoutMs: config.timeoutMs ?? TIMEOUT_MS_DEFAULT,
      responseBytesMax: config.responseBytesMax ?? RESPONSE_BYTES_DEFAULT,
      responseType: config.responseType ?? "auto",
      atMostOnce: config.semantics === "at-most-once",
      redirects: redirectPolicy(config, method, retry),
      retry,
      referenceCount: reader.referenceCount,
      signingKeys: [],
      tls: readTls(config, reader),
      limits: targetLimits(config.limits),
      breaker: breakerPolicy(config.circuitBreaker),
    };
  },
});

function redirectPolicy(config: HttpCallConfig, method: string, retry: RetryPolicy): RedirectPolicy {
  const mode = config.redirects ?? REDIRECTS_DEFAULT;
  const followsAll = mode === "browser" || SAFE_METHODS.has(method);
  const followed = mode === "none" ? [] : followsAll ? [301, 302, 303, 307, 308] : [303, 307, 308];
  const statuses = followed.filter((status) => !retry.onStatus.some(({ from, to }) => status >= from && status <= to));
  return { mode, statuses, max: config.redirectsMax ?? REDIRECTS_MAX_DEFAULT };
}
