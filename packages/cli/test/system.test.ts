import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { createClient, RequestProblem, type Client } from "@meshhook/contract";
import { startEmbeddedPostgres } from "@meshhook/embedded";
import { waitFor } from "@meshhook/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";

import { runCli, startMeshHook, type Environment, type RunningMeshHook } from "@meshhook/testkit/process";
import { exampleText } from "./example.ts";
import { startHttpTarget, type HttpTarget } from "./http-target.ts";

const ORDER = { orderId: "A-1", country: "DE", lines: [{ sku: "lamp", quantity: 1, unitPrice: 5 }] };

let directory: string;
let mail: HttpTarget;
let running: RunningMeshHook | null;
let environment: Environment;

// Every command is a separate process, and the machine may be busy.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

// All tests use one data directory, because a new database takes seconds of work; the first start of the file is the first start on it.
beforeAll(async () => {
  directory = await mkdtemp("/tmp/meshhook-system-");
  await chmod(directory, 0o711);
  environment = { MESHHOOK_DATA_DIR: join(directory, "data"), PORT: "0", MESHHOOK_CONSOLE: "off" };
});

afterAll(async () => {
  const server = await startEmbeddedPostgres({ dataDir: join(directory, "data", "postgres") });
  await server.stop("immediate");
  await rm(directory, { recursive: true, force: true });
});

beforeEach(async () => {
  mail = await startHttpTarget(() => ({ status: 202, body: { queued: true } }));
  running = null;
  environment = { ...environment, MESHHOOK_EGRESS_ALLOW: mail.host };
});

afterEach(async () => {
  await running?.end("SIGKILL");
  await mail.close();
});

/** Starts MeshHook; later starts use the key and the port of the first. */
async function start(): Promise<RunningMeshHook> {
  running = await startMeshHook(environment);
  environment = {
    ...environment,
    PORT: new URL(running.url).port,
    MESHHOOK_URL: running.url,
    ...(running.shownKey === null ? {} : { MESHHOOK_API_KEY: running.shownKey }),
  };
  return running;
}

function client(): Client {
  return createClient({ url: environment["MESHHOOK_URL"]!, key: environment["MESHHOOK_API_KEY"]! });
}

/** Applies examples, with their hosts replaced by the local target, through the command line. */
async function applyExamples(): Promise<void> {
  const paths: string[] = [];
  for (const example of ["order-gate/workflow.json", "delayed-follow-up/workflow.yaml"]) {
    const path = join(directory, example.replace("/", "-"));
    await writeFile(path, await exampleText(example, mail.url));
    paths.push(path);
  }
  const applied = await runCli(["apply", ...paths], environment);
  expect(applied.stderr).toBe("");
  expect(applied.code).toBe(0);
}

async function tokenOf(name: string): Promise<string> {
  const { items } = await client().listEndpoints();
  return items.find((endpoint) => endpoint.name === name)!.token;
}

async function untilEnded(runIds: readonly string[]): Promise<void> {
  const open = new Set(runIds);
  await waitFor("all runs have succeeded", async () => {
    for (const runId of open) {
      const { status, result } = await client().getRun({ runId });
      if (status === "running") return false;
      expect([runId, status, result?.error]).toEqual([runId, "succeeded", undefined]);
      open.delete(runId);
    }
    return true;
  });
}

test("a first start, an applied workflow, a followed run and its replay work from the command line alone", async () => {
  const first = await start();
  expect(first.shownKey).toMatch(/^mh_/);
  expect(first.output().split(first.shownKey!)).toHaveLength(2);
  await applyExamples();

  const payload = join(directory, "payload.json");
  await writeFile(payload, JSON.stringify(ORDER));
  const followed = await runCli(["run", "order-gate", "--payload", payload, "--follow"], environment);
  expect(followed.code).toBe(0);
  expect(followed.stdout).toMatch(
    /^Run [0-9a-f-]{36}\n.*run of order-gate started\n.*succeeded {2}\{"decision":"accepted","orderId":"A-1","total":5\}\n$/is,
  );
  const runId = followed.stdout.slice("Run ".length, "Run ".length + 36);
  const replayed = await runCli(["replay", runId], environment);
  expect([replayed.code, replayed.stdout]).toEqual([0, expect.stringContaining("the same state (succeeded)")]);

  await writeFile(payload, JSON.stringify({ ...ORDER, country: "US" }));
  const refused = await runCli(["run", "order-gate", "--payload", payload, "--follow"], environment);
  expect([refused.code, refused.stdout]).toEqual([5, expect.stringContaining("we do not deliver to US")]);

  const unknown = await runCli(["run", "order-gat", "--payload", payload], environment);
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining("Endpoints: ")]);
  const denied = await runCli(["replay", runId], { ...environment, MESHHOOK_API_KEY: `mh_${"x".repeat(43)}` });
  expect(denied.code).toBe(7);
  expect(await first.end("SIGTERM")).toBe(0);
  const away = await runCli(["replay", runId], environment);
  expect([away.code, away.stderr]).toEqual([3, expect.stringContaining("MeshHook does not answer at")]);
});

