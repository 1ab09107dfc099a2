import { chmod, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";

import { createClient } from "@meshhook/contract";
import { startEmbeddedPostgres } from "@meshhook/embedded";
import { emptyDatabase, waitFor, type TemporaryDatabase } from "@meshhook/testkit";
import { runCli, spawnCli, startMeshHook, type RunningMeshHook } from "@meshhook/testkit/process";
import { Client } from "pg";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const ADMIN_KEY = "mh_together-test-0123456789abcdef";
const closers: (() => Promise<unknown>)[] = [];
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp("/tmp/meshhook-together-");
  await chmod(directory, 0o711);
});

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await rm(directory, { recursive: true, force: true });
});

async function database(): Promise<TemporaryDatabase> {
  const created = await emptyDatabase();
  closers.push(() => created.drop());
  return created;
}

async function start(environment: { readonly [variable: string]: string }): Promise<RunningMeshHook> {
  const running = await startMeshHook({ PORT: "0", ...environment });
  closers.push(() => running.end("SIGKILL"));
  return running;
}

test.each([
  ["with one admin key", { MESHHOOK_ADMIN_KEY: ADMIN_KEY }],
  ["with no admin key and one data directory", {}],
])("three processes that start together on an empty database all start, %s", async (_, given) => {
  const environment = {
    DATABASE_URL: (await database()).url,
    MESHHOOK_DATA_DIR: join(directory, "data"),
    ...given,
  };
  const running = await Promise.all([start(environment), start(environment), start(environment)]);
  const key = running.map(({ shownKey }) => shownKey).find((shown) => shown !== null) ?? ADMIN_KEY;
  for (const { url } of running) {
    const client = createClient({ url, key });
    expect((await client.listEndpoints()).items.map(({ name }) => name)).toEqual(["first-webhook"]);
  }
  for (const process of running)
    expect(process.output()).toContain(
      key === ADMIN_KEY ? "the one in MESHHOOK_ADMIN_KEY" : join(directory, "data", "admin.key"),
    );
});

test("three processes that start together on one empty data directory share one embedded database", async () => {
  const environment = { MESHHOOK_DATA_DIR: join(directory, "data"), MESHHOOK_ADMIN_KEY: ADMIN_KEY };
  const running = await Promise.all([start(environment), start(environment), start(environment)]);
  const clients = running.map(({ url }) => createClient({ url, key: ADMIN_KEY }));
  const [endpoint] = (await clients[0]!.listEndpoints()).items;
  const { runId } = await clients[0]!.deliver(endpoint!.token, "{}");
  for (const client of clients) expect(await client.getRun({ runId })).toMatchObject({ id: runId });

  // Nobody else uses this server, so its settings may be changed: while commits are not safe, webhooks are refused.
  const postgres = await startEmbeddedPostgres({ dataDir: join(directory, "data", "postgres") });
  const admin = new Client({ connectionString: postgres.url });
  await admin.connect();
  for (const [setting, status] of [
    ["off", 503],
    ["on", 202],
  ] as const) {
    await admin.query(`alter system set fsync = ${setting}`);
    await admin.query("select pg_reload_conf()");
    await waitFor(`a webhook is answered ${status}`, async () => {
      const answer = await fetch(`${running[0].url}/hooks/${endpoint!.token}`, { method: "POST" });
      return answer.status === status;
    });
  }
  expect(running[0].output()).toContain("alter system set fsync = on");
  await admin.end();
  await postgres.stopIfUnused();
  for (const process of running.toReversed()) expect(await process.end("SIGTERM")).toBe(0);
});

test("a start on a taken port ends at once and touches neither the data directory nor a database", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  closers.push(() => new Promise((resolve) => taken.close(resolve)));
  const { port } = taken.address() as AddressInfo;
  const { url } = await database();
  const outcome = await runCli(["start"], {
    DATABASE_URL: url,
    MESHHOOK_DATA_DIR: join(directory, "data"),
    PORT: String(port),
  });
  expect([outcome.code, outcome.stderr]).toEqual([
    2,
    expect.stringMatching(/^Error: Port \d+ on 127\.0\.0\.1 is already in use/),
  ]);
  expect(await readdir(directory)).toEqual([]);
  const client = new Client({ connectionString: url });
  await client.connect();
  expect((await client.query("select from pg_namespace where nspname = 'meshhook'")).rowCount).toBe(0);
  await client.end();
});

test("a second start on the same port does not affect the first", async () => {
  const environment = {
    DATABASE_URL: (await database()).url,
    MESHHOOK_DATA_DIR: join(directory, "data"),
    MESHHOOK_ADMIN_KEY: ADMIN_KEY,
  };
  const first = await start(environment);
  const owned = async (): Promise<unknown> => {
    const answer = await fetch(`${first.url}/readyz`);
    return answer.json();
  };
  const before = await owned();
  expect(before).toMatchObject({ status: "ready", shardsOwned: 64 });
  const second = await runCli(["start"], { ...environment, PORT: new URL(first.url).port });
  expect(second.code).toBe(2);
  expect(await owned()).toEqual(before);
  expect(first.output()).not.toContain("gave shards to another process");
});

test("while the database is not available the open port says so, and SIGTERM ends the wait", async () => {
  const { url } = await database();
  const away = new URL(url);
  away.port = "1";
  const free = createServer();
  await new Promise<void>((resolve) => free.listen(0, "127.0.0.1", resolve));
  const { port } = free.address() as AddressInfo;
  await new Promise((resolve) => free.close(resolve));
  const child = spawnCli(["start"], {
    DATABASE_URL: away.href,
    MESHHOOK_DATA_DIR: join(directory, "data"),
    MESHHOOK_ADMIN_KEY: ADMIN_KEY,
    PORT: String(port),
  });
  closers.push(() => Promise.resolve(child.kill("SIGKILL")));
  let output = "";
  child.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  await waitFor("the first try has failed", () => output.includes("cannot be reached yet"));
  const hook = await fetch(`http://127.0.0.1:${port}/hooks/anything`, { method: "POST", body: "{}" });
  expect([hook.status, hook.headers.get("retry-after")]).toEqual([503, "2"]);
  expect(await hook.json()).toMatchObject({ code: "unavailable" });
  expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(503);
  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
  child.kill("SIGTERM");
  expect(await exited).toBe(0);
});

test("a later start points at the file with the admin key that the first one made", async () => {
  const environment = { DATABASE_URL: (await database()).url, MESHHOOK_DATA_DIR: join(directory, "data") };
  const first = await start(environment);
  const key = first.shownKey!;
  await first.end("SIGTERM");
  const later = await start(environment);
  const path = join(directory, "data", "admin.key");
  expect(later.output()).toContain(`export MESHHOOK_ADMIN_KEY=$(cat ${path})`);
  expect(later.output()).not.toContain(key);
  expect((await readFile(path, "utf8")).trim()).toBe(key);
  expect(await createClient({ url: later.url, key }).listEndpoints()).toMatchObject({ items: [{}] });
});
