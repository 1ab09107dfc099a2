import {
  DeliveryAnswerSchema,
  EventSchema,
  problems,
  ProblemSchema,
  routes,
  SESSION_COOKIE,
  type ProblemCode,
  type RouteSpec,
} from "@meshhook/contract";

import { keepsAnswers } from "./named-requests.ts";

type JsonObject = { [key: string]: unknown };

/** Problems that every route may answer with. */
const COMMON: readonly ProblemCode[] = [
  "bad_request",
  "request_invalid",
  "headers_too_large",
  "request_timeout",
  "unavailable",
  "outcome_unknown",
  "internal_error",
];
/** Problems of every request with a body, which is read whether the route has one or not. */
const OF_BODIES: readonly ProblemCode[] = [
  "body_too_large",
  "content_type_unsupported",
  "content_encoding_unsupported",
  "content_encoding_invalid",
  "body_not_utf8",
  "body_not_in_charset",
  "json_invalid",
  "json_too_deep",
  "json_too_large",
  "json_number_range",
  "overloaded",
];
/** Problems of a request that names itself. */
const OF_KEYS: readonly ProblemCode[] = [
  "idempotency_key_invalid",
  "request_differs",
  "request_in_progress",
  "overloaded",
];
/** Problems of every route that authenticates the caller. */
const IDENTIFIED: readonly ProblemCode[] = ["unauthenticated", "scope_insufficient"];

