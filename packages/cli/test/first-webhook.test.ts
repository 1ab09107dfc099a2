import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createClient } from "@meshhook/contract";
import { emptyDatabase, waitFor } from "@meshhook/testkit";
import { startMeshHook, type Environment, type RunningMeshHook } from "@meshhook/testkit/process";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let environment: Environment;
const closers: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  const directory = await mkdtemp(join(tmpdir(), "meshhook-first-"));
  closers.push(() => rm(directory, { recursive: true, force: true }));
  const database = await emptyDatabase();
  closers.push(() => database.drop());
  environment = { MESHHOOK_DATA_DIR: directory, DATABASE_URL: database.url, PORT: "0", MESHHOOK_CONSOLE: "off" };
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function start(more: Environment = {}): Promise<RunningMeshHook> {
  const running = await startMeshHook({ ...environment, ...more });
  closers.push(() => running.end("SIGKILL"));
  return running;
}

const CURL = /curl -sS -X POST (\S+) -H 'content-type: application\/json' --data '([^']+)'/;

test("an empty installation shows a webhook that works, once", async () => {
  const running = await start();
  const [, url = "", data = ""] = CURL.exec(running.output()) ?? [];
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/hooks\/[\w-]{24}$/);
  const send = async (body: string): Promise<unknown> => {
    const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
    expect(response.status).toBe(202);
    const { runId } = (await response.json()) as { runId: string };
    const client = createClient({ url: running.url, key: running.shownKey ?? "" });
    await waitFor("the run is over", async () => (await client.getRun({ runId })).status !== "running");
    return (await client.getRun({ runId })).result;
  };
  expect(await send(data)).toEqual({ status: "succeeded", output: { greeting: "Hello, Ada!" } });
  expect(await send("{}")).toMatchObject({ status: "succeeded", output: { greeting: "Hello, stranger!" } });
  expect(await send(`{"name":5}`)).toMatchObject({ status: "succeeded", output: { greeting: "Hello, 5!" } });

  const client = createClient({ url: running.url, key: running.shownKey ?? "" });
  const workflow = await client.getWorkflow({ workflow: "first-webhook" });
  expect(workflow).toMatchObject({ name: "Your first webhook", activeVersionNumber: 1, issues: [] });
  expect(workflow.draftHash).toBe(workflow.activeVersionHash);
  const { nodes, layout } = workflow.definition as { nodes: object; layout: object };
  expect(Object.keys(layout)).toEqual(Object.keys(nodes));

  expect(await running.end("SIGTERM")).toBe(0);
  const again = await start({ MESHHOOK_ADMIN_KEY: running.shownKey ?? "" });
  expect(again.output()).not.toMatch(CURL);
  const later = createClient({ url: again.url, key: running.shownKey ?? "" });
  expect((await later.listEndpoints()).items).toHaveLength(1);
  expect((await later.listVersions({ workflow: "first-webhook" })).items).toHaveLength(1);
});

test("with MESHHOOK_SAMPLE=off it is not created", async () => {
  const running = await start({ MESHHOOK_SAMPLE: "off" });
  expect(running.output()).not.toMatch(CURL);
  const client = createClient({ url: running.url, key: running.shownKey ?? "" });
  expect((await client.listWorkflows({})).items).toEqual([]);
});
