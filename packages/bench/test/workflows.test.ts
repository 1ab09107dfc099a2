import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@meshhook/contract";
import type { Client } from "@meshhook/contract";
import { temporaryDatabase, waitFor } from "@meshhook/testkit";
import type { TemporaryDatabase } from "@meshhook/testkit";
import { startMeshHook } from "@meshhook/testkit/process";
import type { RunningMeshHook } from "@meshhook/testkit/process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { payloadsOf, SMALL } from "../src/load/payload.ts";
import { Sink } from "../src/load/sink/sink.ts";
import { PLAIN } from "../src/scenario/deliveries.ts";
import { PROMPT } from "../src/scenario/target.ts";
import { BUILT_IN } from "../src/scenario/workflow/built-in.ts";
import type { WorkflowName } from "../src/scenario/workflow/built-in.ts";
import { workflowDocument } from "../src/scenario/workflow/document.ts";
import type { ScenarioWorkflow } from "../src/scenario/workflow/document.ts";
import { canonical, expectedOf } from "../src/scenario/workflow/expected.ts";
import { readLines } from "../src/suite/slow-lines.ts";

const KEY = "mh_0123456789abcdef0123456789abcdef";
const START_MS_MAX = 180_000;

let database: TemporaryDatabase;
let meshhook: RunningMeshHook;
let sink: Sink;
let client: Client;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "meshhook-workflows-"));
  database = await temporaryDatabase();
  sink = await Sink.start();
  meshhook = await startMeshHook({
    DATABASE_URL: database.url,
    PORT: "0",
    MESHHOOK_ADMIN_KEY: KEY,
    MESHHOOK_DATA_DIR: directory,
    MESHHOOK_SAMPLE: "off",
    MESHHOOK_EGRESS_ALLOW: `127.0.0.1:${String(sink.port)}`,
  });
  client = createClient({ url: meshhook.url, key: KEY });
}, START_MS_MAX);

afterAll(async () => {
  await meshhook.end("SIGTERM");
  await sink.stop();
  await database.drop();
  await rm(directory, { recursive: true });
}, START_MS_MAX);

/** What the benchmark waits for, this test does not have to. */
function withShortDelays(document: object): object {
  const text = JSON.stringify(document)
    .replace('"durationMs":5000', '"durationMs":200')
    .replaceAll("`30000`", "`1000`");
  return JSON.parse(text) as object;
}

/** Publishes a workflow, sends it each body once, and waits for the ends. */
async function run(
  workflow: ScenarioWorkflow,
  name: string,
  bodies: readonly string[],
): Promise<{ readonly runId: string; readonly result: { readonly status: string; readonly output: unknown } }[]> {
  const definition = withShortDelays(workflowDocument(workflow, name, sink.port));
  const created = await client.createWorkflow({ body: { definition } });
  await client.publishWorkflow({ workflow: created.id });
  const endpoint = await client.createEndpoint({ body: { workflow: created.id, name } });
  return Promise.all(
    bodies.map(async (body) => {
      const answer = await fetch(`${meshhook.url}${endpoint.path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      });
      expect(answer.status).toBe(202);
      const { runId } = (await answer.json()) as { readonly runId: string };
      await waitFor(`the run of ${name} ends`, async () => (await client.getRun({ runId })).result !== null, {
        timeoutMs: 60_000,
      });
      const { result } = await client.getRun({ runId });
      if (result === null) throw new Error(`Run ${runId} has lost its result.`);
      return { runId, result };
    }),
  );
}

/** An opened issue and a closed one. */
function twoPayloads(): readonly { readonly body: string }[] {
  const payloads = payloadsOf(SMALL, 5);
  const closed = payloads.find(({ body }) => body.startsWith('{"action":"closed"'));
  const opened = payloads.find(({ body }) => body.startsWith('{"action":"opened"'));
  if (closed === undefined || opened === undefined) throw new Error("The payloads have lost one of their branches.");
  return [opened, closed];
}

/** Targets that make the workflows with retries use them. */
const TARGETS: { readonly [Name in WorkflowName]?: Parameters<Sink["reset"]>[0] } = {
  "call-retried": {
    seed: 1,
    attempts: [[{ share: 1, kind: "answer", status: 503 }], [{ share: 1, kind: "answer", status: 200 }]],
  },
  "call-given-up": { seed: 1, attempts: [[{ share: 1, kind: "answer", status: 500 }]] },
};

const NAMES = Object.keys(BUILT_IN) as WorkflowName[];

test.each(NAMES)(
  "%s: runs end and call as the plain code beside the document says",
  async (name) => {
    await sink.reset(TARGETS[name] ?? 0);
    const payloads = twoPayloads();
    const workflow = { kind: "built-in", name } as const;
    const expected = expectedOf({ workflow, deliveries: PLAIN, faults: [], target: PROMPT }, payloads);
    const runs = await run(
      workflow,
      name,
      payloads.map(({ body }) => body),
    );
    for (const [n, { result }] of runs.entries()) {
      const right = expected.resultOf(n);
      expect({ status: result.status, output: canonical(result.output) }).toEqual({
        status: right.status,
        output: canonical(right.output),
      });
    }
    const { effects } = await sink.report(join(directory, "effects.tsv"));
    const calls = runs.map(
      ({ runId }, n) =>
        new Set(
          effects
            .filter((effect) => effect.runId === runId)
            .map(({ body }) => expected.callOf?.(body))
            .map((call) => (call?.payload === n ? call.call : "of another run")),
        ),
    );
    const { calls: callsPerRun } = BUILT_IN[name];
    expect(calls).toEqual(runs.map(() => new Set(Array.from({ length: callsPerRun }, (_, call) => call))));
    const attempts = name === "call-retried" ? 2 : name === "call-given-up" ? 3 : 1;
    expect(effects).toHaveLength(runs.length * callsPerRun * attempts);
  },
  60_000,
);

test("calls of a workflow of one's own go to the benchmark's target, with their path and query, whatever host it names", async () => {
  await sink.reset(0);
  const document = {
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug: "own",
    name: "Own",
    nodes: {
      order: { type: "webhook@1", config: {} },
      first: { type: "http_call@1", config: { url: "https://crm.example.com/cases?kind={{ input.kind }}" } },
      second: { type: "http_call@1", config: { method: "GET", url: "http://198.51.100.7:8080", query: { a: "b" } } },
    },
    edges: [
      { from: "order", to: "first" },
      { from: "first", to: "second" },
    ],
  };
  const workflow = {
    kind: "own",
    path: "own.yaml",
    document,
    expect: { status: "succeeded", outputs: [null], calls: 2 },
  } as const;
  const [only] = await run(workflow, "own", ['{ "kind": "order" }']);
  expect(only?.result).toMatchObject({ status: "succeeded", output: null });
  const lines = await readLines(client, only?.runId ?? "");
  expect(lines[0]?.text).toMatch(/^Run of bench-own started/);
  expect(lines.map(({ text }) => text).join("\n")).toContain("second succeeded");
  const { effects } = await sink.report(join(directory, "effects.tsv"));
  expect(effects.map(({ runId }) => runId)).toEqual([only?.runId, only?.runId]);
  // Both clocks are this machine's.
  for (const { atUs } of lines) expect(Math.abs(atUs - (effects[0]?.atUs ?? 0))).toBeLessThan(60e6);
  const expected = expectedOf({ workflow, deliveries: PLAIN, faults: [], target: PROMPT }, [{ body: "{}" }]);
  expect(expected).toMatchObject({ callsPerRun: 2, attemptsMax: 1, callOf: null });
  expect(expected.resultOf(0)).toEqual({ status: "succeeded", output: null });
});
