import { createServer, type Server as HttpServer } from "node:http";
import { text } from "node:stream/consumers";

import { createClient, RequestProblem, type Client, type JobResource } from "@meshhook/contract";
import { waitFor } from "@meshhook/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { publish, pureDefinition, startHarness, waitingDefinition, type Harness } from "./harness.ts";

let harness: Harness;
let client: Client;
let target: HttpServer;
let targetUrl: string;
/** Method, path and body of every request that the target got. */
const seen: string[] = [];
/** Paths that are answered with 500. */
const broken = new Set<string>();

beforeAll(async () => {
  target = createServer((request, response) => {
    void text(request).then((body) => {
      const path = request.url ?? "";
      seen.push(`${request.method ?? ""} ${path} ${body}`);
      response.writeHead(broken.has(path) ? 500 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify({ from: path }));
    });
  });
  await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
  const address = target.address();
  if (address === null || typeof address === "string") throw new Error("The target has no port");
  targetUrl = `http://127.0.0.1:${address.port}`;
  harness = await startHarness({ egressAllow: ["127.0.0.0/8"] });
  client = harness.client;
});
afterAll(async () => {
  await harness.close();
  target.closeAllConnections();
  target.close();
});
beforeEach(() => {
  seen.length = 0;
  broken.clear();
});

/** webhook → reserve (a call) → sum (an expression) → charge (a call) → end. */
function shop(slug: string): object {
  const call = (path: string, body: object): object => ({
    type: "http_call@1",
    config: { url: `${targetUrl}/${path}`, method: "POST", body, retry: { attemptsMax: 1 } },
  });
  return {
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug,
    nodes: {
      hook: { type: "webhook@1", config: {} },
      reserve: call("reserve", { $jmes: "input" }),
      sum: { type: "transform@1", config: { expression: "{total: input.total}" } },
      charge: call("charge", { total: { $jmes: "nodes.sum.output.total" }, for: { $jmes: "input.name" } }),
      end: { type: "terminate@1", config: { output: { $jmes: "nodes.charge.output.body" } } },
    },
    edges: [
      { from: "hook", to: "reserve" },
      { from: "reserve", to: "sum" },
      { from: "sum", to: "charge" },
      { from: "charge", to: "end" },
    ],
  };
}

/** Waits until a run has ended, and gives its status. */
async function ended(runId: string): Promise<string> {
  let status = "running";
  await waitFor(`the end of run ${runId}`, async () => {
    ({ status } = await client.getRun({ runId }));
    return status !== "running";
  });
  return status;
}

async function failedRun(token: string, body: object): Promise<string> {
  broken.add("/charge");
  const { runId } = await client.deliver(token, body);
  expect(await ended(runId)).toBe("failed");
  broken.clear();
  seen.length = 0;
  return runId;
}

async function problemCode(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => null,
    (rejection: unknown) => rejection,
  );
  if (!(error instanceof RequestProblem)) throw new Error(`Expected a problem, got ${String(error)}`);
  return error.code;
}

