import { createMemoryStore, type Store } from "@meshhook/journal";
import { Keyring, PlanCache, SecretBox, startRuntime, type Logger, type Runtime } from "@meshhook/runtime";
import { waitFor } from "@meshhook/testkit";
import { afterEach, beforeEach, expect, it } from "vitest";

import { Failures } from "../api/failures.ts";
import { Reruns } from "../api/reruns.ts";
import { Redactions } from "../redaction/open-redaction.ts";
import { JobRunner } from "./job-runner.ts";
import { NO_PROGRESS, type JobSpec } from "./job-spec.ts";
import { RunSelection } from "./run-selection.ts";

const QUIET: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
const RUNS = 12;

let store: Store;
let runtime: Runtime;
let reruns: Reruns;
let projectId: string;
const runIds: string[] = [];

beforeEach(async () => {
  store = createMemoryStore();
  const { catalog, journal } = store;
  const plans = new PlanCache(catalog);
  runtime = await startRuntime({ journal, catalog, plans, name: "test", egressAllow: [], log: QUIET });
  ({ id: projectId } = await catalog.createProject({ slug: "default", name: "Default" }));
  const definition = JSON.stringify({
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug: "pure",
    nodes: { hook: { type: "webhook@1", config: {} } },
    edges: [],
  });
  const workflow = { projectId, slug: "pure", name: "pure", definition };
  const saved = await catalog.saveDraft(workflow);
  if (saved === "conflict") throw new Error("The workflow exists already");
  const version = await catalog.publishVersion({ projectId, workflowId: saved.id, hash: "h", definition });
  runIds.length = 0;
  for (let n = 0; n < RUNS; n += 1) {
    const outcome = await runtime.deliver({
      projectId,
      workflowId: saved.id,
      versionId: version.id,
      plan: plans.ofVersion(version),
      receivedAt: Date.now() * 1_000,
      headers: {},
      query: {},
      body: n,
      bodyText: null,
    });
    if (outcome.kind === "accepted") runIds.push(outcome.runId);
  }
  reruns = new Reruns({ engine: runtime, journal, catalog, plans, redactions: redactionsOf(catalog) });
});
afterEach(async () => {
  await runtime.drain(0);
  await store.close();
});

function redactionsOf(catalog: Store["catalog"]): Redactions {
  return new Redactions(catalog, new SecretBox(new Keyring([Buffer.alloc(32, 7)])));
}

function newRunner(): JobRunner {
  const { jobs, journal, catalog } = store;
  const selection = new RunSelection(journal, new Failures(journal, new PlanCache(catalog)));
  return new JobRunner({ jobs, journal, engine: runtime, reruns, selection, log: QUIET });
}

async function createJob(ratePerSecond: number): Promise<string> {
  const id = "00000000-0000-8000-a000-000000000001";
  const spec: JobSpec = {
    kind: "replay",
    asked: {},
    filter: { status: "succeeded" },
    ratePerSecond,
    by: { keyId: "key", name: "test" },
    request: "",
  };
  await store.jobs.createJob({ id, projectId, spec: JSON.stringify(spec), progress: JSON.stringify(NO_PROGRESS) });
  return id;
}

async function finish(jobId: string): Promise<unknown> {
  const find = async (): Promise<unknown> => (await store.jobs.findJob(projectId, jobId))?.state;
  await waitFor("the end of the job", async () => (await find()) === "done");
  return JSON.parse((await store.jobs.findJob(projectId, jobId))?.progress ?? "null");
}

async function replaysPerRun(): Promise<readonly number[]> {
  return Promise.all(
    runIds.map(async (runId) => (await store.journal.listReruns({ projectId, runId, limit: 10 })).length),
  );
}

it("a job that a process gives up when it stops is continued by the next one, and replays each run once", async () => {
  const jobId = await createJob(50);
  const first = newRunner();
  first.start();
  await waitFor("the first replays", async () => (await replaysPerRun()).some((count) => count > 0));
  await first.close();
  expect((await store.jobs.findJob(projectId, jobId))?.state).toBe("running");
  const second = newRunner();
  second.start();
  expect(await finish(jobId)).toMatchObject({ done: RUNS });
  await second.close();
  expect(await replaysPerRun()).toEqual(runIds.map(() => 1));
  expect(await store.journal.listRuns({ projectId, limit: 200 })).toHaveLength(2 * RUNS);
});

it("what a process did before it died without a word is not done again", async () => {
  const jobId = await createJob(1_000);
  await store.jobs.claimJob("a process that dies", 1);
  for (const runId of runIds.slice(-3)) {
    const [segment] = await store.journal.readRun(runId);
    if (segment === undefined) throw new Error("The run is not stored");
    await reruns.replay([segment], { key: `job ${jobId}`, version: "active", job: jobId });
  }
  const runner = newRunner();
  await waitFor("another process may take the job", async () => {
    runner.look();
    return (await replaysPerRun()).every((count) => count > 0);
  });
  // It also comes across the three replays, and leaves its own work alone.
  expect(await finish(jobId)).toMatchObject({ done: RUNS, refused: 3 });
  await runner.close();
  expect(await replaysPerRun()).toEqual(runIds.map(() => 1));
  expect(await store.journal.listRuns({ projectId, limit: 200 })).toHaveLength(2 * RUNS);
});

it("a run that this process cannot start again is refused, and the job goes on to its end", async () => {
  const { catalog, journal } = store;
  const findVersion = catalog.findVersion.bind(catalog);
  catalog.findVersion = async (id) => {
    const version = await findVersion(id);
    return version === null ? null : { ...version, definition: version.definition.replace("webhook@1", "webhook@99") };
  };
  reruns = new Reruns({
    engine: runtime,
    journal,
    catalog,
    plans: new PlanCache(catalog),
    redactions: redactionsOf(catalog),
  });
  const jobId = await createJob(1_000);
  const runner = newRunner();
  runner.start();
  expect(await finish(jobId)).toMatchObject({ done: 0, refused: RUNS });
  await runner.close();
  expect((await store.jobs.findJob(projectId, jobId))?.message).toContain('the unknown type "webhook@99"');
});
