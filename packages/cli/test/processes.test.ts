import { once } from "node:events";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { createClient } from "@meshhook/contract";
import { openDoor } from "@meshhook/server";
import { emptyDatabase, waitFor, type TemporaryDatabase } from "@meshhook/testkit";
import { startMeshHook, type Environment, type RunningMeshHook } from "@meshhook/testkit/process";
import { Client } from "pg";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

import { startHttpTarget, type HttpTarget } from "./http-target.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

/** Between two webhooks of one sender. */
const PAUSE_MS = 20;
const ADMIN_KEY = "mh_0123456789abcdef0123456789";

let directory: string;
let database: TemporaryDatabase;
let observer: Client;
let target: HttpTarget;
let environment: Environment;
let running: RunningMeshHook;

beforeAll(async () => {
  directory = await mkdtemp("/tmp/meshhook-processes-");
  await chmod(directory, 0o711);
  database = await emptyDatabase();
  target = await startHttpTarget(() => ({ status: 200, body: {} }));
  environment = {
    DATABASE_URL: database.url,
    MESHHOOK_DATA_DIR: join(directory, "data"),
    MESHHOOK_ADMIN_KEY: ADMIN_KEY,
    MESHHOOK_EGRESS_ALLOW: target.host,
    MESHHOOK_LEASE_MS: "1500",
  };
  running = await startMeshHook({ ...environment, PORT: "0", MESHHOOK_PROCESSES: "2" });
  observer = new Client({ connectionString: database.url });
  await observer.connect();
});

afterAll(async () => {
  await observer.end();
  await running.end("SIGKILL");
  await target.close();
  await database.drop();
  await rm(directory, { recursive: true, force: true });
});

/** The system's id of a process, the latest one of its number. */
function pidOf(number: number): number {
  const listening = running
    .output()
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as { readonly process?: number; readonly pid?: number; readonly msg: string })
    .filter(({ msg, process }) => msg === "listening" && process === number);
  return listening.at(-1)?.pid ?? 0;
}

async function untilRestarted(number: number, before: number): Promise<void> {
  await waitFor(`process ${number} is back`, () => pidOf(number) !== before);
}

/** How many owners the shards have; a shard without one counts as one more. */
async function owners(): Promise<number> {
  const found = await observer.query<{ owners: number }>(
    "select count(distinct coalesce(token, 'nobody'))::int as owners from meshhook.fences",
  );
  return found.rows[0]?.owners ?? 0;
}

test("two processes divide the shards, share the port and answer together for their metrics", async () => {
  await waitFor("each owns half of the shards", async () => (await owners()) === 2);
  const owned = async (): Promise<readonly string[]> => {
    const text = await (await fetch(`${running.url}/metrics`)).text();
    return text.split("\n").filter((line) => line.startsWith("meshhook_shards_owned{"));
  };
  const halves = [1, 2].map((number) => `meshhook_shards_owned{process="${number}"} 32`);
  await waitFor("both say so", async () => (await owned()).join() === halves.join());
  expect(await (await fetch(`${running.url}/readyz`)).json()).toEqual({ status: "ready", shardsOwned: 32 });
  const metrics = await (await fetch(`${running.url}/metrics`)).text();
  for (const name of ["process_start_time_seconds", "nodejs_version_info", "meshhook_delivery_ack_seconds_bucket"])
    for (const number of [1, 2]) expect(metrics).toMatch(new RegExp(`^${name}\\{.*process="${number}"`, "m"));
});

test("a second start on the port of several processes is refused", async () => {
  const { hostname: host, port } = new URL(running.url);
  await expect(openDoor({ host, port: Number(port) })).rejects.toMatchObject({ code: "EADDRINUSE" });
});

