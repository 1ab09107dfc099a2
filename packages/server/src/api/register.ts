import { Readable } from "node:stream";

import { routes, type RouteName, type RouteSpec } from "@meshhook/contract";
import type { EventCursor, Logger } from "@meshhook/runtime";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

import type { Authenticator, Caller } from "../auth.ts";
import type { Console } from "../console/console.ts";
import { HttpProblem } from "../http-problem.ts";
import { codingsOf, unpack } from "../intake/content-coding.ts";
import { readJsonContent } from "../intake/content.ts";
import { LINK_PREFIX } from "../signal-link/signal-links.ts";
import { isAudited, type Acts } from "./acts.ts";
import type { Handlers } from "./answered-route.ts";
import { isKnown, workUnderConditions } from "./conditions.ts";
import { entityTagOf } from "./etag.ts";
import { jsonPieces } from "./json-text.ts";
import { bodyWithKey, keepsAnswers, type NamedRequests } from "./named-requests.ts";
import { problemFrom, sendProblem } from "./problem-answer.ts";
import type { OpenHandlers } from "./session-routes.ts";
import type { EventStreams } from "./streams.ts";
import { requestReader } from "./validate.ts";

/**
 * Their answers contain a secret beside text that a caller may have chosen, so the compressed size would leak the secret (BREACH). They are
 * small.
 */
const HOLDS_SECRETS: ReadonlySet<RouteSpec["tag"]> = new Set(["session", "users", "keys", "endpoints"]);

/** Asks whether webhooks are accepted; 503 means that they are not. */
export const READINESS_PATH = "/readyz";

/** The largest body that the API accepts, in bytes, compressed and decompressed. */
export const API_BODY_BYTES_MAX = 2 * 1_048_576;

interface ApiSources {
  readonly handlers: Handlers;
  readonly openHandlers: OpenHandlers;
  readonly streams: EventStreams;
  readonly authenticator: Authenticator;
  readonly acts: Acts;
  readonly named: NamedRequests;
  readonly console: Console | null;
  readonly log: Logger;
}

/** Registers every route of the contract: authenticate, check, handle, answer. */
export function registerApi(app: FastifyInstance, sources: ApiSources): void {
  const { handlers, openHandlers, streams, authenticator, acts, named, console, log } = sources;
  for (const [name, spec] of Object.entries<RouteSpec>(routes)) {
    const { scope } = spec;
    const compress = HOLDS_SECRETS.has(spec.tag) ? (false as const) : undefined;
    const check = requestReader(spec);
    const read = (request: FastifyRequest) =>
      check({ path: request.params, query: request.query, body: bodyWithKey(spec, request) });
    const url = `/api/v1${spec.path.replace(/\{(\w+)\}/g, ":$1")}`;
    if (scope === null || name in openHandlers) {
      const handle = openHandlerOf(openHandlers, name);
      app.route({
        method: spec.method,
        url,
        ...(compress === undefined ? {} : { compress }),
        handler: async (request, reply) => {
          // Whoever may not call it does not learn what it takes.
          if (scope !== null) await authenticator.caller(request, { scope }, true);
          return answer(spec, request, reply, await handle(read(request), request, reply));
        },
      });
      continue;
    }
    const handle = handlerOf(handlers, name);
    const needs = { scope, ...(spec.role === undefined ? {} : { role: spec.role }) };
    const isRecorded = isAudited(name, spec);
    const isKept = keepsAnswers(spec);
    app.route({
      method: spec.method,
      url,
      ...(compress === undefined ? {} : { compress }),
      handler: async (request, reply) => {
        const caller = await authenticator.caller(request, needs, name === "getSession");
        const input = read(request);
        if (request.method === "HEAD" && wantsStream(spec, request)) return sendStreamHead(reply);
        if (wantsStream(spec, request)) {
          const isAllowed = (): Promise<boolean> =>
            authenticator.caller(request, needs).then(
              ({ projectId }) => projectId === caller.projectId,
              // A database that is away takes nobody's rights.
              (error: unknown) => !(error instanceof HttpProblem),
            );
          return follow(streams, handlers, caller, input, request, reply, isAllowed);
        }
        if (handle === null)
          throw new HttpProblem("request_invalid", "This is an event stream; send Accept: text/event-stream");
        const work = (): Promise<unknown> => workUnderConditions(spec, request.headers, () => handle(caller, input));
        const asked = { name: name as RouteName, caller, input, request };
        const recorded = (): Promise<unknown> =>
          isRecorded ? acts.record(asked.name, caller, input, request, work) : work();
        if (!isKept) return answer(spec, request, reply, await recorded());
        const { body, isRepeat } = await named.once(asked, recorded);
        if (isRepeat) reply.header("meshhook-duplicate", "true");
        return answer(spec, request, reply, body);
      },
    });
  }
  app.setNotFoundHandler((request, reply) => {
    if (console?.takesNotFound(request) === true) return console.sendNotFound(request, reply);
    const detail = `There is no ${request.method} ${pathOf(request)}; /docs lists all routes`;
    return sendProblem(request, reply, new HttpProblem("not_found", detail));
  });
  app.setErrorHandler((error, request, reply) => sendProblem(request, reply, problemFrom(error, request.id, log)));
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, readJson);
  app.addHook("onRequest", (request, reply, done) => {
    reply.header("x-request-id", request.id).header("x-content-type-options", "nosniff");
    done();
  });
  app.addHook("onResponse", (request, reply, done) => {
    const details = {
      requestId: request.id,
      method: request.method,
      path: loggedPathOf(request),
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime),
    };
    // An open console sends requests every few seconds, which would bury everything else in the log, including the admin key of the first
    // start. So would an orchestrator's, and "not ready" answers its question.
    const isExpected = request.routeOptions.url === READINESS_PATH || console?.hasAskedToWait(reply) === true;
    if (reply.statusCode >= 500 && !isExpected) log.warn(details, "request failed");
    else log.debug(details, "request");
    done();
  });
}

