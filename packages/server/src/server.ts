import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";

import compress from "@fastify/compress";
import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import { problems, type Problem, type ProblemCode } from "@meshhook/contract";
import type {
  Alerts,
  Audit,
  Catalog,
  Jobs,
  Journal,
  KeptAnswers,
  Monitor,
  People,
  Statistics,
  Vault,
} from "@meshhook/journal";
import {
  EgressPolicy,
  HttpCaller,
  Keyring,
  SecretBox,
  systemClock,
  type Engine,
  type Logger,
  type PlanCache,
} from "@meshhook/runtime";
import fastify, { type FastifyInstance } from "fastify";

import { AlertSender } from "./alerts/alert-sender.ts";
import { AlertService } from "./alerts/alert-service.ts";
import { Mailer, type MailOptions } from "./alerts/mailer.ts";
import { Acts } from "./api/acts.ts";
import { problemFrom, sendProblem } from "./api/problem-answer.ts";
import { API_BODY_BYTES_MAX, READINESS_PATH, registerApi } from "./api/register.ts";
import { MethodTable } from "./api/methods.ts";
import { NamedRequests } from "./api/named-requests.ts";
import { EndpointSignatures } from "./api/endpoint-signature.ts";
import { createHealthHandler } from "./api/health-routes.ts";
import { createHandlers } from "./api/handlers.ts";
import { Cursors } from "./api/cursor.ts";
import { openApiDocument } from "./api/open-api.ts";
import { createOpenHandlers } from "./api/session-routes.ts";
import { EventStreams } from "./api/streams.ts";
import { Failures } from "./api/failures.ts";
import { Reruns } from "./api/reruns.ts";
import { Authenticator } from "./auth.ts";
import { Console } from "./console/console.ts";
import { innerConnections } from "./deliveries/inner-connection.ts";
import { TestDeliveries } from "./deliveries/test-deliveries.ts";
import { openDoor, type Door } from "./door.ts";
import { waitForFirstBytes, type TlsSource } from "./first-byte.ts";
import { HealthCheck } from "./health/health-check.ts";
import { problemOf } from "./http-problem.ts";
import { Passwords } from "./identity/passwords.ts";
import { Provider, type ProviderSettings } from "./identity/provider.ts";
import { SignInDelays } from "./identity/sign-in-delays.ts";
import { TokenIdentities, type TokenSettings } from "./identity/token-identities.ts";
import { AddressList } from "./intake/acceptance/address-list.ts";
import { RateBuckets } from "./intake/acceptance/rate-limits.ts";
import { BodyMemory } from "./intake/body-memory.ts";
import { Intake, INTAKE_PREFIX } from "./intake/intake.ts";
import { requestFault } from "./intake/request-fault.ts";
import { plainTarget } from "./intake/request-target.ts";
import { JobRunner } from "./jobs/job-runner.ts";
import { RunSelection } from "./jobs/run-selection.ts";
import { Metrics } from "./metrics.ts";
import { renderTogether, type MetricsSnapshot, type Siblings } from "./metrics-together.ts";
import { Realtime, type RealtimeTarget } from "./realtime/realtime.ts";
import { Redactions } from "./redaction/open-redaction.ts";
import { RejectionLog } from "./rejections.ts";
import { registerReportFiles } from "./reports/report-files.ts";
import { Reports } from "./reports/reports.ts";
import { RouteTable } from "./route-table.ts";
import { SecretKeys } from "./secret-keys.ts";
import { Sessions } from "./sessions.ts";
import { registerSignalLinks } from "./signal-link/register-links.ts";
import { SignalLinks } from "./signal-link/signal-links.ts";
import { KeySets } from "./signature/key-sets.ts";

