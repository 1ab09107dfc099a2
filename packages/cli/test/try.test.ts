import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createClient, type Client, RequestProblem } from "@meshhook/contract";
import { runCli, type CommandOutcome } from "@meshhook/testkit/process";
import { expect, onTestFinished, test, vi } from "vitest";

import { exampleText } from "./example.ts";
import { startInMemory } from "./in-memory.ts";

vi.setConfig({ testTimeout: 60_000 });

interface Published {
  readonly client: Client;
  readonly directory: string;
  /** In the order in which they were sent: accepted, refused, for review. */
  readonly runIds: readonly string[];
  readonly cli: (...args: string[]) => Promise<CommandOutcome>;
}

async function publish(): Promise<Published> {
  const directory = await mkdtemp(join(tmpdir(), "meshhook-try-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const { url, key } = await startInMemory();
  const client = createClient({ url, key });
  const definition: unknown = JSON.parse(await exampleText("order-gate/workflow.json"));
  await client.updateWorkflow({ workflow: "order-gate", body: { definition } });
  await client.publishWorkflow({ workflow: "order-gate" });
  const { token } = await client.createEndpoint({ body: { workflow: "order-gate", name: "orders" } });
  const runIds: string[] = [];
  for (const payload of ["payload.json", "payload-abroad.json", "payload-large.json"]) {
    runIds.push((await client.deliver(token, await exampleText(`order-gate/${payload}`))).runId);
  }
  return { client, directory, runIds, cli: (...args) => runCli(args, { MESHHOOK_URL: url, MESHHOOK_API_KEY: key }) };
}

async function codeOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => "no problem",
    (error: unknown) => (error instanceof RequestProblem ? error.code : error),
  );
}

test("a changed workflow is tried against recorded runs, from the command line and by the API, and nothing is stored", async () => {
  const { client, directory, runIds, cli } = await publish();
  const changed = (await exampleText("order-gate/workflow.json")).replace("`1000`", "`50`");
  const file = join(directory, "changed.json");
  await writeFile(file, changed);

  const different = await cli("try", file, "--against", "order-gate");
  expect(different.stderr).toBe("");
  expect(different.code).toBe(1);
  expect(different.stdout).toContain("tried against 3 runs of order-gate: 2 the same, 1 different, 0 unknown.");
  expect(different.stdout).toMatch(new RegExp(`${runIds[0]} .*different +gate: takes port review instead of accept`));
  const same = await cli("try", "1", "--against", "order-gate", "--runs", "2");
  expect([same.code, same.stdout]).toEqual([
    0,
    "Version 1 was tried against 2 runs of order-gate: 2 the same, 0 different, 0 unknown.\n",
  ]);

  const trial = await client.tryWorkflow({ workflow: "order-gate", body: { definition: JSON.parse(changed) } });
  expect(trial.runs.map(({ runId, verdict }) => [runId, verdict])).toEqual([
    [runIds[2], "same"],
    [runIds[1], "same"],
    [runIds[0], "different"],
  ]);
  expect(trial.runs[2]).toMatchObject({
    before: { status: "succeeded", output: { decision: "accepted" } },
    after: { status: "succeeded", output: { decision: "review" } },
    unusedFacts: 0,
  });
  expect((await client.listRuns({ workflow: "order-gate" })).items).toHaveLength(3);
  expect((await client.listVersions({ workflow: "order-gate" })).items).toHaveLength(1);

  // The draft, one run, a period.
  await client.updateWorkflow({ workflow: "order-gate", body: { definition: JSON.parse(changed) } });
  const [accepted = ""] = runIds;
  expect(await client.tryWorkflow({ workflow: "order-gate", body: { runId: accepted } })).toMatchObject({
    different: 1,
    runs: [{ runId: accepted }],
  });
  const later = await client.tryWorkflow({ workflow: "order-gate", body: { startedAfter: "2999-01-01T00:00:00Z" } });
  expect(later.runs).toEqual([]);
});

test("what cannot be tried is refused with the reason", async () => {
  const { client, cli } = await publish();
  const attempt = (workflow: string, body: object): Promise<unknown> => codeOf(client.tryWorkflow({ workflow, body }));
  expect(await attempt("nothing", {})).toBe("not_found");
  expect(await attempt("order-gate", { version: 2 })).toBe("not_found");
  expect(await attempt("order-gate", { runId: "019ab2f0-4c00-7000-8010-00000000000a" })).toBe("not_found");
  expect(await attempt("order-gate", { definition: {} })).toBe("definition_invalid");
  expect(await attempt("order-gate", { definition: {}, version: 1 })).toBe("request_invalid");
  expect(await attempt("order-gate", { runs: 201 })).toBe("request_invalid");
  expect(await attempt("order-gate", { startedAfter: "2026-02-30T00:00:00Z" })).toBe("request_invalid");
  const wrong = await cli("try", "draft", "--against", "order-gate", "--runs", "all");
  expect([wrong.code, wrong.stderr]).toEqual([
    2,
    expect.stringContaining("--runs all is not a whole number from 1 to 200"),
  ]);
});
