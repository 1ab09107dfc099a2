import { parseJsonExactly } from "@meshhook/core";
import {
  readEventStream,
  type ProjectStreamMessage,
  type RunStreamMessage,
  type StreamMessage,
} from "./event-stream.ts";
import { paths, type RoutePath } from "./paths.ts";
import { RequestProblem } from "./request-problem.ts";
import type { RouteInput, RouteName, RouteOutput } from "./routes.ts";
import type { Problem } from "./schema/common.ts";
import type { DeliveryAnswer } from "./schema/delivery.ts";

export interface ClientOptions {
  /** URL of MeshHook, such as `http://127.0.0.1:3000`. */
  readonly url: string;
  /** The API key (`mh_…`); not needed for `deliver` alone. */
  readonly key?: string;
  /** Defaults to the platform's. */
  readonly fetch?: typeof fetch;
}

export interface DeliverOptions {
  readonly idempotencyKey?: string;
  readonly headers?: { readonly [name: string]: string };
  readonly signal?: AbortSignal;
}

interface StreamOptions {
  readonly after?: string;
  /** `false` leaves the outputs of steps out of the events. */
  readonly outputs?: boolean;
  readonly signal?: AbortSignal;
}

type JsonRoute = Exclude<RouteName, "followProject">;

/** One method per route of the API, and the streams. Every method throws `RequestProblem` on every answer except success. */
export type Client = {
  readonly [Name in JsonRoute]: object extends RouteInput<Name>
    ? (input?: RouteInput<Name>) => Promise<RouteOutput<Name>>
    : (input: RouteInput<Name>) => Promise<RouteOutput<Name>>;
} & {
  /**
   * Sends a webhook. A string or bytes are sent unchanged (with `content-type: application/json` by default), anything else as JSON.
   * Resolves as soon as it is stored, whatever the endpoint answers other senders with.
   */
  deliver(token: string, body: unknown, options?: DeliverOptions): Promise<DeliveryAnswer>;
  /** A run's events from `after` (or the start) until the run ends, over as many connections as needed, without gaps or repeats. */
  followRun(runId: string, options?: StreamOptions): AsyncIterable<RunStreamMessage>;
  /** A project's events from now (or `after`) until `signal` aborts or the caller stops; reconnects with the last id. */
  followProject(options?: StreamOptions): AsyncIterable<ProjectStreamMessage>;
};

/** How long a stream waits before it connects again, in milliseconds: doubles from the first to the last, with jitter. */
const RECONNECT_MS = { first: 250, last: 8_000 };