export interface ServerOptions {
  readonly engine: Engine;
  readonly journal: Journal;
  readonly catalog: Catalog;
  readonly jobs: Jobs;
  readonly vault: Vault;
  readonly audit: Audit;
  readonly answers: KeptAnswers;
  readonly monitor: Monitor;
  readonly statistics: Statistics;
  readonly alerts: Alerts;
  readonly people: People;
  readonly plans: PlanCache;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Holds the address already, or shares it with others; leads to the server when that is ready. */
  readonly door?: Door;
  /** The other processes on the same port, of which any may be asked for metrics. */
  readonly siblings?: Siblings;
  readonly log: Logger;
  readonly version: string;
  /** 32 bytes: seals stored secrets, sessions and page cursors, and signs links. */
  readonly secretKey: Buffer;
  /** Secret keys from before, which open what they sealed. */
  readonly formerSecretKeys?: readonly Buffer[];
  /**
   * The console to serve, or why there is none (null: none was asked for). A console that is being built has `built`, which resolves with
   * null when the console is ready, or with the reason why it never will be.
   */
  readonly console:
    { readonly directory: string; readonly built?: Promise<string | null> } | { readonly absentBecause: string } | null;
  /** Where `meshhook bench` writes its reports, each in a folder; it may not exist yet. */
  readonly reports: { readonly directory: string } | null;
  /** Requests come encrypted, with this certificate; `door` must know it, too. By default they do not. */
  readonly tls?: TlsSource;
  /** The mail server for alerts. By default there is none. */
  readonly mail?: MailOptions;
  /** How often rules for alerts are looked at, in milliseconds. */
  readonly alertLookMs?: number;
  /** The folder of an embedded database, whose disk health looks at. */
  readonly databaseDirectory?: string;
  /** As the runtime is named among the owners of shards. */
  readonly processName?: string;
  /** With whom people may sign in beside passwords; by default nobody. */
  readonly provider?: ProviderSettings | null;
  /** Whose tokens count beside API keys; by default nobody's. */
  readonly tokens?: TokenSettings | null;
  /** Targets on private networks that may be asked for the public keys of senders, as for calls. By default, none. */
  readonly egressAllow?: readonly string[];
  /** Addresses and CIDR ranges of proxies whose `X-Forwarded-For` says where a request comes from. By default, none. */
  readonly trustedProxies?: readonly string[];
  /** Where the events of all projects are broadcast. By default, nowhere. */
  readonly realtime?: RealtimeTarget;
  /** Bytes of webhooks that are being received or delivered; by default an eighth of the heap, and at least 64 MiB. */
  readonly intakeBytesMax?: number;
}

export interface Server {
  readonly url: string;
  readonly port: number;
  /** What this process alone has to say at /metrics. */
  metrics(): Promise<MetricsSnapshot>;
  /** Stops accepting, ends streams, lets requests in flight finish for a few seconds, then closes what is left. */
  close(): Promise<void>;
}

/** The parts that all work is divided into. */
const SHARDS = 64;
/** Smaller answers fit into a packet or two uncompressed. */
const COMPRESSED_FROM_BYTES = 1_024;
const CLOSE_GRACE_MS = 5_000;
const PARAM_CHARACTERS_MAX = 256;
const REQUEST_ID = /^[A-Za-z0-9._:-]{1,64}$/;

