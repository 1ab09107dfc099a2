import { randomUUID } from "node:crypto";

import { routes, type RouteSpec } from "@meshhook/contract";
import { isRunId } from "@meshhook/core";
import type { ApiKey } from "@meshhook/journal";
import { JournalUnavailable } from "@meshhook/journal";
import type { EventCursor } from "@meshhook/runtime";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

import type { Authenticator } from "../auth.ts";
import { HttpProblem, problemOf } from "../http-problem.ts";
import type { Handlers } from "./handlers.ts";
import type { EventStreams } from "./streams.ts";
import { requestReader } from "./validate.ts";

interface ApiSources {
  readonly handlers: Handlers;
  readonly streams: EventStreams;
  readonly authenticator: Authenticator;
  readonly onDefect: (error: unknown) => void;
}

type AnyHandler = (caller: ApiKey, input: { readonly [name: string]: unknown }) => Promise<unknown>;

/** Registers every route of the contract: authenticate, check, handle, answer. */
export function registerApi(app: FastifyInstance, sources: ApiSources): void {
  const { handlers, streams, authenticator } = sources;
  for (const [name, spec] of Object.entries<RouteSpec>(routes)) {
    const read = requestReader(spec);
    const handle = (handlers as unknown as { readonly [name: string]: AnyHandler })[name];
    app.route({
      method: spec.method,
      url: `/api/v1${spec.path.replace(/\{(\w+)\}/g, ":$1")}`,
      handler: async (request, reply) => {
        const caller = await authenticator.caller(request.headers.authorization, spec.scope);
        const input = read({ path: request.params, query: request.query, body: request.body });
        if (wantsStream(spec, request)) return follow(streams, handlers, caller, input, request, reply);
        if (handle === undefined) throw new HttpProblem("request_invalid", "this is an event stream; send Accept: text/event-stream");
        const answer = await handle(caller, input);
        if (spec.status === 204) return reply.code(204).send();
        return reply.code(spec.status).header("cache-control", "no-store").send(answer);
      },
    });
  }
  app.setNotFoundHandler((request, reply) => sendProblem(request, reply, new HttpProblem("not_found", `there is no ${request.method} ${request.url.split("?")[0]}; /docs lists all routes`)));
  app.setErrorHandler((error, request, reply) => sendProblem(request, reply, problemFrom(error, sources.onDefect)));
}

function wantsStream(spec: RouteSpec, request: FastifyRequest): boolean {
  return spec.stream === "only" || (spec.stream === "also" && request.headers.accept?.includes("text/event-stream") === true);
}

async function follow(
  streams: EventStreams,
  handlers: Handlers,
  caller: ApiKey,
  input: { readonly [name: string]: unknown },
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const lastId = request.headers["last-event-id"];
  const after = typeof lastId === "string" && lastId !== "" ? lastId : typeof input["after"] === "string" ? input["after"] : null;
  const runId = input["runId"];
  if (typeof runId !== "string") {
    if (after !== null && !/^[!-~]{1,200}$/.test(after)) throw new HttpProblem("cursor_invalid", "Last-Event-ID is not an id of this stream");
    reply.hijack();
    streams.followProject(caller.projectId, after, reply.raw);
    return reply;
  }
  const cursor = cursorOf(after);
  // Told apart here, while the answer can still be a problem document.
  if (!isRunId(runId)) throw new HttpProblem("not_found", `there is no run "${runId}" in this project`);
  await handlers.listFacts(caller, { runId });
  reply.hijack();
  streams.followRun(caller.projectId, runId, cursor, reply.raw);
  return reply;
}

function cursorOf(text: string | null): EventCursor | null {
  if (text === null) return null;
  const match = /^(\d{1,9})\.(\d{1,9})$/.exec(text);
  if (match === null) throw new HttpProblem("cursor_invalid", `"${text.slice(0, 40)}" is not <seq>.<position>`);
  return { seq: Number(match[1]), position: Number(match[2]) };
}

/** What Fastify itself refuses, by its own codes. */
const FRAMEWORK_PROBLEMS = new Map<string, HttpProblem>([
  ["FST_ERR_CTP_BODY_TOO_LARGE", new HttpProblem("body_too_large", "the body has more than 2 MiB, which is what the API takes")],
  ["FST_ERR_CTP_INVALID_MEDIA_TYPE", new HttpProblem("content_type_unsupported", "the API reads application/json in UTF-8")],
  ["FST_ERR_CTP_EMPTY_JSON_BODY", new HttpProblem("json_invalid", "the body is empty; send JSON")],
  ["FST_ERR_CTP_INVALID_JSON_BODY", new HttpProblem("json_invalid", "the body is not JSON")],
  ["FST_ERR_CTP_INVALID_CONTENT_LENGTH", new HttpProblem("bad_request", "Content-Length is not the length of the body")],
]);

function problemFrom(error: unknown, onDefect: (error: unknown) => void): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error instanceof JournalUnavailable) return new HttpProblem("unavailable", "the database cannot be reached; try again", { retryAfterS: 2 });
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const known = FRAMEWORK_PROBLEMS.get(code);
  if (known !== undefined) return known;
  if (error instanceof SyntaxError) return new HttpProblem("json_invalid", `the body is not JSON: ${error.message}`);
  onDefect(error);
  return new HttpProblem("internal_error", "a bug in MeshHook; the log has the details under the request id");
}

function sendProblem(_request: FastifyRequest, reply: FastifyReply, problem: HttpProblem): FastifyReply {
  const requestId = randomUUID();
  reply.code(problem.status).type("application/problem+json");
  if (problem.status === 401) reply.header("www-authenticate", "Bearer");
  if (problem.retryAfterS !== null) reply.header("retry-after", String(problem.retryAfterS));
  return reply.send(JSON.stringify(problemOf(problem.code, { detail: problem.message, requestId, issues: problem.issues })));
}
