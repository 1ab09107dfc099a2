import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@meshhook/contract";
import type { Client } from "@meshhook/contract";
import { temporaryDatabase } from "@meshhook/testkit";
import type { TemporaryDatabase } from "@meshhook/testkit";
import { startMeshHook } from "@meshhook/testkit/process";
import type { RunningMeshHook } from "@meshhook/testkit/process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Sink } from "../src/load/sink/sink.ts";
import { whyNotRemote } from "../src/remote/refusal.ts";
import { runRemoteBlock } from "../src/remote/remote-block.ts";
import { RemoteDatabase } from "../src/remote/remote-database.ts";
import { RemoteTarget } from "../src/remote/remote-target.ts";
import { scenarioNamed } from "../src/scenario/catalogue.ts";
import { lasting } from "../src/scenario/change.ts";
import type { Scenario } from "../src/scenario/scenario.ts";

const ADMIN = "mh_0123456789abcdef0123456789abcdef";
const START_MS_MAX = 180_000;

let database: TemporaryDatabase;
let meshhook: RunningMeshHook;
let sink: Sink;
let admin: Client;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "meshhook-remote-"));
  [database, sink] = await Promise.all([temporaryDatabase(), Sink.start()]);
  meshhook = await startMeshHook({
    DATABASE_URL: database.url,
    PORT: "0",
    MESHHOOK_ADMIN_KEY: ADMIN,
    MESHHOOK_DATA_DIR: directory,
    MESHHOOK_SAMPLE: "off",
    MESHHOOK_EGRESS_ALLOW: "127.0.0.0/8",
  });
  admin = createClient({ url: meshhook.url, key: ADMIN });
}, START_MS_MAX);

afterAll(async () => {
  await meshhook.end("SIGTERM");
  await sink.stop();
  await database.drop();
  await rm(directory, { recursive: true });
}, START_MS_MAX);

function connect(changes: Partial<Parameters<typeof RemoteTarget.connect>[0]> = {}): Promise<RemoteTarget> {
  return RemoteTarget.connect({ url: meshhook.url, apiKey: ADMIN, allowUnmarked: null, ...changes });
}

function short(name: string): Scenario {
  return lasting(scenarioNamed(name), { durationMs: 700, warmupMs: 100 });
}

test("a target is loaded only if it is marked or named twice, and everything that was made there is removed", async () => {
  const { host } = new URL(meshhook.url);
  await expect(connect()).rejects.toMatchObject({ why: "unmarked", message: expect.stringContaining(host) as string });
  await expect(connect({ allowUnmarked: "127.0.0.1:1" })).rejects.toMatchObject({ why: "unmarked" });
  await expect(connect({ apiKey: `${ADMIN}x` })).rejects.toMatchObject({ why: "denied" });
  await expect(connect({ url: "http://127.0.0.1:9" })).rejects.toMatchObject({ why: "unreachable" });
  expect((await connect({ allowUnmarked: host })).isMarked).toBe(false);

  const project = await admin.createProject({ body: { slug: "benchmark", name: "Benchmark" } });
  const { key } = await admin.createKey({ body: { name: "test", scope: "write", projectId: project.id } });
  const inProject = createClient({ url: meshhook.url, key });
  const target = await connect();
  expect(target.isMarked).toBe(true);
  const remote = await RemoteDatabase.open(database.url);
  const context = {
    target,
    sink,
    calibration: { ceilingPerSecond: 10_000, cpuUsPerRequest: 20, latenessMsP99: 1 },
    seed: 1,
    cores: 2,
    outDir: directory,
    signal: undefined,
    onStage: () => undefined,
    onInterval: () => undefined,
  };
  const [byApi, byDatabase] = await Promise.all([
    runRemoteBlock(short("webhook-ack-nominal"), { ...context, database: null, name: "by-api", folder: "api" }),
    runRemoteBlock(short("dag-one-call-nominal"), { ...context, database: remote, name: "by-sql", folder: "sql" }),
  ]);
  expect(byApi.audit).toMatchObject({ isClean: true, accepted: 80, runs: 80, finished: 80, resultsChecked: 80 });
  expect(byApi.notes[0]).toMatch(/without the database/);
  expect(byApi.runs).toHaveLength(80);
  expect(byDatabase.audit).toMatchObject({ isClean: true, runs: 80, effects: 80, resultsWrong: 0 });
  await expect(remote.requireWorkflow("00000000-0000-7000-8000-000000000000")).rejects.toThrow("not the target's");
  expect((await inProject.listWorkflows({})).items).toHaveLength(2);

  await remote.close();
  expect(await target.cleanUp()).toEqual([]);
  expect((await inProject.listWorkflows({})).items).toEqual([]);
  expect((await inProject.listEndpoints()).items).toEqual([]);
  const { items } = await inProject.listKeys();
  expect(items.filter(({ revokedAt }) => revokedAt === null).map(({ name }) => name)).toEqual(["test"]);
}, 60_000);

test("nothing is done to a target beyond its own senders, and no workflow calls what it cannot reach", () => {
  const here = { isHere: true, url: new URL("http://127.0.0.1:3000") };
  const there = { isHere: false, url: new URL("https://staging.example.com") };
  const why = (name: string, target = here) => whyNotRemote(scenarioNamed(name), target);
  expect(why("webhook-ack-nominal", there)).toBeNull();
  expect(why("dag-one-call-nominal")).toBeNull();
  expect(why("dag-one-call-nominal", there)).toMatch(/loopback/);
  expect(why("fault-senders-cut")).toBeNull();
  expect(why("fault-senders-cut", there)).toMatch(/encrypted/);
  for (const name of ["fault-kill-9", "fault-postgres-crash", "fault-target-down", "fault-database-down"])
    expect(why(name)).toMatch(/belongs to somebody else/);
  expect(why("tenancy-1000-projects")).toMatch(/other projects/);
  expect(why("webhook-ack-after-saturation")).toMatch(/fills the database/);
});