test("runs accepted before a kill -9 continue and end after the next start", async () => {
  const first = await start();
  await applyExamples();
  const [orders, signups] = [await tokenOf("order-gate"), await tokenOf("delayed-follow-up")];
  const runIds: string[] = [];
  for (let number = 0; number < 10; number++) {
    runIds.push((await client().deliver(orders, ORDER)).runId);
    // Longer than it takes to be killed, on a busy machine too: the delay must end in the next process.
    const signup = { customer: { name: "Ada", email: `${number}@example.com` }, plan: "trial", followUpAfterMs: 5_000 };
    runIds.push((await client().deliver(signups, signup, { idempotencyKey: `signup-${number}` })).runId);
  }
  await first.end("SIGKILL");
  expect(mail.seen).toHaveLength(0);

  const second = await start();
  expect(second.shownKey).toBeNull();
  const repeated = await client().deliver(
    signups,
    { customer: { name: "Ada", email: "0@example.com" }, plan: "trial", followUpAfterMs: 5_000 },
    { idempotencyKey: "signup-0" },
  );
  expect(repeated).toMatchObject({ runId: runIds[1], duplicate: true });
  await untilEnded(runIds);
  const recipients = mail.seen.map(({ body }) => (body as { message: { to: string } }).message.to);
  expect(recipients.sort()).toEqual(Array.from({ length: 10 }, (_, number) => `${number}@example.com`));
  for (const runId of runIds.slice(0, 2)) expect((await runCli(["replay", runId], environment)).code).toBe(0);
  expect(await second.end("SIGTERM")).toBe(0);
});

test("SIGTERM under load ends with 0 and loses nothing that was accepted", async () => {
  const first = await start();
  await applyExamples();
  const [orders, signups] = [await tokenOf("order-gate"), await tokenOf("delayed-follow-up")];
  const accepted: string[] = [];
  const failures: unknown[] = [];
  const stopped = new AbortController();
  const sender = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      try {
        accepted.push((await client().deliver(orders, ORDER)).runId);
        const signup = { customer: { name: "Ada", email: "ada@example.com" }, plan: "trial", followUpAfterMs: 50 };
        accepted.push((await client().deliver(signups, signup)).runId);
      } catch (error) {
        failures.push(error);
        // The process is stopping, so the load has done its work.
        return;
      }
    }
  };
  const senders = Array.from({ length: 8 }, sender);
  await waitFor("some hundred deliveries are accepted", () => accepted.length > 300);
  expect(await first.end("SIGTERM")).toBe(0);
  stopped.abort();
  await Promise.all(senders);
  // A sender notices the end by a refusal or a closed connection, never by a wrong answer.
  for (const error of failures) {
    if (error instanceof RequestProblem) expect(error.status).toBe(503);
    else expect(error).toBeInstanceOf(TypeError);
  }

  const second = await start();
  await untilEnded(accepted);
  expect(await second.end("SIGINT")).toBe(0);
});

test("all mistakes in the configuration are listed and nothing starts", async () => {
  const outcome = await runCli(["start", "--lease-ms", "1"], { ...environment, PORT: "x", MESHHOOK_LOG_LEVEL: "loud" });
  expect(outcome.code).toBe(2);
  expect(outcome.stderr).toContain(`PORT: "x" is not an integer from 0 to 65535`);
  expect(outcome.stderr).toContain(`MESHHOOK_LOG_LEVEL: "loud" is not one of debug, info, warn, error`);
  expect(outcome.stderr).toContain(`--lease-ms: "1" is not an integer from 1000 to 120000`);
});

test("a dry run lists every mistake of every file and needs no server", async () => {
  const [left, right] = [join(directory, "left.json"), join(directory, "right.yaml")];
  await writeFile(left, "{");
  await writeFile(
    right,
    "apiVersion: meshhook/v1\nkind: Workflow\nslug: right\nnodes: { a: { type: nonsense@1, config: {} } }\nedges: [{ from: a, to: b }]\n",
  );
  const outcome = await runCli(["apply", "--dry-run", left, right], {});
  expect(outcome.code).toBe(2);
  expect(outcome.stderr).toContain(`${left}: `);
  expect(outcome.stderr).toContain("[unknown_node_type]");
  expect(outcome.stderr).toContain(`${right} /edges/0/to`);
});
