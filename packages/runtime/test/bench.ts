import { createMemoryStore, openPostgresStore, type Store, type Version } from "@meshhook/journal";
import { decodeFacts } from "@meshhook/core";
import { temporaryDatabase } from "@meshhook/testkit";
import { onTestFinished } from "vitest";

import {
  type LinkSource,
  PlanCache,
  type SecretSource,
  startRuntime,
  systemClock,
  type Delivery,
  type DeliveryOutcome,
  type Logger,
  type Runtime,
  type RuntimeOptions,
  type RuntimeLimits,
} from "../src/index.ts";
import { Gate, planOf, silent } from "./harness.ts";
import { startTarget, type Target } from "./target.ts";

/** Where facts are stored, and how soon a silent owner counts as dead. */
export interface StoreKind {
  readonly name: string;
  readonly leaseMs: number;
  open(): Promise<Store>;
}

export const inMemory: StoreKind = {
  name: "in memory",
  leaseMs: 1_500,
  open: () => Promise.resolve(createMemoryStore({ leaseMs: 1_500 })),
};

export const onPostgres: StoreKind = {
  name: "on Postgres",
  leaseMs: 1_500,
  open: async () => {
    const database = await temporaryDatabase();
    onTestFinished(() => database.drop());
    const store = openPostgresStore({ connectionString: database.url, leaseMs: 1_500 });
    onTestFinished(() => store.close());
    return store;
  },
};

/** A runtime over its own store or a given one, and shorthands. It is drained when the test ends. */
export interface Bench {
  readonly store: Store;
  readonly gate: Gate;
  readonly runtime: Runtime;
  readonly projectId: string;
  /** The workflow gets a random slug if none is given, and belongs to the first project unless another is given. */
  publish(definition: unknown, slug?: string, project?: string): Promise<Version>;
  deliver(version: Version, body?: unknown, dedupeKey?: string): Promise<DeliveryOutcome>;
  accept(version: Version, body?: unknown): Promise<string>;
  factKinds(runId: string): Promise<string[][]>;
}

export async function target(answer: Parameters<typeof startTarget>[0]): Promise<Target> {
  const started = await startTarget(answer);
  onTestFinished(() => started.close());
  return started;
}

export async function start(
  options: {
    kind?: StoreKind;
    store?: Store;
    gate?: Gate;
    /** The store's stand-in keeps the lease; the gate cannot hold it back. */
    hasStandIn?: boolean;
    allow?: readonly string[];
    limits?: Partial<RuntimeLimits>;
    log?: Logger;
    secrets?: SecretSource;
    vault?: RuntimeOptions["vault"];
    links?: LinkSource;
  } = {},
): Promise<Bench> {
  const kind = options.kind ?? inMemory;
  const store = options.store ?? (await kind.open());
  const gate = options.gate ?? new Gate(store.journal);
  const plans = new PlanCache(store.catalog);
  const runtime = await startRuntime({
    journal:
      options.hasStandIn === true && store.journal.startStandIn !== undefined
        ? { ...gate.journal, startStandIn: store.journal.startStandIn }
        : gate.journal,
    catalog: store.catalog,
    plans,
    name: "test",
    egressAllow: options.allow ?? [],
    log: options.log ?? silent,
    ...(options.secrets === undefined ? {} : { secrets: options.secrets }),
    ...(options.vault === undefined ? {} : { vault: options.vault }),
    ...(options.links === undefined ? {} : { links: options.links }),
    limits: { leaseMs: kind.leaseMs, heartbeatMs: 20, watermarkMs: 20, ...options.limits },
  });
  onTestFinished(() => runtime.drain(0));
  const projects = await store.catalog.listProjects();
  const projectId = (projects[0] ?? (await store.catalog.createProject({ slug: "default", name: "Default" }))).id;
  const deliveryOf = (version: Version, body: unknown, dedupeKey?: string): Delivery => {
    const bodyText = JSON.stringify(body);
    return {
      projectId: version.projectId,
      workflowId: version.workflowId,
      versionId: version.id,
      plan: plans.ofVersion(version),
      receivedAt: systemClock().now(),
      headers: {},
      query: {},
      body: JSON.parse(bodyText),
      bodyText,
      ...(dedupeKey === undefined
        ? undefined
        : { dedupe: { endpointId: version.workflowId, key: dedupeKey, bodyHash: "0".repeat(64) } }),
    };
  };
  return {
    store,
    gate,
    runtime,
    projectId,
    publish: async (definition, slug = `w${Math.random().toString(36).slice(2)}`, project = projectId) => {
      const text = JSON.stringify(definition);
      const plan = planOf(definition);
      const workflow = await store.catalog.saveDraft({
        projectId: project,
        slug,
        name: "w",
        definition: text,
      });
      if (workflow === "conflict") throw new Error("conflict");
      return store.catalog.publishVersion({
        projectId: project,
        workflowId: workflow.id,
        hash: plan.hash,
        definition: text,
        hasSchedule: plan.nodes.some(({ step }) => step.type === "schedule@1"),
      });
    },
    deliver: (version, body = { n: 1 }, dedupeKey) => runtime.deliver(deliveryOf(version, body, dedupeKey)),
    accept: async (version, body = { n: 1 }) => {
      const outcome = await runtime.deliver(deliveryOf(version, body));
      if (outcome.kind !== "accepted") throw new Error(`not accepted: ${JSON.stringify(outcome)}`);
      return outcome.runId;
    },
    factKinds: async (runId) =>
      (await store.journal.readRun(runId)).map(({ facts }) => decodeFacts(facts).map(({ kind }) => kind)),
  };
}

/** How the run ended, by the journal; null while it is running. */
/** Whether all of these runs have succeeded, by the journal. */
export async function haveSucceeded(store: Store, runIds: readonly string[]): Promise<boolean> {
  const found = await Promise.all(runIds.map((runId) => status(store, runId)));
  return found.every((state) => state === "succeeded");
}

/** Starts a process, has it accept a webhook for each body, and ends it: what the next process takes over. */
export async function leaveRuns(
  store: Store,
  definition: unknown,
  bodies: readonly unknown[],
  options: Parameters<typeof start>[0] = {},
): Promise<{ readonly version: Version; readonly runIds: readonly string[] }> {
  const bench = await start({ ...options, store });
  const version = await bench.publish(definition);
  const runIds = await Promise.all(bodies.map((body) => bench.accept(version, body)));
  await bench.runtime.drain(0);
  return { version, runIds };
}

export async function status(store: Store, runId: string): Promise<string | null> {
  return (await store.journal.readRun(runId)).at(-1)?.status ?? null;
}
