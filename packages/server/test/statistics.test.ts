import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { createClient } from "@meshhook/contract";
import {
  DurationSketch,
  openPostgresStore,
  type Measure,
  type PostgresStore,
  type StoredCount,
} from "@meshhook/journal";
import { SeededRandom, temporaryDatabase, uuidFrom, waitFor, type TemporaryDatabase } from "@meshhook/testkit";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";

import { post, publish, startHarness } from "./harness.ts";

let database: TemporaryDatabase;
let store: PostgresStore;

beforeAll(async () => {
  database = await temporaryDatabase();
  store = openPostgresStore({ connectionString: database.url });
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

async function target(statusOf: (count: number) => number): Promise<string> {
  let count = 0;
  const server = createServer((_request, response) => {
    response.writeHead(statusOf(count++), { "content-type": "application/json" }).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

describe("statistics", () => {
  it("count every run, attempt and webhook once, over the processes that did them", async () => {
    const url = await target((count) => (count === 0 ? 500 : 200));
    const first = await startHarness({ store, egressAllow: ["127.0.0.0/8"] });
    const endpoint = await publish(first.client, {
      apiVersion: "meshhook/v1",
      kind: "Workflow",
      slug: "calling",
      nodes: {
        hook: { type: "webhook@1", config: {} },
        send: { type: "http_call@1", config: { method: "POST", url, retry: { attemptsMax: 2, baseMs: 0 } } },
      },
      edges: [{ from: "hook", to: "send" }],
    });
    const runsOf = async (): Promise<number> =>
      (await first.client.listRuns({ limit: 200, status: "succeeded" })).items.length;
    for (let sent = 0; sent < 5; sent++) await post(`${first.url}/hooks/${endpoint.token}`, "{}");
    await waitFor("all have ended", async () => (await runsOf()) === 5);
    await first.close();
    const { key } = first;
    const second = await startHarness({ store, key, egressAllow: ["127.0.0.0/8"] });
    for (let sent = 0; sent < 3; sent++) await post(`${second.url}/hooks/${endpoint.token}`, "{}");
    const client = createClient({ url: second.url, key });
    await waitFor("all have ended", async () => (await client.listRuns({ status: "succeeded" })).items.length === 8);
    await second.close();
    const third = await startHarness({ store, key });
    const found = await createClient({ url: third.url, key }).getStatistics({ workflow: "calling" });
    await third.close();
    expect(found.runs).toMatchObject({ succeeded: 8, failed: 0, canceled: 0 });
    expect(found.nodes).toMatchObject([{ node: "send", attempts: 9, failed: 1 }]);
    expect(found.endpoints).toMatchObject([{ endpointId: endpoint.id, accepted: 8 }]);
    expect(found.points.reduce((sum, { runs }) => sum + runs.succeeded, 0)).toBe(8);
    expect(found.slowest[0]?.durationMs).toBe(found.runs.durationMs.max);
    expect(found.runs.durationMs.p50).toBeLessThanOrEqual(found.runs.durationMs.p99 ?? 0);
  });

  it("stay the same when counts are sent twice, and when they are put together", async () => {
    const project = await store.catalog.createProject({ slug: "counted", name: "Counted" });
    const nowUs = Date.now() * 1_000;
    const hours = [1, 3, 9, 240].map((hour) => nowUs - hour * 3_600_000_000);
    const counts = hours.flatMap((at, hour) =>
      Array.from({ length: 50 }, (_, index) =>
        countOf(project.id, at + index * 1_000_000, 1_000 + hour * 100_000 + index),
      ),
    );
    await store.statistics.addCounts(counts);
    await store.statistics.addCounts(counts);
    const query = { projectId: project.id, from: 0, to: nowUs, measures: ["run" as Measure] };
    const read = async (): Promise<{ rows: number; count: number; bytes: string; max: string }> => {
      const rows = await store.statistics.readCounts(query);
      const sketch = new DurationSketch();
      for (const row of rows) sketch.addEncoded(row.sketch);
      const slowest = [...rows].sort((one, other) => other.maxUs - one.maxUs)[0];
      return {
        rows: rows.length,
        count: rows.reduce((sum, row) => sum + row.count, 0),
        bytes: Buffer.from(sketch.encode()).toString("hex"),
        max: `${slowest?.maxUs ?? 0} ${slowest?.maxRunId ?? ""}`,
      };
    };
    const before = await read();
    expect(before).toMatchObject({ rows: 200, count: 200 });
    await Promise.all([store.statistics.compact(), store.statistics.compact()]);
    await store.statistics.compact();
    const after = await read();
    expect(after).toEqual({ ...before, rows: after.rows });
    expect(after.rows).toBeLessThan(20);
  });

  it("refuse what makes no sense, with the remedy", async () => {
    const harness = await startHarness();
    onTestFinished(() => harness.close());
    const ask = (query: object): Promise<unknown> => harness.client.getStatistics(query);
    await expect(ask({ bucket: 61 })).rejects.toMatchObject({ code: "request_invalid" });
    await expect(ask({ from: "2026-01-02T00:00:00Z", to: "2026-01-01T00:00:00Z" })).rejects.toMatchObject({
      code: "request_invalid",
    });
    await expect(ask({ from: "2020-01-01T00:00:00Z" })).rejects.toMatchObject({ code: "request_invalid" });
    await expect(ask({ from: "2026-01-01T00:00:00Z", to: "2026-03-01T00:00:00Z", bucket: 60 })).rejects.toMatchObject({
      code: "request_invalid",
    });
    await expect(ask({ workflow: "nothing" })).rejects.toMatchObject({ code: "not_found" });
    expect(await ask({})).toMatchObject({ runs: { succeeded: 0, durationMs: { p50: null } }, points: [] });
  });
});

const random = new SeededRandom(28);
const WORKFLOW = uuidFrom(random);

function countOf(projectId: string, at: number, durationUs: number): StoredCount {
  const sketch = new DurationSketch();
  sketch.add(durationUs);
  const minute = at - (at % 60_000_000);
  return {
    id: uuidFrom(random),
    projectId,
    workflowId: WORKFLOW,
    measure: "run",
    subject: "",
    outcome: "succeeded",
    at: minute,
    count: 1,
    sumUs: durationUs,
    maxUs: durationUs,
    maxRunId: uuidFrom(random),
    sketch: sketch.encode(),
  };
}
