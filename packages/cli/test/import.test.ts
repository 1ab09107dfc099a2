import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parseDefinition } from "@meshhook/core";
import { runCli } from "@meshhook/testkit/process";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

vi.setConfig({ testTimeout: 60_000 });

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "meshhook-import-"));
});
afterAll(() => rm(directory, { recursive: true }));

const DOCUMENT = {
  name: "Greetings",
  nodes: [
    { name: "Webhook", type: "n8n-nodes-base.webhook", typeVersion: 2, parameters: { httpMethod: "POST", path: "hi" } },
    {
      name: "Greet",
      type: "n8n-nodes-base.set",
      typeVersion: 3.4,
      parameters: { mode: "raw", jsonOutput: '={ "text": "Hello {{ $json.body.name }}" }' },
    },
  ],
  connections: { Webhook: { main: [[{ node: "Greet", type: "main", index: 0 }]] } },
};

test("`import` writes a definition that is valid, and says what is different", async () => {
  const [source, target] = [join(directory, "n8n.json"), join(directory, "ours.yaml")];
  await writeFile(source, JSON.stringify(DOCUMENT));
  const { code, stdout, stderr } = await runCli(["import", source, "--out", target], {});
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toContain("(n8n) became a workflow with 2 nodes");
  expect(stdout).toContain("Webhook parameters.path: An endpoint has an address of its own");
  expect(stdout).toContain("The result is valid.");
  const read = parseDefinition(await readFile(target, "utf8"), "yaml");
  expect(read).toHaveProperty("definition.slug", "greetings");
});

test("`import` ends with 1 where something was not understood, and keeps the report out of the document", async () => {
  const source = join(directory, "slack.json");
  const nodes = [...DOCUMENT.nodes, { name: "Tell", type: "n8n-nodes-base.slack", parameters: {} }];
  const connections = { ...DOCUMENT.connections, Greet: { main: [[{ node: "Tell", type: "main", index: 0 }]] } };
  await writeFile(source, JSON.stringify({ ...DOCUMENT, nodes, connections }));
  const { code, stdout, stderr } = await runCli(["import", source], {});
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toHaveProperty("nodes.tell.type", "n8n.slack");
  expect(stderr).toContain('Tell type: Nodes of the type "slack" are not imported.');
  expect(stderr).toContain("1 mistake prevents it from being published:");
});

test("`import` refuses what is not a workflow", async () => {
  const source = join(directory, "nothing.json");
  await writeFile(source, '{"hello": 1}');
  const { code, stderr } = await runCli(["import", source, "--from", "n8n"], {});
  expect([code, stderr]).toEqual([2, expect.stringContaining('is not a document of n8n: its fields are "hello"')]);
});