async function answer(
  spec: RouteSpec,
  request: FastifyRequest,
  reply: FastifyReply,
  body: unknown,
): Promise<FastifyReply> {
  if (spec.status === 204) return reply.code(204).send();
  reply.code(spec.status).header("cache-control", "no-store");
  if (typeof body !== "object" || body === null) return reply.send(body);
  const pieces = await jsonPieces(body);
  reply.type("application/json; charset=utf-8");
  const [only = ""] = pieces;
  // A long answer goes out piece by piece; a hash of all of it would hold up others.
  if (pieces.length > 1) return reply.send(Readable.from(pieces, { objectMode: false }));
  const isRead = spec.method === "GET";
  if (isRead || spec.conditional === true) reply.header("etag", entityTagOf(body, only));
  if (isRead && isKnown(request.headers, String(reply.getHeader("etag")))) return reply.code(304).send();
  return reply.send(only);
}

/** The handler of a route that needs no key, or looks for its caller itself. */
function openHandlerOf(
  handlers: OpenHandlers,
  name: string,
): (input: { readonly [name: string]: unknown }, request: FastifyRequest, reply: FastifyReply) => Promise<unknown> {
  const table: {
    readonly [name: string]: (input: never, request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
  } = { ...handlers };
  const handler = table[name];
  if (handler === undefined) throw new Error(`route ${name} has no handler that takes the request`);
  return (input, request, reply) => handler(input as never, request, reply);
}

/** The handler of a route that answers with JSON; null for a route that only streams. Its input was checked by the route's schemas. */
function handlerOf(
  handlers: Handlers,
  name: string,
): ((caller: Caller, input: { readonly [name: string]: unknown }) => Promise<unknown>) | null {
  const table: { readonly [name: string]: (caller: Caller, input: never) => Promise<unknown> } = handlers;
  const handler = table[name];
  return handler === undefined ? null : (caller, input) => handler(caller, input as never);
}

/** Without the query, which may contain what people searched for. */
function pathOf(request: FastifyRequest): string {
  return request.url.split("?", 1)[0] ?? "";
}

/** Whoever knows the path of a link can use it, so it does not go into the log. */
function loggedPathOf(request: FastifyRequest): string {
  const path = pathOf(request);
  return path.startsWith(LINK_PREFIX) ? `${LINK_PREFIX}…` : path;
}

/** Read like a webhook's body: same codings, same limits, same problem codes. An empty body counts as none. */
async function readJson(request: FastifyRequest, body: string | Buffer): Promise<unknown> {
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  const codings = codingsOf(request.headers["content-encoding"]);
  const plain = codings.length === 0 ? bytes : await unpack(bytes, codings, API_BODY_BYTES_MAX, "api");
  return readJsonContent(request.headers["content-type"], plain);
}

/** The headers that a GET would get, without holding an empty stream open. */
function sendStreamHead(reply: FastifyReply): FastifyReply {
  return reply.type("text/event-stream; charset=utf-8").header("cache-control", "no-store").send();
}

function wantsStream(spec: RouteSpec, request: FastifyRequest): boolean {
  return (
    spec.stream === "only" || (spec.stream === "also" && request.headers.accept?.includes("text/event-stream") === true)
  );
}

async function follow(
  streams: EventStreams,
  handlers: Handlers,
  caller: Caller,
  input: { readonly [name: string]: unknown },
  request: FastifyRequest,
  reply: FastifyReply,
  isAllowed: () => Promise<boolean>,
): Promise<FastifyReply> {
  const lastId = request.headers["last-event-id"];
  const after =
    typeof lastId === "string" && lastId !== "" ? lastId : typeof input["after"] === "string" ? input["after"] : null;
  const runId = input["runId"];
  const hasOutputs = input["outputs"] !== false;
  streams.requireRoom(caller.projectId);
  if (typeof runId !== "string") {
    if (after !== null && !/^[!-~]{1,200}$/.test(after))
      throw new HttpProblem("cursor_invalid", "Last-Event-ID is not an id of this stream");
    reply.hijack();
    streams.followProject(caller.projectId, after, hasOutputs, { response: reply.raw, isAllowed });
    return reply;
  }
  const cursor = cursorOf(after);
  // Checked here, while the answer can still be a problem document.
  const { items } = await handlers.listFacts(caller, { runId });
  const lastSeq = items[items.length - 1]?.seq ?? 0;
  if (cursor !== null && cursor.seq > lastSeq)
    throw new HttpProblem("cursor_invalid", `The run has no segment ${cursor.seq} yet; its last one is ${lastSeq}`);
  reply.hijack();
  streams.followRun(caller.projectId, runId, cursor, hasOutputs, { response: reply.raw, isAllowed });
  return reply;
}

function cursorOf(text: string | null): EventCursor | null {
  if (text === null) return null;
  const match = /^(\d{1,9})\.(\d{1,9})$/.exec(text);
  if (match === null)
    throw new HttpProblem("cursor_invalid", `The cursor "${text.slice(0, 40)}" is not <seq>.<position>`);
  return { seq: Number(match[1]), position: Number(match[2]) };
}