/** Makes a client. It holds no connection, so it does not have to be closed. */
export function createClient(options: ClientOptions): Client {
  const send = options.fetch ?? fetch;
  const origin = options.url.replace(/\/+$/, "");
  const authorization: { readonly [name: string]: string } =
    options.key === undefined ? {} : { authorization: `Bearer ${options.key}` };

  async function call(route: RoutePath, input: { readonly [name: string]: unknown }): Promise<unknown> {
    const { body, idempotencyKey, ifMatch } = input;
    const response = await send(`${origin}/api/v1${pathOf(route, input)}`, {
      method: route.method,
      headers: {
        accept: "application/json",
        ...authorization,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(typeof idempotencyKey === "string" ? { "idempotency-key": idempotencyKey } : {}),
        ...(typeof ifMatch === "string" ? { "if-match": ifMatch === "*" ? "*" : `"${ifMatch}"` } : {}),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return readAnswer(`${route.method} ${route.path}`, response);
  }

  async function* follow(path: string, stream: StreamOptions): AsyncGenerator<StreamMessage> {
    let lastId = stream.after ?? null;
    let failures = 0;
    const query = stream.outputs === false ? "?outputs=false" : "";
    const isAborted = (): boolean => stream.signal?.aborted === true;
    while (!isAborted()) {
      try {
        const response = await send(`${origin}/api/v1${path}${query}`, {
          headers: {
            accept: "text/event-stream",
            ...authorization,
            ...(lastId === null ? {} : { "last-event-id": lastId }),
          },
          ...(stream.signal === undefined ? {} : { signal: stream.signal }),
        });
        if (!response.ok || response.body === null) await readAnswer(`GET ${path}`, response);
        if (response.body !== null) {
          for await (const received of readEventStream(response.body)) {
            failures = 0;
            lastId = received.id ?? lastId;
            if (received.message === null) continue;
            yield received;
            if (received.message.kind === "end") return;
          }
        }
      } catch (error) {
        if (isAborted()) return;
        if (error instanceof RequestProblem && error.status < 500 && error.status !== 429) throw error;
      }
      await pause(
        Math.min(RECONNECT_MS.last, RECONNECT_MS.first * 2 ** failures++) * (0.5 + Math.random() / 2),
        stream.signal,
      );
    }
  }

  async function* followRun(runId: string, stream: StreamOptions = {}): AsyncGenerator<RunStreamMessage> {
    for await (const { id, message } of follow(`/runs/${encodeURIComponent(runId)}/events`, stream)) {
      // A gap on a run's stream means that this reader was too slow. The stream continues from the last id, so nothing is lost.
      if (message?.kind === "event" && id !== null) yield { kind: "event", id, event: message.event };
      else if (message?.kind === "end") yield message;
    }
  }

  async function* followProject(stream: StreamOptions = {}): AsyncGenerator<ProjectStreamMessage> {
    for await (const { id, message } of follow("/events", stream)) {
      if (message?.kind === "event") yield { kind: "event", id, event: message.event };
      else if (message?.kind === "gap") yield message;
    }
  }

  async function deliver(token: string, body: unknown, delivery: DeliverOptions = {}): Promise<DeliveryAnswer> {
    const raw = typeof body === "string" || body instanceof Uint8Array;
    const response = await send(`${origin}/hooks/${encodeURIComponent(token)}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        prefer: "respond-async",
        ...(delivery.idempotencyKey === undefined ? {} : { "idempotency-key": delivery.idempotencyKey }),
        ...delivery.headers,
      },
      body: raw ? (body as string | Uint8Array<ArrayBuffer>) : JSON.stringify(body),
      ...(delivery.signal === undefined ? {} : { signal: delivery.signal }),
    });
    return (await readAnswer("POST /hooks/…", response)) as DeliveryAnswer;
  }

  const methods: { [name: string]: unknown } = { deliver, followRun, followProject };
  for (const [name, route] of Object.entries<RoutePath>(paths)) {
    methods[name] ??= (input: { readonly [name: string]: unknown } = {}) => call(route, input);
  }
  return methods as Client;
}

/** Fields of an input that are neither in the path nor in the query. */
const ELSEWHERE: ReadonlySet<string> = new Set(["body", "idempotencyKey", "ifMatch"]);

/** Fills a route's path from the input's fields; fields that belong neither there nor elsewhere form the query. */
function pathOf(route: RoutePath, input: { readonly [name: string]: unknown }): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(input)) {
    if (value === undefined || ELSEWHERE.has(name) || route.path.includes(`{${name}}`)) continue;
    query.set(name, String(value));
  }
  const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(input[name])));
  return query.size === 0 ? path : `${path}?${query.toString()}`;
}

/**
 * The answer's JSON (null for 204), in which a number that a double cannot hold is an `ExactNumber` of core.
 *
 * @param request  Names what was asked for in the error.
 * @throws RequestProblem  on any status but 2xx.
 */
export async function readAnswer(request: string, response: Response): Promise<unknown> {
  if (response.status === 204) return null;
  const text = await response.text();
  const isProblem = response.headers.get("content-type")?.startsWith("application/problem+json") === true;
  if (response.ok) return parseJsonExactly(text);
  const retryAfter = response.headers.get("retry-after");
  throw new RequestProblem(request, {
    status: response.status,
    retryAfterMs: retryAfter === null ? null : Number(retryAfter) * 1_000,
    problem: isProblem ? (parseJsonExactly(text) as Problem) : null,
  });
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    signal?.addEventListener("abort", finish, { once: true });
  });
}
