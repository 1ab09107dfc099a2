import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createClient } from "@meshhook/contract";
import { waitFor } from "@meshhook/testkit";
import { runCli } from "@meshhook/testkit/process";
import { expect, onTestFinished, test } from "vitest";

import { startInMemory } from "./in-memory.ts";

test("a signal is sent with its payload, from a file or the command line, and mistakes are named", async () => {
  const { url, key } = await startInMemory();
  const environment = { MESHHOOK_URL: url, MESHHOOK_API_KEY: key };
  const client = createClient({ url, key });
  const folder = await mkdtemp(join(tmpdir(), "meshhook-signal-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "payload.json");
  await writeFile(file, '{"by":"Ann"}');
  const wait = { type: "wait_for_signal@1", config: { name: "approve" } };
  const definition = {
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug: "approval",
    nodes: {
      hook: { type: "webhook@1", config: {} },
      first: wait,
      second: wait,
      end: {
        type: "terminate@1",
        config: { output: { $jmes: "[nodes.first.output.payload, nodes.second.output.payload]" } },
      },
    },
    edges: [
      { from: "hook", to: "first" },
      { from: "first", to: "second" },
      { from: "second", to: "end" },
    ],
  };
  await client.createWorkflow({ body: { definition } });
  await client.publishWorkflow({ workflow: "approval" });
  const endpoint = await client.createEndpoint({ body: { workflow: "approval", name: "approval" } });
  const { runId } = await client.deliver(endpoint.token, {});

  const sent = await runCli(["signal", runId, "approve", `@${file}`, "--key", "mail-1"], environment);
  expect(sent).toMatchObject({ code: 0, stdout: `The signal "approve" is stored and will reach run ${runId}.\n` });
  const repeated = await runCli(["signal", runId, "approve", "1", "--key", "mail-1"], environment);
  expect(repeated).toMatchObject({ code: 0, stdout: expect.stringContaining("nothing was sent") });
  const mistyped = await runCli(["signal", runId, "approve", "{by:Ann}"], environment);
  expect([mistyped.code, mistyped.stderr]).toEqual([2, expect.stringContaining("The payload is not JSON")]);
  const linked = await runCli(["signal", runId, "approve", "2", "--link"], environment);
  const [link = ""] = linked.stdout.split("\n");
  expect(link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/signals\//);
  expect((await fetch(link, { method: "POST" })).status).toBe(200);
  await waitFor("the run has ended", async () => (await client.getRun({ runId })).result !== null);
  expect((await client.getRun({ runId })).result).toMatchObject({ status: "succeeded", output: [{ by: "Ann" }, 2] });
  const late = await runCli(["signal", runId, "approve"], environment);
  expect([late.code, late.stderr]).toEqual([2, expect.stringContaining(`The run ${runId} has ended`)]);
});

test("a workflow is paused and resumed, and a project limited, from the command line", async () => {
  const { url, key } = await startInMemory();
  const environment = { MESHHOOK_URL: url, MESHHOOK_API_KEY: key };
  const client = createClient({ url, key });
  const definition = {
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug: "flow",
    nodes: { hook: { type: "webhook@1", config: {} } },
    edges: [],
  };
  await client.createWorkflow({ body: { definition } });
  const paused = await runCli(["pause", "flow"], environment);
  expect([paused.code, paused.stdout]).toEqual([0, expect.stringContaining("The workflow flow has been paused since")]);
  expect((await client.getWorkflow({ workflow: "flow" })).pausedAt).not.toBeNull();
  const [resumed, limited, mistyped] = await Promise.all([
    runCli(["resume", "flow"], environment),
    runCli(["project", "default", "--concurrency", "50", "--keep-days", "90", "--webhooks", "600/60"], environment),
    runCli(["project", "default", "--concurrency", "0"], environment),
  ]);
  expect([resumed.code, resumed.stdout]).toEqual([0, expect.stringContaining("The workflow flow is not paused")]);
  expect(limited.stdout).toBe(
    "default  Default  50 runs at a time, runs kept for 90 days, 600 webhooks in 60 seconds\n",
  );
  const rateLimit = { requests: 600, perS: 60 };
  expect((await client.listProjects()).items).toMatchObject([{ concurrency: 50, retentionDays: 90, rateLimit }]);
  expect([mistyped.code, mistyped.stderr]).toEqual([2, expect.stringContaining('--concurrency is "0"')]);

  await client.createEndpoint({ body: { workflow: "flow", name: "orders in" } });
  const closed = await runCli(["pause", "--endpoint", "orders in"], environment);
  expect(closed.stdout).toMatch(/^The endpoint orders in has been paused since .*: webhooks are answered 503/);
  const [opened, unclear] = await Promise.all([
    runCli(["resume", "--endpoint", "flow"], environment),
    runCli(["pause", "flow", "--endpoint", "flow"], environment),
  ]);
  expect(opened.stdout).toBe("The endpoint orders in is not paused: it accepts webhooks.\n");
  expect((await client.listEndpoints()).items).toMatchObject([{ pausedAt: null }]);
  expect([unclear.code, unclear.stderr]).toEqual([
    2,
    expect.stringContaining("Name either a workflow, or an endpoint"),
  ]);
});