/** All methods that some path allows. */
const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** Starts HTTP: webhooks go to a lean intake, everything else to Fastify, on one port. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { engine, journal, catalog, jobs, vault, audit, answers, people, plans, log, formerSecretKeys = [] } = options;
  const keyring = new Keyring([options.secretKey, ...formerSecretKeys]);
  const secrets = new SecretBox(keyring);
  const secretKeys = new SecretKeys(vault, keyring, secrets);
  const rejections = new RejectionLog(catalog);
  const bodies = new BodyMemory(options.intakeBytesMax);
  const metrics = new Metrics(engine, rejections, bodies, options.monitor);
  const realtime =
    options.realtime === undefined ? null : new Realtime({ engine, catalog, target: options.realtime, log });
  realtime?.registerMetrics(metrics.registry);
  const streams = new EventStreams(engine, metrics);
  const sessions = new Sessions(options.secretKey);
  const clock = systemClock();
  const keyCaller = new HttpCaller({
    clock,
    egress: new EgressPolicy(options.egressAllow ?? []),
    connectionsPerOrigin: 2,
    userAgent: `MeshHook/${options.version}`,
  });
  const keySets = new KeySets(keyCaller, clock);
  const { tokens: tokenSettings = null } = options;
  const tokens =
    tokenSettings === null ? null : new TokenIdentities(tokenSettings, keySets.open(tokenSettings.keysUrl));
  const authenticator = new Authenticator({ catalog, people, sessions, tokens, log });
  const passwords = new Passwords();
  const delays = new SignInDelays(people, options.secretKey);
  // A process that owns no shards yet answers 503 anyway; a share of nothing would make waits endless.
  const buckets = new RateBuckets(() => Math.max(1, engine.stats().shardsOwned) / SHARDS);
  const redactions = new Redactions(catalog, secrets);
  const routes = new RouteTable(catalog, plans, secrets, keySets, buckets, redactions, (endpointId, error) =>
    log.error({ endpointId, error: String(error) }, "this endpoint cannot take webhooks"),
  );
  await routes.refresh();
  await secretKeys.warnOfMissing(log);
  const watch = engine.watchCatalog(() => {
    routes
      .refresh()
      .catch((error: unknown) =>
        log.warn({ error: String(error) }, "cannot read the endpoints; keeping the ones known"),
      );
  });
  const onDefect = (error: unknown): void => log.error({ err: error }, "defect while handling a webhook");
  const { trustedProxies = [] } = options;
  const proxies = trustedProxies.length === 0 ? null : new AddressList(trustedProxies);
  const intake = new Intake({ engine, routes, rejections, metrics, bodies, proxies, onDefect });

  /** True when the request was answered here. */
  const answered = (request: IncomingMessage, response: ServerResponse, mustAskForBody: boolean): boolean => {
    const fault = requestFault(request);
    if (fault !== null) {
      refuseRequest(response, fault.code, fault.detail);
      return true;
    }
    const given = request.url ?? "";
    const target = plainTarget(given);
    if (target.startsWith(INTAKE_PREFIX)) {
      intake.handle(request, response, target, mustAskForBody);
      return true;
    }
    if (target !== given) request.url = target;
    // An empty header says nothing, but Fastify would take it for a type.
    if (request.headers["content-type"] === "") delete request.headers["content-type"];
    const { method = "" } = request;
    if (target === "*" && method === "OPTIONS") response.writeHead(204, { allow: [...METHODS].join(", ") }).end();
    else if (!METHODS.has(method))
      refuseRequest(response, "method_not_implemented", `${method} is not implemented here`);
    else return false;
    return true;
  };
  const http = createServer({
    headersTimeout: 10_000,
    requestTimeout: 30_000,
    connectionsCheckingInterval: 1_000,
    keepAliveTimeout: 65_000,
    maxHeaderSize: 16_384,
    // Checked with the other rules for requests, so that the answer says what is wrong.
    requireHostHeader: false,
  });
  const unused = waitForFirstBytes(http, options.tls ?? null);
  // Node would silently drop further ones; they are counted with the other rules for requests.
  http.maxHeadersCount = 0;
  const app = fastify({
    bodyLimit: API_BODY_BYTES_MAX,
    return503OnClosing: false,
    // The audit log has the address of who asks, as the log of deliveries has that of senders.
    trustProxy: proxies === null ? false : (address) => proxies.has(address),
    exposeHeadRoutes: true,
    routerOptions: { maxParamLength: PARAM_CHARACTERS_MAX, ignoreTrailingSlash: true },
    genReqId: requestIdOf,
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) => {
      void sendProblem(request, reply, problemFrom(error, request.id, log));
    },
    serverFactory: (handler) => {
      http.on("request", (request: IncomingMessage, response: ServerResponse) => {
        if (!answered(request, response, false)) handler(request, response);
      });
      // Node would end such a connection without a word.
      http.on("connect", (_request: IncomingMessage, socket: Socket) => {
        socket.on("error", () => socket.destroy());
        answerAndEnd(socket, problemOf("method_not_implemented", { detail: "CONNECT is not implemented here" }));
      });
      http.on("checkExpectation", (request: IncomingMessage, response: ServerResponse) => {
        const expected = request.headers.expect?.slice(0, 100) ?? "";
        const fault = requestFault(request);
        refuseRequest(
          response,
          fault?.code ?? "expectation_failed",
          fault?.detail ?? `Expect "${expected}" cannot be met; leave it out, or send 100-continue`,
        );
      });
      http.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
        if (answered(request, response, true)) return;
        response.writeContinue();
        handler(request, response);
      });
      return http;
    },
  });
  const links = new SignalLinks(options.secretKey, formerSecretKeys);
  const reports = options.reports === null ? null : new Reports(options.reports.directory);
  const failures = new Failures(journal, plans);
  const selection = new RunSelection(journal, failures);
  const reruns = new Reruns({ engine, journal, catalog, plans, redactions });
  const runner = new JobRunner({ jobs, journal, engine, reruns, selection, log });
  const mailer = options.mail === undefined ? null : new Mailer(options.mail);
  const alertSender = new AlertSender({ alerts: options.alerts, engine, mailer, log });
  const alertService = new AlertService({
    alerts: options.alerts,
    statistics: options.statistics,
    catalog,
    engine,
    sender: alertSender,
    log,
    ...(options.alertLookMs === undefined ? {} : { lookMs: options.alertLookMs }),
  });
  const handlers = createHandlers({
    alerts: options.alerts,
    alertSender,
    hasMail: mailer !== null,
    jobs,
    failures,
    selection,
    reruns,
    runner,
    engine,
    journal,
    catalog,
    plans,
    routes,
    secrets,
    secretKeys,
    vault,
    audit,
    people,
    passwords,
    delays,
    signatures: new EndpointSignatures(secrets, keySets),
    cursors: new Cursors(options.secretKey),
    authenticator,
    reports,
    statistics: options.statistics,
    links,
    redactions,
    tests: new TestDeliveries(secrets, innerConnections(http)),
  });
  const acts = new Acts(audit, proxies);
  const { provider: settings = null, secretKey } = options;
  const provider = settings === null ? null : new Provider(settings, { people, catalog, secretKey });
  const check = new HealthCheck({
    engine,
    monitor: options.monitor,
    alerts: options.alerts,
    version: options.version,
    dataDirectory: options.databaseDirectory ?? null,
    processName: options.processName ?? null,
  });
  const signIns = { catalog, people, acts, sessions, authenticator, passwords, delays, log, provider };
  const openHandlers = { ...createOpenHandlers(signIns), ...createHealthHandler({ check, authenticator }) };
  const console =
    options.console !== null && "directory" in options.console
      ? await Console.open({ ...options.console, handlers, authenticator })
      : null;
  // The intake's own code decompresses request bodies, within the same limits.
  await app.register(compress, {
    threshold: COMPRESSED_FROM_BYTES,
    encodings: ["br", "gzip"],
    globalDecompression: false,
  });
  const methods = new MethodTable(app);
  await registerDocuments(app, openApiDocument(options.version, sessions.cookieName));
  registerApi(app, {
    handlers,
    openHandlers,
    streams,
    authenticator,
    acts,
    named: new NamedRequests(answers, secrets, options.secretKey),
    console,
    log,
  });
  registerReportFiles(app, authenticator, reports);
  registerSignalLinks(app, links, engine);
  registerOperations(app, options, metrics);
  const given = options.console !== null && "absentBecause" in options.console ? options.console.absentBecause : null;
  const overview = (): object => overviewOf(options.version, console, given);
  app.get("/api/v1", overview);
  if (console === null) app.get("/", overview);
  else await console.register(app, overview);
  methods.registerRefusals(METHODS);
  await app.ready();
  const door =
    options.door ??
    (await openDoor({
      host: options.host,
      port: options.port,
      ...(options.tls === undefined ? {} : { tls: options.tls }),
    }));
  await door.leadTo(http);
  runner.start();
  alertService.start();
  return {
    port: door.port,
    url: door.url,
    metrics: () => metrics.registry.getMetricsAsJSON(),
    close: async () => {
      watch.close();
      const given = Promise.all([runner.close(), alertService.close()]);
      mailer?.close();
      intake.close();
      streams.close();
      const closed = door.close();
      const end = setTimeout(() => http.closeAllConnections(), CLOSE_GRACE_MS);
      // Connections become idle as their requests end; nothing more is sent on them.
      const sweep = setInterval(() => {
        http.closeIdleConnections();
        unused.close();
      }, 50);
      await closed;
      await given;
      clearTimeout(end);
      clearInterval(sweep);
      await realtime?.close();
      await keyCaller.close();
      await app.close();
    },
  };
}