describe("a replay", () => {
  it("runs the same delivery once per key, and the run says where it went", async () => {
    const { token } = await publish(client, pureDefinition("again"));
    const { runId } = await client.deliver(token, '{ "id": 12345678901234567890 }', { headers: { "x-one": "1" } });
    const body = { idempotencyKey: "first" };
    const replay = await client.replayRun({ runId, body });
    expect(replay).toEqual({ runId: expect.not.stringMatching(runId) as unknown, status: "succeeded" });
    expect(await client.replayRun({ runId, body })).toEqual({ runId: replay.runId, duplicate: true });
    expect(await problemCode(client.replayRun({ runId, body: { ...body, version: "same" } }))).toBe(
      "idempotency_key_reused",
    );
    const outputs = await Promise.all(
      [runId, replay.runId].map(async (id) => (await client.getRun({ runId: id })).result),
    );
    expect(outputs[1]).toEqual(outputs[0]);
    const [delivery] = (await client.listFacts({ runId: replay.runId })).items;
    expect(delivery?.data["origin"]).toMatchObject({ kind: "replay", runId, by: { name: "admin" } });
    expect((await client.listReruns({ runId })).items).toEqual([
      { runId: replay.runId, kind: "replay", at: expect.any(String) as unknown },
    ]);
  });

  it("uses the version published last, or the run's own", async () => {
    const { token } = await publish(client, pureDefinition("versions"));
    const { runId } = await client.deliver(token, { a: 1 });
    const { versionId } = await client.getRun({ runId });
    const next = pureDefinition("versions") as { nodes: { copy: { config: { expression: string } } } };
    next.nodes.copy.config.expression = "'new'";
    await client.updateWorkflow({ workflow: "versions", body: { definition: next } });
    const published = await client.publishWorkflow({ workflow: "versions" });
    const active = await client.replayRun({ runId, body: { idempotencyKey: "active" } });
    const same = await client.replayRun({ runId, body: { idempotencyKey: "same", version: "same" } });
    expect((await client.getRun({ runId: active.runId })).versionId).toBe(published.id);
    expect((await client.getRun({ runId: same.runId })).versionId).toBe(versionId);
    await client.deleteWorkflow({ workflow: "versions" });
    expect(await problemCode(client.replayRun({ runId, body: { idempotencyKey: "late" } }))).toBe("workflow_deleted");
  });

  it("is refused for another project's run, and for a key that may only read", async () => {
    const { token } = await publish(client, pureDefinition("own"));
    const { runId } = await client.deliver(token, {});
    const { id } = await client.createProject({ body: { slug: "other", name: "Other" } });
    const other = createClient({ url: harness.url, key: await harness.addKey(id, "write") });
    const body = { idempotencyKey: "k" };
    expect(await problemCode(other.replayRun({ runId, body }))).toBe("not_found");
    expect(await problemCode(other.listReruns({ runId }))).toBe("not_found");
    const [project] = (await client.listProjects()).items;
    const reader = createClient({ url: harness.url, key: await harness.addKey(project?.id ?? "", "read") });
    expect(await problemCode(reader.replayRun({ runId, body }))).toBe("scope_insufficient");
  });
});

describe("a resumed run", () => {
  it("keeps what was done, does the rest, and shows what was edited and by whom", async () => {
    const { token } = await publish(client, shop("resume"));
    const runId = await failedRun(token, { total: 5, name: "Ada" });
    const body = { idempotencyKey: "resume", step: "charge", input: { name: "Grace" }, outputs: { sum: { total: 7 } } };
    const resumed = await client.resumeRun({ runId, body });
    expect(await client.resumeRun({ runId, body })).toEqual({ runId: resumed.runId, duplicate: true });
    expect(await ended(resumed.runId)).toBe("succeeded");
    expect(seen).toEqual(['POST /charge {"total":7,"for":"Grace"}']);
    const run = await client.getRun({ runId: resumed.runId });
    expect(run.steps.map(({ node, status, kept = false }) => [node, status, kept])).toEqual([
      ["hook", "succeeded", false],
      ["reserve", "succeeded", true],
      ["sum", "succeeded", true],
      ["charge", "succeeded", false],
      ["end", "succeeded", false],
    ]);
    const [delivery] = (await client.listFacts({ runId: resumed.runId })).items;
    expect(delivery?.data["origin"]).toMatchObject({
      kind: "resume",
      runId,
      node: "charge",
      by: { name: "admin" },
      edited: ["input", "nodes.sum"],
    });
    expect((await client.listReruns({ runId })).items).toMatchObject([{ runId: resumed.runId, kind: "resume" }]);
    expect((await client.getRun({ runId })).status).toBe("failed");
  });

  it.each([
    ["step_unknown", { step: "nothing" }],
    ["step_unknown", { step: "charge", iteration: [0] }],
    ["step_not_reached", { step: "end" }],
    ["output_not_kept", { step: "charge", outputs: { end: 1 } }],
  ])("is refused with %s for %j, and the run stays as it was", async (code, request) => {
    const slug = `refused-${code.replaceAll("_", "-")}-${Object.keys(request).length}`;
    const { token } = await publish(client, shop(slug));
    const runId = await failedRun(token, { total: 5 });
    expect(await problemCode(client.resumeRun({ runId, body: { idempotencyKey: "k", ...request } }))).toBe(code);
    expect((await client.listReruns({ runId })).items).toEqual([]);
    expect(seen).toEqual([]);
  });

  it("is refused while the run goes on", async () => {
    const { token } = await publish(client, waitingDefinition("goes-on"));
    const { runId } = await client.deliver(token, {});
    expect(await problemCode(client.resumeRun({ runId, body: { idempotencyKey: "k", step: "pause" } }))).toBe(
      "run_in_progress",
    );
  });
});