/** The OpenAPI 3.1 document, made from the contract's route list: what is registered is what is described. */
export function openApiDocument(version: string, sessionCookie = `${SESSION_COOKIE}_…`): JsonObject {
  const paths: { [path: string]: JsonObject } = {};
  for (const [name, spec] of Object.entries<RouteSpec>(routes)) {
    const path = `/api/v1${spec.path}`;
    (paths[path] ??= {})[spec.method.toLowerCase()] = operationOf(name, spec);
  }
  paths["/hooks/{token}"] = { post: intakeOperation(), get: verificationOperation() };
  return {
    openapi: "3.1.0",
    info: {
      title: "MeshHook",
      version,
      description:
        "Webhook-first, deterministic, Postgres-native workflow engine. Every error answer is a problem document (RFC 9457).",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    tags: [
      "session",
      "operations",
      "alerts",
      "projects",
      "keys",
      "secrets",
      "audit",
      "workflows",
      "endpoints",
      "deliveries",
      "runs",
      "jobs",
      "reports",
      "webhooks",
    ].map((tag) => ({
      name: tag,
    })),
    security: [{ apiKey: [] }, { session: [] }],
    paths,
    components: {
      securitySchemes: {
        apiKey: { type: "http", scheme: "bearer", description: "An API key: mh_…" },
        session: {
          type: "apiKey",
          in: "cookie",
          name: sessionCookie,
          description: "A session, for browsers: made by `POST /api/v1/session`.",
        },
      },
      schemas: { Problem: withoutId(ProblemSchema), Event: withoutId(EventSchema) },
    },
  };
}

function operationOf(name: string, spec: RouteSpec): JsonObject {
  const content: JsonObject = {};
  if (spec.stream !== "only") content["application/json"] = { schema: withoutId(spec.answer) };
  if (spec.stream !== undefined)
    content["text/event-stream"] = {
      schema: { type: "string", description: "Server-sent events; `data:` holds an Event." },
    };
  const codes = [
    ...new Set([
      ...COMMON,
      ...(spec.scope === null ? [] : IDENTIFIED),
      ...(spec.scope === null || spec.method === "GET" ? [] : ["cross_site_request" as const]),
      ...(spec.scope === null || spec.method === "GET" ? [] : ["precondition_failed" as const]),
      ...(keepsAnswers(spec) ? OF_KEYS : []),
      ...(spec.keyField === undefined ? [] : ["idempotency_key_invalid" as const]),
      ...(spec.method === "GET" ? [] : OF_BODIES),
      ...spec.problems,
    ]),
  ];
  return {
    operationId: name,
    tags: [spec.tag],
    summary: spec.summary,
    description: spec.scope === null ? "Needs no key." : `Needs a key with scope \`${spec.scope}\`.`,
    ...(spec.scope === null ? { security: [] } : {}),
    parameters: [
      ...parametersOf(spec.params, "path"),
      ...parametersOf(spec.query, "query"),
      ...headerParametersOf(spec),
    ],
    ...(spec.body === undefined
      ? {}
      : {
          requestBody: {
            required: spec.bodyOptional !== true,
            content: { "application/json": { schema: withoutId(spec.body) } },
          },
        }),
    responses: {
      [spec.status]: {
        description: "Success",
        headers: { "x-request-id": REQUEST_ID, ...(hasTag(spec) ? { etag: ETAG } : {}), ...repeatHeaders(spec) },
        ...(spec.status === 204 ? {} : { content }),
      },
      ...(hasTag(spec) && spec.method === "GET"
        ? { 304: { description: "The answer is the one that `If-None-Match` names", headers: { etag: ETAG } } }
        : {}),
      ...problemResponses(codes),
    },
  };
}

const REQUEST_ID = {
  description: "The request's id, as logs and problems have it",
  schema: { type: "string" },
} as const;
const ETAG = {
  description: "The answer's entity tag; where it shows a state, it begins with `etag` of the body",
  schema: { type: "string" },
} as const;
const RETRY_AFTER = { description: "Seconds to wait before the request is sent again", schema: { type: "integer" } };

/** An event stream has no end to take a hash of. */
function hasTag({ method, conditional, status, stream }: RouteSpec): boolean {
  return status !== 204 && stream !== "only" && (method === "GET" || conditional === true);
}

function repeatHeaders(spec: RouteSpec): JsonObject {
  if (!keepsAnswers(spec)) return {};
  const description = "`true`: the answer to an earlier request with the same idempotency key";
  return { "meshhook-duplicate": { description, schema: { type: "string", enum: ["true"] } } };
}

function headerParametersOf(spec: RouteSpec): JsonObject[] {
  const header = (name: string, description: string, example: string): JsonObject => ({
    name,
    in: "header",
    required: false,
    description,
    schema: { type: "string" },
    example,
  });
  const tag = '"Bo3uVxPYiKz0bQ2dW5o1Zg"';
  return [
    ...(spec.conditional === true
      ? [
          header("if-match", "The change is made only if the state is one of these; `*`: if there is something.", tag),
          header(
            "if-none-match",
            "The change is made only if the state is none of these; `*`: if there is nothing.",
            "*",
          ),
        ]
      : []),
    ...(hasTag(spec) && spec.method === "GET"
      ? [header("if-none-match", "Answered 304 if the answer would be one of these.", tag)]
      : []),
    ...(keepsAnswers(spec) || spec.keyField !== undefined
      ? [
          {
            ...header(
              "idempotency-key",
              "Names the request: sent again with the same key, it has no second effect and gets the same answer, for a day.",
              "7f9c2ba4-e88f-4b3c-a4d1-0c1f7d2b9a10",
            ),
            schema: { type: "string", minLength: 1, maxLength: 255 },
          },
        ]
      : []),
    ...(spec.stream === undefined
      ? []
      : [header("last-event-id", "Where a stream goes on: the id of the last event that was received.", "3.0")]),
  ];
}

function parametersOf(schema: RouteSpec["params"], place: "path" | "query"): JsonObject[] {
  const required = new Set(schema?.required ?? []);
  return Object.entries(schema?.properties ?? {}).map(([name, property]) => ({
    name,
    in: place,
    required: place === "path" || required.has(name),
    schema: withoutId(property),
  }));
}

function problemResponses(codes: readonly ProblemCode[]): JsonObject {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of codes) byStatus.set(problems[code].status, [...(byStatus.get(problems[code].status) ?? []), code]);
  const responses: JsonObject = {};
  for (const [status, group] of byStatus) {
    responses[status] = {
      description: group.map((code) => `\`${code}\`: ${problems[code].title}`).join("; "),
      ...(status === 429 || status === 503 ? { headers: { "retry-after": RETRY_AFTER } } : {}),
      content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
    };
  }
  return responses;
}

