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

type JsonObject = { [key: string]: unknown };

/** Problems that every route may answer with. */
const COMMON: readonly ProblemCode[] = ["request_invalid", "unavailable", "internal_error"];
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
      ...spec.problems,
    ]),
  ];
  return {
    operationId: name,
    tags: [spec.tag],
    summary: spec.summary,
    description: spec.scope === null ? "Needs no key." : `Needs a key with scope \`${spec.scope}\`.`,
    ...(spec.scope === null ? { security: [] } : {}),
    parameters: [...parametersOf(spec.params, "path"), ...parametersOf(spec.query, "query")],
    ...(spec.body === undefined
      ? {}
      : {
          requestBody: {
            required: spec.bodyOptional !== true,
            content: { "application/json": { schema: withoutId(spec.body) } },
          },
        }),
    responses: {
      [spec.status]: { description: "Success", ...(spec.status === 204 ? {} : { content }) },
      ...problemResponses(codes),
    },
  };
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
    "signature_invalid",
    "idempotency_key_invalid",
    "idempotency_key_reused",
    "endpoint_not_published",
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