describe("failed runs", () => {
  it("are listed with their errors, filtered, counted and shown with every answer", async () => {
    const { token } = await publish(client, shop("dead"));
    const first = await failedRun(token, { total: 1 });
    const second = await failedRun(token, { total: 2 });
    broken.add("/reserve");
    const { runId: third } = await client.deliver(token, { total: 3 });
    expect(await ended(third)).toBe("failed");
    const list = async (query: object): Promise<string[]> =>
      (await client.listFailures({ workflow: "dead", ...query })).items.map(({ runId }) => runId);
    expect(await list({})).toEqual([third, second, first]);
    expect(await list({ node: "charge" })).toEqual([second, first]);
    expect(await list({ text: "500" })).toHaveLength(3);
    expect(await list({ code: "network" })).toEqual([]);
    const page = await client.listFailures({ workflow: "dead", limit: 1 });
    expect(page.items).toMatchObject([{ runId: third, attempts: 1, error: { code: "http_status", node: "reserve" } }]);
    expect(await list({ limit: 1, cursor: page.nextCursor })).toEqual([second]);
    expect((await client.groupFailures({ workflow: "dead" })).items).toMatchObject([
      { code: "http_status", node: "charge", runs: 2, lastRunId: second },
      { code: "http_status", node: "reserve", runs: 1, lastRunId: third },
    ]);
    expect((await client.getFailure({ runId: first })).attemptFacts).toMatchObject([
      { kind: "response", data: { node: "charge", status: 500, body: { from: "/charge" } } },
    ]);
    const { token: pure } = await publish(client, pureDefinition("fine"));
    const { runId: fine } = await client.deliver(pure, {});
    expect(await problemCode(client.getFailure({ runId: fine }))).toBe("run_not_failed");
  });
});

describe("a loop that failed", () => {
  it("shows the answers of the iterations that failed, and no others", async () => {
    const body = {
      nodes: {
        each: {
          type: "http_call@1",
          config: { url: `${targetUrl}/item/{{ item }}`, method: "POST", retry: { attemptsMax: 1 } },
        },
      },
      edges: [],
    };
    const inner = { type: "loop@1", config: { items: "item", body } };
    const definition = (slug: string, loop: object): object => ({
      apiVersion: "meshhook/v1",
      kind: "Workflow",
      slug,
      nodes: { hook: { type: "webhook@1", config: {} }, lines: loop },
      edges: [{ from: "hook", to: "lines" }],
    });
    broken.add("/item/2").add("/item/4");
    const answersOf = async (slug: string, loop: object, input: unknown): Promise<unknown[]> => {
      const { token } = await publish(client, definition(slug, loop));
      const { runId } = await client.deliver(token, input);
      expect(await ended(runId)).toBe("failed");
      const { error, attemptFacts } = await client.getFailure({ runId });
      expect(error).toMatchObject({ code: "loop_failed", node: "lines" });
      return attemptFacts.map(({ data }) => [data["iteration"], data["status"]]);
    };
    const flat = { type: "loop@1", config: { items: "input", failuresMax: 1, body } };
    expect(await answersOf("loop-flat", flat, [1, 2, 3, 4])).toEqual([
      [[1], 500],
      [[3], 500],
    ]);
    const nested = { type: "loop@1", config: { items: "input", body: { nodes: { inner }, edges: [] } } };
    expect(await answersOf("loop-nested", nested, [[1], [3, 4]])).toEqual([[[1, 1], 500]]);
  });
});

