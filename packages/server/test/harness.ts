import { createHash, createHmac, randomBytes } from "node:crypto";
import { connect } from "node:net";

import { createClient, type Client, type EndpointResource } from "@meshhook/contract";
import { createMemoryStore, type Store } from "@meshhook/journal";
import {
  Keyring,
  PlanCache,
  SecretBox,
  startRuntime,
  type Delivery,
  type DeliveryOutcome,
  type Engine,
  type Logger,
  type Runtime,
} from "@meshhook/runtime";

import { SignalLinks, startServer, type Server, type ServerOptions } from "../src/index.ts";

/** The installation's key. */
export const SECRET_KEY = Buffer.alloc(32, 7);
export const SECRET = "canary-signing-secret-5d1f";

/** A server over a real runtime and a memory store, with one project and its admin key. */
export interface Harness {
  readonly store: Store;
  readonly runtime: Runtime;
  readonly server: Server;
  readonly url: string;
  readonly key: string;
  readonly client: Client;
  /** Everything that was logged, as text. */
  readonly logged: string[];
  addKey(projectId: string, scope: "admin" | "write" | "read"): Promise<string>;
  close(): Promise<void>;
}

export interface HarnessOptions {
  readonly egressAllow?: readonly string[];
  readonly console?: ServerOptions["console"];
  readonly reports?: ServerOptions["reports"];
  readonly tls?: NonNullable<ServerOptions["tls"]>;
  readonly mail?: NonNullable<ServerOptions["mail"]>;
  readonly alertLookMs?: number;
  readonly trustedProxies?: readonly string[];
  readonly intakeBytesMax?: number;
  readonly realtime?: ServerOptions["realtime"];
  readonly provider?: NonNullable<ServerOptions["provider"]>;
  readonly tokens?: NonNullable<ServerOptions["tokens"]>;
  /** Another process: it uses the data of a first one, with that one's admin key. */
  readonly store?: Store;
  readonly key?: string;
  readonly secretKey?: Buffer;
  readonly formerSecretKeys?: readonly Buffer[];
  /** Puts something before the runtime: what a database that breaks at the wrong moment makes of a delivery. */
  readonly deliver?: (runtime: Runtime, delivery: Delivery) => Promise<DeliveryOutcome>;
}

export async function startHarness(options: HarnessOptions = {}): Promise<Harness> {
  const store = options.store ?? createMemoryStore();
  const { secretKey = SECRET_KEY, formerSecretKeys = [] } = options;
  const logged: string[] = [];
  const write = (details: object, message: string): void => void logged.push(`${message} ${JSON.stringify(details)}`);
  const log: Logger = { debug: write, info: write, warn: write, error: write };
  const plans = new PlanCache(store.catalog);
  const links = new SignalLinks(SECRET_KEY);
  const runtime = await startRuntime({
    journal: store.journal,
    catalog: store.catalog,
    plans,
    name: "test",
    egressAllow: options.egressAllow ?? [],
    vault: { store: store.vault, box: new SecretBox(new Keyring([secretKey, ...formerSecretKeys])) },
    links: { urlOf: (target) => `https://hooks.example.com${links.pathOf({ ...target, expiresAt: 4e15 })}` },
    statistics: store.statistics,
    log,
    limits: { heartbeatMs: 20 },
  });
  const [stored] = await store.catalog.listProjects();
  const project = stored ?? (await store.catalog.createProject({ slug: "default", name: "Default" }));
  const addKey = async (projectId: string, scope: "admin" | "write" | "read"): Promise<string> => {
    const key = `mh_${randomBytes(16).toString("hex")}`;
    const hash = createHash("sha256").update(key).digest("hex");
    await store.catalog.createApiKey({ projectId, name: scope, scope, hash, prefix: key.slice(0, 11) });
    return key;
  };
  const key = options.key ?? (await addKey(project.id, "admin"));
  const server = await startServer({
    engine: options.deliver === undefined ? runtime : withDeliver(runtime, options.deliver),
    journal: store.journal,
    catalog: store.catalog,
    jobs: store.jobs,
    vault: store.vault,
    audit: store.audit,
    answers: store.answers,
    monitor: store.monitor,
    statistics: store.statistics,
    alerts: store.alerts,
    ...(options.tls === undefined ? {} : { tls: options.tls }),
    ...(options.mail === undefined ? {} : { mail: options.mail }),
    ...(options.alertLookMs === undefined ? {} : { alertLookMs: options.alertLookMs }),
    people: store.people,
    plans,
    host: "127.0.0.1",
    port: 0,
    log,
    version: "test",
    secretKey,
    formerSecretKeys,
    egressAllow: options.egressAllow ?? [],
    console: options.console ?? null,
    reports: options.reports ?? null,
    trustedProxies: options.trustedProxies ?? [],
    ...(options.realtime === undefined ? {} : { realtime: options.realtime }),
    provider: options.provider ?? null,
    tokens: options.tokens ?? null,
    ...(options.intakeBytesMax === undefined ? {} : { intakeBytesMax: options.intakeBytesMax }),
  });
  return {
    store,
    runtime,
    server,
    url: server.url,
    key,
    client: createClient({ url: server.url, key }),
    logged,
    addKey,
    close: async () => {
      await server.close();
      await runtime.drain(0);
      if (options.store === undefined) await store.close();
    },
  };
}

