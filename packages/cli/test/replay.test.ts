import { createServer, type Server } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createClient } from "@meshhook/contract";
import { runCli } from "@meshhook/testkit/process";
import { expect, onTestFinished, test } from "vitest";

import { exampleText } from "./example.ts";
import { startInMemory } from "./in-memory.ts";

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
  onTestFinished(() => new Promise((resolve) => server.close(() => resolve())));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the forger has no port");
  return `http://127.0.0.1:${address.port}`;
}

test("a replay shows where the server's run and its facts disagree, and ends with 1", async () => {
  const directory = await mkdtemp(join(tmpdir(), "meshhook-replay-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const { url, key } = await startInMemory();
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

  expect(honest.stdout).toMatch(/State hash [0-9a-f]{64}/);
  const all = await runCli(["replay", "--all", "--workflow", "order-gate"], {
    MESHHOOK_URL: url,
    MESHHOOK_API_KEY: key,
  });
  expect([all.code, all.stdout]).toEqual([0, "1 run folded again: all have the same state.\n"]);

  const forged = await startForger(url, `"total":99}`, `"total":98}`);
  const caught = await runCli(["replay", runId], { MESHHOOK_URL: forged, MESHHOOK_API_KEY: key });
  expect(caught.code).toBe(1);
  expect(caught.stdout).toContain("/run/result/output/total: server 98, re-folded 99");
});

test("a replay of all runs names those whose state hash differs from the server's, and one needs to be named otherwise", async () => {
  const { url, key } = await startInMemory();
  const client = createClient({ url, key });
  const definition: unknown = JSON.parse(await exampleText("order-gate/workflow.json"));
  await client.updateWorkflow({ workflow: "order-gate", body: { definition } });
  await client.publishWorkflow({ workflow: "order-gate" });
  const endpoint = await client.createEndpoint({ body: { workflow: "order-gate", name: "orders" } });
  const { runId } = await client.deliver(endpoint.token, await exampleText("order-gate/payload.json"));
  const { stateHash = "" } = await client.getRun({ runId, stateHash: true });
  const forged = await startForger(url, stateHash, "0".repeat(64));
  const caught = await runCli(["replay", "--all"], { MESHHOOK_URL: forged, MESHHOOK_API_KEY: key });
  expect([caught.code, caught.stdout]).toEqual([1, expect.stringContaining(`Run ${runId} differs: server 0000`)]);
  expect(caught.stdout).toContain("1 run folded again: 1 differ; meshhook replay <run> shows where.");

  const unclear = await runCli(["replay"], { MESHHOOK_URL: url, MESHHOOK_API_KEY: key });
  expect([unclear.code, unclear.stderr]).toEqual([2, expect.stringContaining("It is not clear which runs are meant.")]);
});