test("a crash, a pause beyond the lease and a stop of one process lose nothing, and it is started again", async () => {
  const client = createClient({ url: running.url, key: ADMIN_KEY });
  const definition = {
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug: "notify",
    nodes: { hook: { type: "webhook@1", config: {} }, tell: { type: "http_call@1", config: { url: target.url } } },
    edges: [{ from: "hook", to: "tell" }],
  };
  await client.updateWorkflow({ workflow: "notify", body: { definition } });
  await client.publishWorkflow({ workflow: "notify" });
  const { token } = await client.createEndpoint({ body: { workflow: "notify", name: "notify" } });

  const accepted = new Set<string>();
  /** Nobody knows whether these were stored. */
  let unanswered = 0;
  const over = new AbortController();
  const sender = async (): Promise<void> => {
    while (!over.signal.aborted) {
      try {
        const answer = await fetch(`${running.url}/hooks/${token}`, { method: "POST", body: "{}" });
        const body = (await answer.json()) as { readonly runId?: string };
        if (answer.status === 202 && body.runId !== undefined) accepted.add(body.runId);
        else if (answer.status !== 503 && answer.status !== 404) unanswered++;
      } catch {
        unanswered++;
      }
      // Load, but not so much that the processes have no time to start.
      await delay(PAUSE_MS);
    }
  };
  const senders = Array.from({ length: 6 }, sender);
  const some = async (): Promise<void> => {
    const before = accepted.size;
    await waitFor("some more are accepted", () => accepted.size > before + 30);
  };

  await some();
  const [first, second] = [pidOf(1), pidOf(2)];
  process.kill(first, "SIGKILL");
  await some();
  await untilRestarted(1, first);
  await waitFor("it owns shards again", async () => (await owners()) === 2);

  process.kill(second, "SIGSTOP");
  await waitFor("its shards were taken over", async () => (await owners()) === 1);
  process.kill(second, "SIGCONT");
  await waitFor("it owns shards again", async () => (await owners()) === 2);
  await some();

  const third = pidOf(1);
  process.kill(third, "SIGTERM");
  await untilRestarted(1, third);
  await some();
  over.abort();
  await Promise.all(senders);

  await waitFor("every run has ended", async () => {
    const open = await observer.query("select from meshhook.runs where status <> 'succeeded'");
    return open.rowCount === 0;
  });
  const runs = await observer.query<{ run_id: string }>(
    "select run_id from meshhook.runs where workflow_id in (select id from meshhook.workflows where slug = 'notify')",
  );
  const stored = new Set(runs.rows.map(({ run_id }) => run_id));
  expect([...accepted].filter((runId) => !stored.has(runId))).toEqual([]);
  expect(stored.size - accepted.size).toBeLessThanOrEqual(unanswered);
  const called = new Set(target.seen.map(({ headers }) => headers["idempotency-key"]));
  expect(called).toEqual(new Set([...stored].map((runId) => `mh-${runId}-tell`)));
  const broken = await observer.query(
    "select run_id from meshhook.journal group by run_id having count(*) <> max(seq) + 1 or count(status) <> 1",
  );
  expect(broken.rows).toEqual([]);
  expect(running.output()).toContain("the others continue its work");
});

test("a request to stop drains all processes, and a process that stops takes no shards of the others", async () => {
  const taken = running.output().split('"took shards over"').length;
  expect(await running.end("SIGTERM")).toBe(0);
  for (const number of [1, 2]) expect(running.output()).toMatch(new RegExp(`"process":${number}.*"msg":"stopped"`));
  expect(running.output().split('"took shards over"')).toHaveLength(taken);
  expect((await observer.query("select from meshhook.owners")).rowCount).toBe(0);
});

test("a second request to stop ends all processes at once, whatever they wait for", async () => {
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
  // Without the second request, this would last five minutes.
  const patient = { MESHHOOK_EGRESS_ALLOW: host, MESHHOOK_DRAIN_MS: "600000" };
  running = await startMeshHook({ ...environment, ...patient, PORT: "0", MESHHOOK_PROCESSES: "2" });
  const client = createClient({ url: running.url, key: ADMIN_KEY });
  const definition = {
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug: "unanswered",
    nodes: {
      hook: { type: "webhook@1", config: {} },
      tell: { type: "http_call@1", config: { url: `http://${host}/`, timeoutMs: 300_000 } },
    },
    edges: [{ from: "hook", to: "tell" }],
  };
  await client.updateWorkflow({ workflow: "unanswered", body: { definition } });
  await client.publishWorkflow({ workflow: "unanswered" });
  const { token } = await client.createEndpoint({ body: { workflow: "unanswered", name: "unanswered" } });
  const called = once(silent, "connection") as Promise<[Socket]>;
  await fetch(`${running.url}/hooks/${token}`, { method: "POST", body: "{}" });
  const [connection] = await called;
  const cut = once(connection, "close");
  const ended = running.end("SIGTERM");
  await waitFor("it drains", () => running.output().includes("stopping: finishing work in progress"));
  // Requests within half a second count as echoes of the first.
  const again = setInterval(() => process.kill(running.pid, "SIGTERM"), 100);
  const code = await ended.finally(() => clearInterval(again));
  expect(code).not.toBe(0);
  // The process that made the call has ended as well.
  await cut;
  silent.close();
});