function withDeliver(runtime: Runtime, deliver: NonNullable<HarnessOptions["deliver"]>): Engine {
  return new Proxy<Engine>(runtime, {
    get: (_, name) => {
      if (name === "deliver") return (delivery: Delivery) => deliver(runtime, delivery);
      const member: unknown = Reflect.get(runtime, name, runtime);
      return typeof member === "function" ? (member.bind(runtime) as unknown) : member;
    },
  });
}

/** webhook → transform → terminate: over before the answer. */
export function pureDefinition(slug = "pure"): object {
  return {
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug,
    nodes: {
      hook: { type: "webhook@1", config: {} },
      copy: { type: "transform@1", config: { expression: "{ got: input, headers: headers }" } },
      end: { type: "terminate@1", config: { output: { $jmes: "nodes.copy.output" } } },
    },
    edges: [
      { from: "hook", to: "copy" },
      { from: "copy", to: "end" },
    ],
  };
}

/** A run that fails at once. */
export function failingDefinition(slug = "failing"): object {
  return {
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug,
    nodes: { hook: { type: "webhook@1", config: {} }, end: { type: "terminate@1", config: { status: "failed" } } },
    edges: [{ from: "hook", to: "end" }],
  };
}

/** A run that waits for an hour. */
export function waitingDefinition(slug = "waiting"): object {
  return {
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug,
    nodes: { hook: { type: "webhook@1", config: {} }, pause: { type: "delay@1", config: { durationMs: 3_600_000 } } },
    edges: [{ from: "hook", to: "pause" }],
  };
}

export async function publish(client: Client, definition: object, endpoint: object = {}): Promise<EndpointResource> {
  const { slug } = await client.createWorkflow({ body: { definition } });
  await client.publishWorkflow({ workflow: slug });
  return client.createEndpoint({ body: { workflow: slug, name: slug, ...endpoint } });
}

export function sign(body: string | Buffer, secret = SECRET): string {
  return `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: { readonly [name: string]: unknown };
}

export async function post(
  url: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method: "POST",
    body,
    headers: { "content-type": "application/json", ...headers },
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: JSON.parse(text) };
}

/** Sends bytes as they are and gives all that comes back until the connection ends. */
export function raw(port: number, bytes: string | Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    const chunks: Buffer[] = [];
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("close", () => resolve(Buffer.concat(chunks).toString()));
    socket.on("error", reject);
    socket.setTimeout(10_000, () => socket.destroy(new Error("the server neither answered nor closed")));
  });
}