/** The caller's own id if it is harmless, so that the logs of both sides can be joined; otherwise a new one. */
function requestIdOf(request: { readonly headers: IncomingMessage["headers"] }): string {
  const given = request.headers["x-request-id"];
  return typeof given === "string" && REQUEST_ID.test(given) ? given : randomUUID();
}

async function registerDocuments(app: FastifyInstance, document: object): Promise<void> {
  await app.register(swagger, { mode: "static", specification: { document: document as never } });
  await app.register(swaggerUi, { routePrefix: "/docs" });
  app.get("/openapi.json", () => document);
  app.get<{ Params: { code: string } }>("/problems/:code", (request, reply) => {
    const { code } = request.params;
    if (!Object.hasOwn(problems, code)) return reply.callNotFound();
    return { code, ...problems[code as ProblemCode] };
  });
}

/** A list of the main addresses. */
function overviewOf(version: string, console: Console | null, givenReason: string | null): object {
  const reason = console === null ? givenReason : console.absentBecause;
  return {
    name: "MeshHook",
    version,
    console: console !== null && reason === null ? "/" : null,
    ...(reason === null ? {} : { consoleAbsentBecause: reason }),
    api: "/api/v1",
    documentation: "/docs",
    openapi: "/openapi.json",
    health: "/api/v1/health",
    alive: "/healthz",
    ready: READINESS_PATH,
    metrics: "/metrics",
  };
}

