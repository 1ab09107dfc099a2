import { quote } from "../error/issue.ts";
import type { Json } from "../json.ts";
import type { HttpCallStep, RedirectPolicy, RetryPolicy, StatusMatch } from "../plan/plan.ts";
import { checkCallUrl, checkText } from "./call-url.ts";
import type { ConfigReader } from "./config-reader.ts";
import { readHeaders } from "./header-list.ts";
import { defineNodeType } from "./node-type.ts";
import { expressionSchema, templateSchema, valueSchema } from "./schema-parts.ts";

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
  readonly retry?: Partial<RetryConfig>;
}

interface RetryConfig extends Omit<RetryPolicy, "onStatus" | "onTimeout" | "onNetwork"> {
  readonly on: readonly string[];
}

const RETRY_DEFAULT: RetryConfig = {
  attemptsMax: 5,
  baseMs: 500,
  factor: 2,
  capMs: 60_000,
  jitter: "full",
  elapsedMsMax: 3_600_000,
  honorRetryAfter: true,
  on: ["timeout", "network", "408", "429", "5xx"],
};

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
const METHODS_WITHOUT_BODY = new Set(["GET", "HEAD"]);
const TIMEOUT_MS_DEFAULT = 30_000;
const RESPONSE_BYTES_DEFAULT = 1_048_576;
const REDIRECTS_DEFAULT = "follow";
const REDIRECTS_MAX_DEFAULT = 5;
/** Safe methods (RFC 9110 9.2.1): no redirect changes their meaning. */
const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/** Set by MeshHook (`host`, `content-length`, `idempotency-key`) or by the connection's own rules (RFC 9110 7.6.1). */
const FORBIDDEN_HEADERS = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "idempotency-key",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

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
      url: {
        type: "string",
        title: "URL",
        description:
          "An absolute URL. The scheme and the host are literal; after the host, {{ }} holes may follow, and their values are percent-encoded.",
        minLength: 1,
        maxLength: 8192,
        "x-ui": "template",
      },
      headers: {
        type: "object",
        title: "Headers",
        description: "The request headers by name. Values may have {{ }} holes.",
        default: {},
        maxProperties: 64,
        additionalProperties: templateSchema("Value", "The header's value."),
      },
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
        `Any JSON, with {"$jmes": "expression"} and {{ }} holes inside. It is sent as JSON unless the headers name another content type. For application/x-www-form-urlencoded, give an object of fields, or text whose holes are percent-encoded. In XML and HTML, holes are escaped. If omitted, the request has no body.`,
      ),
      timeoutMs: {
        type: "integer",
        title: "Timeout in milliseconds",
        description:
          "The longest time from when a connection is free to the last byte of the answer, including redirects.",
        minimum: 100,
        maximum: 300_000,
        default: TIMEOUT_MS_DEFAULT,
      },
      responseBytesMax: {
        type: "integer",
        title: "Largest answer in bytes",
        description: "The step fails if the body of the answer is larger once it is unpacked.",
        minimum: 0,
        maximum: 8_388_608,
        default: RESPONSE_BYTES_DEFAULT,
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
      retry: {
        type: "object",
        title: "Retry",
        description: "When and how often a failed attempt is retried.",
        default: {},
        properties: {
          attemptsMax: {
            type: "integer",
            title: "Attempts",
            description: "The largest number of attempts, including the first.",
            minimum: 1,
            maximum: 100,
            default: RETRY_DEFAULT.attemptsMax,
          },
          baseMs: {
            type: "integer",
            title: "First wait in milliseconds",
            description: "The wait before the second attempt.",
            minimum: 0,
            maximum: 3_600_000,
            default: RETRY_DEFAULT.baseMs,
          },
          factor: {
            type: "number",
            title: "Factor",
            description: "Each wait is the previous one multiplied by this factor.",
            minimum: 1,
            maximum: 10,
            default: RETRY_DEFAULT.factor,
          },
          capMs: {
            type: "integer",
            title: "Longest wait in milliseconds",
            description: "The upper limit for a wait.",
            minimum: 0,
            maximum: 86_400_000,
            default: RETRY_DEFAULT.capMs,
          },
          jitter: {
            type: "string",
            title: "Jitter",
            description:
              "full picks each wait at random between 0 and its length, so that many runs do not retry at once.",
            enum: ["full", "none"],
            default: RETRY_DEFAULT.jitter,
          },
          elapsedMsMax: {
            type: "integer",
            title: "Longest time in milliseconds",
            description: "No attempt starts later than this after the first one started.",
            minimum: 0,
            maximum: 604_800_000,
            default: RETRY_DEFAULT.elapsedMsMax,
          },
          honorRetryAfter: {
            type: "boolean",
            title: "Honor Retry-After",
            description: "Wait at least as long as the answer's Retry-After header asks for.",
            default: RETRY_DEFAULT.honorRetryAfter,
          },
          on: {
            type: "array",
            title: "Retry on",
            description:
              "timeout, network (including unreadable answers), a status such as 429, or a class such as 5xx. A redirect whose status is listed here is retried instead of followed.",
            items: {
              type: "string",
              title: "Reason",
              description: "timeout, network, a status from 300 to 599, or one of 3xx, 4xx, 5xx.",
              pattern: "^(timeout|network|[345][0-9][0-9]|[345]xx)$",
            },
            maxItems: 64,
            uniqueItems: true,
            default: [...RETRY_DEFAULT.on],
          },
        },
        additionalProperties: false,
      },
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
    const retry = retryPolicy({ ...RETRY_DEFAULT, ...config.retry });
    return {
      type: "http_call@1",
      method,
      url: readUrl(config.url, reader),
      headers: readHeaders(config.headers ?? {}, ["headers"], whyForbidden, reader),
      query: Object.entries(config.query ?? {}).map(([name, value]) => ({
        name,
        value: reader.value(["query", name], value),
      })),
      body: config.body === undefined ? null : reader.value(["body"], config.body),
      timeoutMs: config.timeoutMs ?? TIMEOUT_MS_DEFAULT,
      responseBytesMax: config.responseBytesMax ?? RESPONSE_BYTES_DEFAULT,
      atMostOnce: config.semantics === "at-most-once",
      redirects: redirectPolicy(config, method, retry),
      retry,
    };
  },
});

