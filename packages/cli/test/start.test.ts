import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";

import { createClient } from "@meshhook/contract";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "@meshhook/embedded";
import { emptyDatabase, waitFor } from "@meshhook/testkit";
import { Client } from "pg";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { runCli, spawnCli, startMeshHook, type Environment } from "@meshhook/testkit/process";
import { exampleText } from "./example.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const ADMIN_KEY = "mh_0123456789abcdef0123456789";

let directory: string;
let environment: Environment;
const closers: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  directory = await mkdtemp("/tmp/meshhook-start-");
  await chmod(directory, 0o711);
  environment = {
    MESHHOOK_DATA_DIR: join(directory, "data"),
    PORT: "0",
    MESHHOOK_CONSOLE: "off",
    MESHHOOK_ADMIN_KEY: ADMIN_KEY,
  };
});

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await rm(directory, { recursive: true, force: true });
});

async function databaseUrl(): Promise<string> {
  const database = await emptyDatabase();
  closers.push(() => database.drop());
  return database.url;
}

test("a database that comes up late is waited for", async () => {
  const dataDir = join(directory, "database");
  const settings = { shared_buffers: "16MB", min_wal_size: "32MB" };
  const earlier: EmbeddedPostgres = await startEmbeddedPostgres({ dataDir, settings });
  await earlier.stop();

  const child = spawnCli(["start"], { ...environment, DATABASE_URL: earlier.url });
  closers.push(() => Promise.resolve(child.kill("SIGKILL")));
  let output = "";
  child.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  await waitFor("the first try has failed", () => output.includes("the database cannot be reached yet"));
  const later = await startEmbeddedPostgres({ dataDir, settings });
  closers.push(() => later.stop("immediate"));
  expect(later.url).toBe(earlier.url);
  await waitFor("MeshHook is ready", () => output.includes(`"msg":"ready"`));
  expect(output).not.toContain(new URL(earlier.url).password);
});

test("a database that refuses the password is named at once, without the password", async () => {
  const url = new URL(await databaseUrl());
  url.password = "not-the-password";
  const outcome = await runCli(["start"], { ...environment, DATABASE_URL: url.href });
  expect(outcome.code).toBe(3);
  expect(outcome.stderr).toMatch(/The database refused the connection: .*password authentication failed/);
  expect(outcome.stderr + outcome.stdout).not.toContain("not-the-password");
});

test("a schema that cannot be updated is not called a refused connection", async () => {
  const url = await databaseUrl();
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query("create schema meshhook; create table meshhook.journal (mine int)");
  await client.end();
  const outcome = await runCli(["migrate"], { ...environment, DATABASE_URL: url });
  expect(outcome.code).toBe(3);
  expect(outcome.stderr).toMatch(
    /^Error: The database schema could not be updated: Migration 0002_create_journal failed and was rolled back: .*already exists\.$/m,
  );
});

test("a port in use is named, and so is the variable that chooses another", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  closers.push(() => new Promise((resolve) => other.close(resolve)));
  const address = other.address();
  const port = typeof address === "object" && address !== null ? String(address.port) : "";
  const outcome = await runCli(["start"], { ...environment, DATABASE_URL: await databaseUrl(), PORT: port });
  expect([outcome.code, outcome.stderr]).toEqual([
    2,
    expect.stringContaining(`Port ${port} on 127.0.0.1 is already in use`),
  ]);
  expect(outcome.stderr).toContain("PORT");
});

/** Publishes the example whose call goes to `host`, and delivers its payload. */
async function deliverExample(url: string, host: string): Promise<void> {
  const client = createClient({ url, key: ADMIN_KEY });
  const definition: unknown = JSON.parse(await exampleText("github-issue-to-crm/workflow.json", `http://${host}`));
  await client.updateWorkflow({ workflow: "github-issue-to-crm", body: { definition } });
  await client.publishWorkflow({ workflow: "github-issue-to-crm" });
  const endpoint = await client.createEndpoint({ body: { workflow: "github-issue-to-crm", name: "issues" } });
  await client.deliver(endpoint.token, await exampleText("github-issue-to-crm/payload.json"));
}

test("a closed terminal ends a process like a request to stop: what is in flight is finished first", async () => {
  let answer: (() => void) | null = null;
  const target = createServer((_request, response) => {
    answer = () => response.setHeader("content-type", "application/json").end("{}");
  });
  await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
  closers.push(() => new Promise((resolve) => target.close(resolve)));
  const address = target.address();
  const host = `127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  const running = await startMeshHook({
    ...environment,
    DATABASE_URL: await databaseUrl(),
    MESHHOOK_EGRESS_ALLOW: host,
    MESHHOOK_DRAIN_MS: "600000",
  });
  closers.push(() => running.end("SIGKILL"));
  await deliverExample(running.url, host);
  await waitFor("the call is in flight", () => answer !== null);

  const ended = running.end("SIGHUP");
  await waitFor("it is stopping", () => running.output().includes('"reason":"SIGHUP"'));
  answer!();
  expect(await ended).toBe(0);
  expect(running.output()).toContain('"msg":"stopped"');
});

test("a second request to stop does not wait for what is in flight", async () => {
  let isCalled = false;
  const target = createServer(() => {
    isCalled = true;
  });
  await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
  closers.push(() => {
    target.closeAllConnections();
    return new Promise((resolve) => target.close(resolve));
  });
  const address = target.address();
  const host = `127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  const running = await startMeshHook({
    ...environment,
    DATABASE_URL: await databaseUrl(),
    MESHHOOK_EGRESS_ALLOW: host,
    MESHHOOK_DRAIN_MS: "600000",
  });
  closers.push(() => running.end("SIGKILL"));
  expect(running.output()).toContain("the one in MESHHOOK_ADMIN_KEY");
  expect(running.output()).not.toContain(ADMIN_KEY);

  await deliverExample(running.url, host);
  await waitFor("the call is in flight", () => isCalled);

  // Requests right after the first count as its echoes, so they are repeated until one counts.
  let hasEnded = false;
  const ended = running.end("SIGTERM").then((code) => {
    hasEnded = true;
    return code;
  });
  await waitFor(
    "the process has ended",
    () => {
      if (!hasEnded) process.kill(running.pid, "SIGTERM");
      return hasEnded;
    },
    { pollMs: 100 },
  );
  expect(await ended).toBe(1);
  expect(running.output()).toContain("asked to stop a second time");
});
