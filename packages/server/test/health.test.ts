import { createMemoryStore, openPostgresStore, type PostgresStore } from "@meshhook/journal";
import { PlanCache, startRuntime, type Runtime } from "@meshhook/runtime";
import {
  databaseProxy,
  temporaryDatabase,
  waitFor,
  type DatabaseProxy,
  type TemporaryDatabase,
} from "@meshhook/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { HealthCheck } from "../src/health/health-check.ts";
import { startHarness } from "./harness.ts";

const NO_LOG = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

describe("the health of an installation on Postgres", () => {
  let database: TemporaryDatabase;
  let proxy: DatabaseProxy;
  let direct: PostgresStore;
  let watched: PostgresStore;
  let runtime: Runtime;

  beforeAll(async () => {
    database = await temporaryDatabase();
    proxy = await databaseProxy(database.url);
    direct = openPostgresStore({ connectionString: database.url });
    watched = openPostgresStore({ connectionString: proxy.url });
    runtime = await startRuntime({
      journal: direct.journal,
      catalog: direct.catalog,
      plans: new PlanCache(direct.catalog),
      name: "one:1",
      egressAllow: [],
      log: NO_LOG,
    });
  });
  afterAll(async () => {
    await runtime.drain(0);
    await watched.close();
    await direct.close();
    await proxy.close();
    await database.drop();
  });

  const newCheck = (): HealthCheck =>
    new HealthCheck({
      engine: runtime,
      monitor: watched.monitor,
      alerts: watched.alerts,
      version: "test",
      dataDirectory: process.cwd(),
      processName: "one:1",
    });

  it("names every component with its figures, and the processes with their shards", async () => {
    await direct.ensurePartitions(new Date(), new Date(Date.now() + 7 * 86_400_000));
    const check = newCheck();
    await waitFor("the first answer", async () => (await check.check()).processes.length > 0);
    const { components, processes } = await check.check();
    expect(Object.fromEntries(components.map(({ name, status }) => [name, status]))).toMatchObject({
      database: expect.stringMatching(/ok|degraded/) as string,
      shards: "ok",
      appends: "ok",
      calls: "ok",
      timers: "ok",
      storage: "ok",
      clock: "ok",
    });
    expect(components.find(({ name }) => name === "storage")?.figures["daysAhead"]).toBe(7);
    for (const { remedy, status } of components) expect(remedy === null).toBe(status === "ok");
    expect(processes).toMatchObject([{ name: "one:1", shards: 64, isAnswering: true }]);
  });

  it("shows what it knew, and how old that is, while the database does not answer", async () => {
    const check = newCheck();
    await waitFor("the first answer", async () => (await check.check()).processes.length > 0);
    proxy.holdAnswers();
    const found = await check.check();
    // Had it waited for the database, that would have become an error, and so `down`.
    expect(found.components.find(({ name }) => name === "database")?.status).not.toBe("down");
    expect(found.processes).toHaveLength(1);
    await waitFor("it counts as down", async () => (await check.check()).status === "down");
    const down = (await check.check()).components.find(({ name }) => name === "database");
    expect(down).toMatchObject({ status: "down", summary: expect.stringContaining("has not answered") as string });
    expect(Date.parse(down?.checkedAt ?? "")).toBeLessThan(Date.parse(down?.since ?? ""));
    proxy.cut();
    proxy.restore();
    await waitFor("it is back", async () => (await check.check()).status !== "down");
  }, 60_000);
});

describe("GET /api/v1/health", () => {
  it("has details for administrators only, and refuses a wrong key", async () => {
    const store = createMemoryStore();
    const harness = await startHarness({ store });
    const [project] = await store.catalog.listProjects();
    const ask = async (key?: string): Promise<{ status: number; body: Record<string, unknown> }> => {
      const answer = await fetch(
        `${harness.url}/api/v1/health`,
        key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } },
      );
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    };
    try {
      expect(Object.keys((await ask()).body).sort()).toEqual(["at", "status", "version"]);
      expect((await ask(await harness.addKey(project?.id ?? "", "write"))).body).not.toHaveProperty("components");
      expect((await ask("mh_wrong")).status).toBe(401);
      expect((await ask(harness.key)).body).toMatchObject({
        components: expect.arrayContaining([expect.objectContaining({ name: "appends", status: "ok" })]) as unknown,
      });
    } finally {
      await harness.close();
      await store.close();
    }
  });
});
