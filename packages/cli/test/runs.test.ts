import { createClient } from "@meshhook/contract";
import { waitFor } from "@meshhook/testkit";
import { runCli } from "@meshhook/testkit/process";
import { expect, test } from "vitest";

import { startInMemory } from "./in-memory.ts";

test("failed runs are listed, shown, replayed and resumed, one or many", async () => {
  const { url, key } = await startInMemory();
  const environment = { MESHHOOK_URL: url, MESHHOOK_API_KEY: key };
  const client = createClient({ url, key });
  const definition = {
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug: "sizes",
    nodes: {
      hook: { type: "webhook@1", config: {} },
      name: { type: "transform@1", config: { expression: "input.name" } },
      size: { type: "transform@1", config: { expression: "abs(input.size)" } },
    },
    edges: [
      { from: "hook", to: "name" },
      { from: "name", to: "size" },
    ],
  };
  await client.createWorkflow({ body: { definition } });
  await client.publishWorkflow({ workflow: "sizes" });
  const { token } = await client.createEndpoint({ body: { workflow: "sizes", name: "sizes" } });
  const { runId } = await client.deliver(token, { name: "a", size: "large" });
  const runs = (...args: string[]): ReturnType<typeof runCli> => runCli(["runs", ...args], environment);

  const listed = await runs("list", "--status", "failed", "--node", "size");
  expect([listed.code, listed.stdout]).toEqual([
    0,
    expect.stringMatching(`${runId}  failed  expression_failed in size: `),
  ]);

  const resumed = await runs("resume", runId, "--step", "size", "--input", '{"size":-3}');
  const resumedId = /^Run (\S+)\n$/.exec(resumed.stdout)?.[1] ?? resumed.stderr;
  expect((await client.getRun({ runId: resumedId })).steps.map(({ output }) => output)).toEqual([{ size: -3 }, "a", 3]);

  const shown = await runs("show", runId);
  expect(shown.stdout).toContain("Failed: expression_failed in size");
  expect(shown.stdout).toContain(`Resumed as ${resumedId} at `);

  const dry = await runs("replay", "--workflow", "sizes", "--dry-run");
  expect(dry.stdout).toMatch(/^1 run would be replayed\.\n/);
  expect((await client.listReruns({ runId })).items).toHaveLength(1);

  const job = await runs("replay", "--workflow", "sizes", "--same-version", "--per-second", "100");
  expect([job.code, job.stdout]).toEqual([0, expect.stringMatching(/^Job \S+\n(.*\n)*done: 1 replayed\n$/)]);
  expect((await client.listReruns({ runId })).items.map(({ kind }) => kind)).toEqual(["resume", "replay"]);

  const refused = await runs("resume", runId, "--step", "nothing");
  expect([refused.code, refused.stderr]).toEqual([
    2,
    expect.stringContaining('The run\'s version has no node "nothing"'),
  ]);
});

test("a test delivery is signed and sent, and the log says what became of it", async () => {
  const { url, key } = await startInMemory();
  const environment = { MESHHOOK_URL: url, MESHHOOK_API_KEY: key };
  const client = createClient({ url, key });
  const nodes = { hook: { type: "webhook@1", config: {} } };
  const definition = { apiVersion: "meshhook/v1", kind: "Workflow", slug: "orders", nodes, edges: [] };
  await client.createWorkflow({ body: { definition } });
  await client.publishWorkflow({ workflow: "orders" });
  const settings = { signature: "slack", secret: "canary-of-the-command-line" } as const;
  await client.createEndpoint({ body: { workflow: "orders", name: "orders in", ...settings } });
  const [sent, unsigned] = await Promise.all([
    runCli(["send", "orders in", "--header", "x-acme: 1"], environment),
    runCli(["send", "orders", "--no-sign"], environment),
  ]);
  expect([sent.code, sent.stdout]).toEqual([
    0,
    expect.stringMatching(/^202 after \d+ ms, signed in x-slack-request-timestamp, x-slack-signature\n\{"runId":/),
  ]);
  expect([unsigned.code, unsigned.stdout]).toEqual([1, expect.stringMatching(/^401 .*not signed\n/)]);
  await waitFor("both are logged", async () => (await client.listDeliveries({})).items.length === 2);
  const [all, mistyped] = await Promise.all([
    runCli(["deliveries", "orders in"], environment),
    runCli(["deliveries", "--outcome", "lost"], environment),
  ]);
  const lines = all.stdout.trim().split("\n");
  lines.sort((one, other) => Number(one.includes("rejected")) - Number(other.includes("rejected")));
  expect(lines).toEqual([
    expect.stringMatching(/ {2}202 {2}accepted {3}run [0-9a-f-]{36} succeeded {2}2 bytes {2}a test$/),
    expect.stringMatching(
      / {2}401 {2}rejected {3}signature_invalid: The header x-slack-.* is missing {2}2 bytes {2}a test$/,
    ),
  ]);
  expect([mistyped.code, mistyped.stderr]).toEqual([2, expect.stringContaining('--outcome "lost"')]);
});