function intakeOperation(): JsonObject {
  const codes: ProblemCode[] = [
    "not_found",
    "method_not_allowed",
    "body_too_large",
    "content_type_unsupported",
    "content_encoding_unsupported",
    "content_encoding_invalid",
    "body_not_utf8",
    "body_not_in_charset",
    "query_not_utf8",
    "multipart_invalid",
    "too_many_fields",
    "json_invalid",
    "json_too_deep",
    "json_too_large",
    "json_number_range",
    "bad_request",
    "headers_too_large",
    "request_timeout",
    "transfer_coding_unsupported",
    "expectation_failed",
    "address_not_allowed",
    "signature_invalid",
    "body_not_allowed",
    "cloudevent_invalid",
    "payload_invalid",
    "delivery_key_invalid",
    "idempotency_key_invalid",
    "idempotency_key_reused",
    "endpoint_not_published",
    "endpoint_paused",
    "rate_limited",
    "overloaded",
    "unavailable",
    "outcome_unknown",
    "run_failed",
    "internal_error",
  ];
  const answer = withoutId(DeliveryAnswerSchema);
  const content = { "application/json": { schema: answer } };
  return {
    operationId: "deliver",
    tags: ["webhooks"],
    summary: "Send a webhook; answered once it is durable",
    security: [],
    parameters: [
      { name: "token", in: "path", required: true, schema: { type: "string" } },
      { name: "idempotency-key", in: "header", required: false, schema: { type: "string", maxLength: 255 } },
    ],
    requestBody: {
      required: false,
      content: {
        "application/json": { schema: {} },
        "application/x-www-form-urlencoded": { schema: {} },
        "multipart/form-data": { schema: {} },
        "application/xml": { schema: { type: "string" } },
        "text/*": { schema: { type: "string" } },
      },
    },
    responses: {
      202: { description: "The delivery is durable; the run continues", content },
      200: { description: "The delivery was a repeat, or the endpoint answers with the run's result", content },
      ...problemResponses(codes),
      default: {
        description:
          "Where the endpoint answers with the workflow's responses: any status from 200 to 599, with the headers and the body of the workflow. `meshhook-run-id` tells such an answer from those of MeshHook",
        headers: {
          "meshhook-run-id": { description: "The run", schema: { type: "string" } },
          "meshhook-duplicate": { description: "`true` if the key was used before", schema: { type: "string" } },
          "meshhook-same-body": {
            description: "`false` if the key was used before with another body",
            schema: { type: "string" },
          },
        },
      },
    },
  };
}

function verificationOperation(): JsonObject {
  const codes: ProblemCode[] = [
    "not_found",
    "method_not_allowed",
    "verify_token_wrong",
    "verification_unrecognized",
    "query_not_utf8",
  ];
  return {
    operationId: "verify",
    tags: ["webhooks"],
    summary: "Answer a provider's verification request, or confirm that the address exists; no run starts",
    security: [],
    parameters: [
      { name: "token", in: "path", required: true, schema: { type: "string" } },
      ...["hub.mode", "hub.challenge", "hub.verify_token", "challenge", "validationToken"].map((name) => ({
        name,
        in: "query",
        required: false,
        schema: { type: "string" },
      })),
    ],
    responses: {
      200: { description: "The challenge", content: { "text/plain": { schema: { type: "string" } } } },
      ...problemResponses(codes),
    },
  };
}

/** `$id` would make the schema a separate resource inside the document. */
function withoutId(schema: object): object {
  const copy = JSON.parse(JSON.stringify(schema)) as JsonObject;
  delete copy["$id"];
  return copy;
}
