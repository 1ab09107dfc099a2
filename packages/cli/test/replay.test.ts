import { createServer, type Server } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createClient } from "@meshhook/contract";
import { createMemoryStore } from "@meshhook/journal";
import { PlanCache, startRuntime } from "@meshhook/runtime";
import { startServer } from "@meshhook/server";
import { pino } from "pino";
import { afterEach, expect, test } from "vitest";

import { ensureAdminKey } from "../src/start/admin-key.ts";
import { runCli } from "@meshhook/testkit/process";
import { exampleText } from "./example.ts";

const ADMIN_KEY = "mh_replay-test-0123456789abcdef";
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A real server over a journal in memory. */
async function startMeshHook(): Promise<{ readonly url: string; readonly key: string }> {
  const store = createMemoryStore();
  const log = pino({ level: "error" });
  const plans = new PlanCache(store.catalog);
  await ensureAdminKey(store.catalog, { adminKey: ADMIN_KEY, dataDir: "." });
  const runtime = await startRuntime({
    journal: store.journal,
    catalog: store.catalog,
    plans,
    name: "replay",
    egressAllow: [],
    log,
  });
  closers.push(() => runtime.drain(1_000));
  const server = await startServer({
    engine: runtime,
    journal: store.journal,
    catalog: store.catalog,
    plans,
    host: "127.0.0.1",
    port: 0,
    log,
    version: "test",
    secretKey: Buffer.alloc(32, 1),
    console: null,
    reports: null,
  });
  closers.push(() => server.close());
  return { url: server.url, key: ADMIN_KEY };
}

/** Passes requests on, and changes text in the answers: a server that contradicts its facts. */
async function startForger(origin: string, from: string, to: string): Promise<string> {
  const server: Server = createServer((request, response) => {
    void fetch(`${origin}${request.url}`, { headers: { authorization: request.headers.authorization ?? "" } }).then(
      async (answer) => {
        response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" });
        response.end((await answer.text()).replaceAll(from, to));
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => new Promise((resolve) => server.close(resolve)));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the forger has no port");
  return `http://127.0.0.1:${address.port}`;
}

test("a replay shows where the server's run and its facts disagree, and ends with 1", async () => {
  const directory = await mkdtemp(join(tmpdir(), "meshhook-replay-"));
  closers.push(() => rm(directory, { recursive: true }));
  const { url, key } = await startMeshHook();
  const client = createClient({ url, key });
  const definition: unknown = JSON.parse(await exampleText("order-gate/workflow.json"));
  await client.updateWorkflow({ workflow: "order-gate", body: { definition } });
  await client.publishWorkflow({ workflow: "order-gate" });
  const endpoint = await client.createEndpoint({ body: { workflow: "order-gate", name: "orders" } });
  const { runId } = await client.deliver(endpoint.token, await exampleText("order-gate/payload.json"));

  const honest = await runCli(["replay", runId], { MESHHOOK_URL: url, MESHHOOK_API_KEY: key });
  expect([honest.code, honest.stdout]).toEqual([
    0,
    expect.stringContaining("folding 1 fact again gives the same state (succeeded)"),
  ]);

  const forged = await startForger(url, `"total":99}`, `"total":98}`);
  const caught = await runCli(["replay", runId], { MESHHOOK_URL: forged, MESHHOOK_API_KEY: key });
  expect(caught.code).toBe(1);
  expect(caught.stdout).toContain("/run/result/output/total: server 98, re-folded 99");
});
