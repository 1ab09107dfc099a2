import { afterAll, beforeAll, expect, it } from "vitest";

import { publish, pureDefinition, startHarness, type Harness } from "./harness.ts";

let harness: Harness;
let url: string;
beforeAll(async () => {
  harness = await startHarness();
  await publish(harness.client, pureDefinition());
  const { path } = await harness.client.createEndpoint({
    body: { workflow: "pure", name: "results", answer: "result", resultTimeoutMs: 50 },
  });
  url = harness.url + path;
});
afterAll(() => harness.close());

async function send(key: string): Promise<Record<string, unknown>> {
  const headers = { "content-type": "application/json", "idempotency-key": key };
  const response = await fetch(url, { method: "POST", body: `{"who":"Ada"}`, headers });
  return (await response.json()) as Record<string, unknown>;
}

it("an erased run is nowhere, its key still counts, and the audit log says who erased it", async () => {
  const { client } = harness;
  const { runId: id } = await send("one");
  const runId = String(id);
  const { runId: other } = await send("two");
  await client.eraseRun({ runId });
  const missing = { code: "not_found" };
  await expect(client.getRun({ runId })).rejects.toMatchObject(missing);
  await expect(client.listFacts({ runId })).rejects.toMatchObject(missing);
  await expect(client.listEvents({ runId })).rejects.toMatchObject(missing);
  await expect(client.replayRun({ runId, body: { idempotencyKey: "k" } })).rejects.toMatchObject(missing);
  await expect(client.eraseRun({ runId })).rejects.toMatchObject(missing);
  await expect(client.eraseRun({ runId: "none" })).rejects.toMatchObject(missing);
  expect((await client.listRuns({})).items.map((run) => run.id)).toEqual([other]);
  expect((await client.listDeliveries({})).items.map((delivery) => delivery.runId)).toEqual([other]);
  const stream = await fetch(`${harness.url}/api/v1/runs/${runId}/events`, {
    headers: { authorization: `Bearer ${harness.key}`, accept: "text/event-stream" },
  });
  await stream.body?.cancel();
  expect(stream.status).toBe(404);
  expect(await send("one")).toEqual({ runId, duplicate: true });
  const { items } = await client.listAudit({ action: "eraseRun" });
  expect(items.filter(({ resource }) => resource.id === runId).length).toBeGreaterThan(0);
  expect(JSON.stringify(items)).not.toContain("Ada");
});

it("a job erases what a filter selects, and says before how much that is", async () => {
  const { client } = harness;
  await send("three");
  const filter = { workflow: "pure" };
  expect((await client.previewJob({ body: { kind: "erase", filter } })).runs).toBe(2);
  const { id } = await client.createJob({ body: { kind: "erase", filter, idempotencyKey: "e", ratePerSecond: 1_000 } });
  await expect.poll(async () => (await client.getJob({ jobId: id })).state, { timeout: 5_000 }).toBe("done");
  expect(await client.getJob({ jobId: id })).toMatchObject({ done: 2, refused: 0 });
  expect((await client.listRuns({})).items).toEqual([]);
  await expect(
    client.createJob({ body: { kind: "erase", filter: { status: "running" }, idempotencyKey: "f" } }),
  ).rejects.toMatchObject({ code: "job_filter_invalid" });
});
