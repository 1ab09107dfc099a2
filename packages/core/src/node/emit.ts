import type { Json } from "../json.ts";
import type { HttpCallStep, TargetLimits } from "../plan/plan.ts";
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
import { valueSchema } from "./schema-parts.ts";

interface EmitConfig {
  readonly url: string;
  readonly signingKeys: readonly string[];
  readonly headers?: { readonly [name: string]: string };
  readonly body: Json;
  readonly timeoutMs?: number;
  readonly tls?: TlsConfig;
  readonly retry?: Partial<RetryConfig>;
  readonly limits?: Partial<TargetLimits>;
  readonly circuitBreaker?: BreakerConfig;
}

/** Receivers answer as they like, and what they answer says nothing more than its status. */
const RESPONSE_BYTES_MAX = 1_048_576;

/** MeshHook writes them; a value of the author would not fit the signature. */
const SIGNATURE_HEADERS: ReadonlySet<string> = new Set(["webhook-id", "webhook-timestamp", "webhook-signature"]);

export const emit = defineNodeType<EmitConfig>({
  type: "emit@1",
  waits: true,
  title: "Emit",
  description:
    "Sends a webhook that its receiver can verify: a POST signed by Standard Webhooks, with the headers webhook-id, webhook-timestamp and webhook-signature. Every attempt has the same webhook-id, by which the receiver recognizes repeats. Redirects are not followed. The output is that of http_call.",
  configSchema: {
    type: "object",
    title: "Emit",
    properties: {
      url: urlSchema,
      signingKeys: {
        type: "array",
        title: "Signing keys",
        description:
          "The names of the secrets to sign with. While a key is being replaced, name the new and the old one: the request then has both signatures.",
        items: {
          type: "string",
          title: "Secret",
          description:
            "The name of a secret whose value is a Standard Webhooks key: whsec_ and Base64 of 24 to 64 bytes.",
          pattern: "^[A-Za-z_][A-Za-z0-9_]{0,63}$",
        },
        minItems: 1,
        maxItems: 4,
        uniqueItems: true,
      },
      headers: callHeadersSchema,
      body: valueSchema(
        "Body",
        `The payload: any JSON, with {"$jmes": "expression"} and {{ }} holes inside. It is sent as JSON unless the headers name another content type.`,
      ),
      timeoutMs: timeoutSchema,
      tls: tlsSchema,
      retry: retrySchema,
      limits: limitsSchema,
      circuitBreaker: breakerSchema,
    },
    required: ["url", "signingKeys", "body"],
    additionalProperties: false,
  },
  ports: () => ["out", "error"],
  compile: (config, reader): HttpCallStep => {
    for (const name of Object.keys(config.headers ?? {})) {
      if (!SIGNATURE_HEADERS.has(name.toLowerCase())) continue;
      reader.report(
        ["headers", name],
        "header_forbidden",
        `The header "${name.toLowerCase()}" cannot be set.`,
        `Remove "${name}"; MeshHook sets it when it signs the request.`,
      );
    }
    const request = reader.inRequest(() => ({
      url: readCallUrl(config.url, reader),
      headers: readCallHeaders(config.headers, reader),
      body: reader.value(["body"], config.body),
    }));
    return {
      type: "emit@1",
      method: "POST",
      ...request,
      query: [],
      timeoutMs: config.timeoutMs ?? TIMEOUT_MS_DEFAULT,
      responseBytesMax: RESPONSE_BYTES_MAX,
      responseType: "auto",
      atMostOnce: false,
      redirects: { mode: "none", statuses: [], max: 1 },
      retry: retryPolicy(config.retry),
      referenceCount: reader.referenceCount,
      signingKeys: config.signingKeys,
      tls: readTls(config, reader),
      limits: targetLimits(config.limits),
      breaker: breakerPolicy(config.circuitBreaker),
    };
  },
});