function registerOperations(app: FastifyInstance, options: ServerOptions, metrics: Metrics): void {
  app.get("/healthz", () => ({ status: "ok", version: options.version }));
  app.get(READINESS_PATH, (_request, reply) => {
    if (options.engine.isReady) return { status: "ready", shardsOwned: options.engine.stats().shardsOwned };
    return reply
      .code(503)
      .header("retry-after", "2")
      .type("application/problem+json")
      .send(
        JSON.stringify(
          problemOf("unavailable", {
            detail: "This process owns no shards: the database cannot be reached, or other processes own them",
          }),
        ),
      );
  });
  app.get("/metrics", async (_request, reply) => {
    const { siblings } = options;
    const text = siblings === undefined ? metrics.registry.metrics() : renderTogether(await siblings.gatherMetrics());
    return reply.type(metrics.registry.contentType).send(await text);
  });
}

const CLIENT_ERRORS: { readonly [code: string]: ProblemCode } = {
  HPE_HEADER_OVERFLOW: "headers_too_large",
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "body_too_large",
  HPE_INVALID_VERSION: "http_version_unsupported",
  ERR_HTTP_REQUEST_TIMEOUT: "request_timeout",
};

/** A request that breaks the rules of HTTP: the connection ends, because the start of the next request is unknown. */
function refuseRequest(response: ServerResponse, code: ProblemCode, detail: string): void {
  const text = JSON.stringify(problemOf(code, { detail }));
  response.writeHead(problems[code].status, {
    "content-type": "application/problem+json",
    "content-length": Buffer.byteLength(text),
    connection: "close",
  });
  response.end(text);
}

const CLIENT_ERROR_LINGER_MS = 1_000;

/** Bytes that are not an HTTP request: they are answered, and the connection ends. */
function answerClientError(error: Error & { readonly code?: string; readonly reason?: string }, socket: Socket): void {
  if (!socket.writable || error.code === "ECONNRESET") return void socket.destroy();
  // The parser also uses this code for a wrong line end after the version.
  const isOfLineEnd = error.code === "HPE_INVALID_VERSION" && error.reason !== "Invalid HTTP version";
  answerAndEnd(socket, problemOf(isOfLineEnd ? "bad_request" : (CLIENT_ERRORS[error.code ?? ""] ?? "bad_request")));
}

/** Where there is no `ServerResponse`, the answer is written by hand. */
function answerAndEnd(socket: Socket, problem: Problem): void {
  const text = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.title}\r\nconnection: close\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
  // A client that keeps its side open would hold the connection, and any bytes of the body, forever.
  const end = setTimeout(() => socket.destroy(), CLIENT_ERROR_LINGER_MS);
  socket.once("close", () => clearTimeout(end));
}