describe("a job", () => {
  const finished = async (jobId: string): Promise<JobResource> => {
    let job = await client.getJob({ jobId });
    await waitFor(`the end of job ${jobId}`, async () => {
      job = await client.getJob({ jobId });
      return job.finishedAt !== null;
    });
    return job;
  };

  it("says what it would do, then replays each run of its filter once, however often it is asked for", async () => {
    const { token } = await publish(client, shop("many"));
    const runs = [await failedRun(token, { total: 1 }), await failedRun(token, { total: 2 })];
    const asked = { kind: "replay", filter: { workflow: "many", code: "http_status" } } as const;
    expect(await client.previewJob({ body: { ...asked, examples: 1 } })).toMatchObject({
      runs: 2,
      isComplete: true,
      calls: [
        { node: "reserve", method: "POST", url: `${targetUrl}/reserve`, runs: 2 },
        { node: "charge", method: "POST", url: `${targetUrl}/charge`, runs: 2 },
      ],
      examples: [{ runId: runs[1], error: { code: "http_status", node: "charge" } }],
    });
    expect(seen).toEqual([]);
    const body = { ...asked, idempotencyKey: "many", ratePerSecond: 1_000 };
    const job = await client.createJob({ body });
    expect((await client.createJob({ body })).id).toBe(job.id);
    expect(await problemCode(client.createJob({ body: { ...body, ratePerSecond: 1 } }))).toBe("idempotency_key_reused");
    expect(await finished(job.id)).toMatchObject({ state: "done", examined: 2, done: 2, refused: 0, message: null });
    for (const runId of runs) {
      const { items } = await client.listReruns({ runId });
      expect(items).toHaveLength(1);
      const [delivery] = (await client.listFacts({ runId: items[0]?.runId ?? "" })).items;
      expect(delivery?.data["origin"]).toMatchObject({ kind: "replay", runId, job: job.id });
    }
  });

  it("cancels the runs in progress, and tells of those that it could not", async () => {
    const { token } = await publish(client, waitingDefinition("stuck"));
    const runs = await Promise.all([1, 2, 3].map(async (n) => (await client.deliver(token, { n })).runId));
    const body = { kind: "cancel", filter: { workflow: "stuck" }, reason: "enough", idempotencyKey: "c" } as const;
    const job = await client.createJob({ body: { ...body, ratePerSecond: 1_000 } });
    expect(await finished(job.id)).toMatchObject({ done: 3, refused: 0 });
    for (const runId of runs) expect(await ended(runId)).toBe("canceled");
    expect((await client.getRun({ runId: runs[0] ?? "" })).result?.reason).toBe("enough");
  });

  it("can be stopped, and stays stopped", async () => {
    const { token } = await publish(client, waitingDefinition("slow"));
    for (const n of [1, 2, 3, 4]) await client.deliver(token, { n });
    const body = { kind: "cancel", filter: { workflow: "slow" }, idempotencyKey: "s", ratePerSecond: 1 } as const;
    const job = await client.createJob({ body });
    await client.stopJob({ jobId: job.id });
    const stopped = await finished(job.id);
    expect(stopped.state).toBe("stopped");
    expect(stopped.done).toBeLessThan(4);
    expect((await client.stopJob({ jobId: job.id })).state).toBe("stopped");
    expect((await client.listJobs()).items.map(({ id }) => id)).toContain(job.id);
  });

  it.each([
    [{ kind: "replay", filter: { status: "running" } }],
    [{ kind: "cancel", filter: { status: "failed" } }],
    [{ kind: "cancel", filter: { code: "timeout" } }],
    [{ kind: "replay", filter: { status: "succeeded", node: "charge" } }],
  ] as const)("is refused for a filter that does not fit: %j", async (request) => {
    expect(await problemCode(client.createJob({ body: { ...request, idempotencyKey: "x" } }))).toBe(
      "job_filter_invalid",
    );
    expect(await problemCode(client.previewJob({ body: request }))).toBe("job_filter_invalid");
  });
});
