import { createClient } from "@meshhook/contract";
import { shardOfRunId } from "@meshhook/core";
import { runCli } from "@meshhook/testkit/process";
import { expect, test } from "vitest";

import { exampleText } from "./example.ts";
import { startInMemory } from "./in-memory.ts";

test("runs that are set aside are listed and released", async () => {
  const { url, key, store } = await startInMemory();
  const environment = { MESHHOOK_URL: url, MESHHOOK_API_KEY: key };
  const client = createClient({ url, key });
  const definition: unknown = JSON.parse(await exampleText("order-gate/workflow.json"));
  await client.updateWorkflow({ workflow: "order-gate", body: { definition } });
  await client.publishWorkflow({ workflow: "order-gate" });
  const endpoint = await client.createEndpoint({ body: { workflow: "order-gate", name: "orders" } });
  const { runId } = await client.deliver(endpoint.token, await exampleText("order-gate/payload.json"));

  expect(await runCli(["release"], environment)).toMatchObject({
    code: 0,
    stdout: "No run of this project is set aside.\n",
  });
  // What two owners leave that ended while they loaded the run.
  for (let owner = 1; owner <= 2; owner++) await store.journal.raiseSuspects(shardOfRunId(runId), [runId]);
  expect((await runCli(["release"], environment)).stdout).toMatch(
    new RegExp(`^${runId}  2 attempts, the last one at `),
  );
  expect(await runCli(["release", runId], environment)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`Run ${runId} is released.`),
  });
  const again = await runCli(["release", runId], environment);
  expect([again.code, again.stderr]).toEqual([2, expect.stringContaining(`The run ${runId} is not set aside`)]);
});