function readUrl(text: string, reader: ConfigReader): HttpCallStep["url"] {
  const before = reader.issues.length;
  const url = reader.template(["url"], text);
  if (reader.issues.length > before) return url;
  const [head] = url.parts;
  const rest = url.parts.slice(1).filter((part) => typeof part === "string");
  const problem =
    checkCallUrl(typeof head === "string" ? head : "", url.parts.length > 1) ??
    rest.map(checkText).find((found) => found !== null);
  if (problem !== null && problem !== undefined) {
    reader.report(
      ["url"],
      "url_invalid",
      `The URL ${quote(text)} cannot be called: ${problem}.`,
      "Write an absolute URL such as https://api.example.com/items/{{ input.id }}.",
    );
  }
  return url;
}

function whyForbidden(header: string): string | null {
  return FORBIDDEN_HEADERS.has(header) || header.startsWith("proxy-") ? "MeshHook or the connection sets it" : null;
}

function redirectPolicy(config: HttpCallConfig, method: string, retry: RetryPolicy): RedirectPolicy {
  const mode = config.redirects ?? REDIRECTS_DEFAULT;
  const followsAll = mode === "browser" || SAFE_METHODS.has(method);
  const followed = mode === "none" ? [] : followsAll ? [301, 302, 303, 307, 308] : [303, 307, 308];
  const statuses = followed.filter((status) => !retry.onStatus.some(({ from, to }) => status >= from && status <= to));
  return { mode, statuses, max: config.redirectsMax ?? REDIRECTS_MAX_DEFAULT };
}

function retryPolicy({ on, ...policy }: RetryConfig): RetryPolicy {
  return {
    ...policy,
    onStatus: on.flatMap(statusMatch),
    onTimeout: on.includes("timeout"),
    onNetwork: on.includes("network"),
  };
}

function statusMatch(reason: string): StatusMatch[] {
  if (/^[345]xx$/.test(reason)) return [{ from: Number(reason[0]) * 100, to: Number(reason[0]) * 100 + 99 }];
  return /^\d{3}$/.test(reason) ? [{ from: Number(reason), to: Number(reason) }] : [];
}
