import { SEMANTICS } from "@meshhook/core";
import type { StoredRun } from "@meshhook/journal";
import { expect, it } from "vitest";

import type { Logger } from "../src/index.ts";
import { inMemory, leaveRuns, start, status, target } from "./bench.ts";
import { call, definitionOf, Gate, silent, transform, until } from "./harness.ts";

/** A workflow whose runs wait for an answer that comes when the second process asks for it. */
async function waitingForAnswer() {
  let answers = false;
  const asked = await target((_call, response) => {
    if (answers) response.end("done");
  });
  return {
    definition: definitionOf({ ask: call(asked.url), after: transform("now") }),
    options: { allow: [asked.host] },
    answer: () => {
      answers = true;
    },
  };
}

function collecting(): {
  readonly errors: { readonly runId?: string; readonly error?: string }[];
  readonly log: Logger;
} {
  const errors: object[] = [];
  return { errors, log: { ...silent, error: (details) => void errors.push(details) } };
}

it("a run of newer engine semantics is set aside and named with the remedy, and all others continue", async () => {
  const store = await inMemory.open();
  const { definition, options, answer } = await waitingForAnswer();
  const [newer = "", other = ""] = (await leaveRuns(store, definition, [1, 2], options)).runIds;
  const gate = new Gate(store.journal);
  const { loadUnfinished } = gate.journal;
  const startedByNewer = (run: StoredRun): StoredRun => {
    if (run.runId !== newer) return run;
    const segments = run.segments.map((segment) => ({
      ...segment,
      facts: segment.facts.replace(/"semantics":\d+/, `"semantics":${SEMANTICS + 1}`),
    }));
    return { ...run, segments };
  };
  gate.journal.loadUnfinished = async (query) => (await loadUnfinished(query)).map(startedByNewer);
  const { errors, log } = collecting();
  answer();
  const two = await start({ store, gate, log, ...options });
  await until("the other run ended", async () => (await status(store, other)) === "succeeded");
  expect(two.runtime.stats().runsSetAside).toBe(1);
  expect(errors).toMatchObject([{ runId: newer, error: expect.stringContaining(`semantics ${SEMANTICS + 1}, but`) }]);
  expect(errors[0]?.error).toContain("Use the version that started the run, or a newer one");
  expect(await status(store, newer)).toBeNull();
});

it("runs of a workflow with a node type that this version does not know are set aside, and all others continue", async () => {
  const store = await inMemory.open();
  const { definition, options, answer } = await waitingForAnswer();
  const unknown = await leaveRuns(store, definition, [1], options);
  const [known = ""] = (await leaveRuns(store, definition, [2], options)).runIds;
  const [runId = ""] = unknown.runIds;
  const { catalog } = store;
  const findVersion = catalog.findVersion.bind(catalog);
  catalog.findVersion = async (id) => {
    const version = await findVersion(id);
    if (version === null || id !== unknown.version.id) return version;
    return { ...version, definition: version.definition.replace("transform@1", "transform@99") };
  };
  const { errors, log } = collecting();
  answer();
  const two = await start({ store, log, ...options });
  await until("the known run ended", async () => (await status(store, known)) === "succeeded");
  await until("the other run is set aside", () => two.runtime.stats().runsSetAside === 1);
  expect(errors).toMatchObject([{ runId, error: expect.stringContaining('unknown type "transform@99"') }]);
});

it("a schedule of a version that this process cannot run stops neither other schedules nor the process", async () => {
  const store = await inMemory.open();
  const one = await start({ store });
  const schedule = (slug: string): object => ({
    ...(definitionOf({}) as object),
    slug,
    nodes: { tick: { type: "schedule@1", config: { cron: "* * * * * *" } } },
    edges: [],
  });
  const newer = await one.publish(schedule("newer"), "newer");
  const known = await one.publish(schedule("known"), "known");
  await one.runtime.drain(0);
  const { catalog } = store;
  const findVersion = catalog.findVersion.bind(catalog);
  catalog.findVersion = async (id) => {
    const version = await findVersion(id);
    if (version === null || id !== newer.id) return version;
    return { ...version, definition: version.definition.replace("schedule@1", "schedule@99") };
  };
  const { errors, log } = collecting();
  const two = await start({ store, log });
  const { projectId } = two;
  const before = new Set((await store.journal.listRuns({ projectId, limit: 100 })).map(({ runId }) => runId));
  await until("the other schedule runs", async () => {
    const runs = await store.journal.listRuns({ projectId, workflowId: known.workflowId, limit: 100 });
    return runs.some(({ runId }) => !before.has(runId));
  });
  expect(errors[0]).toMatchObject({ error: expect.stringContaining('unknown type "schedule@99"') });
  expect(two.runtime.stats().totals.takeovers, "it kept its shards").toBe(two.runtime.stats().shardsOwned);
});

it("a child that ended by newer engine semantics leaves its parent waiting, and the process goes on", async () => {
  const store = await inMemory.open();
  const one = await start({ store });
  const parent = await one.publish(
    definitionOf({ sub: { type: "call_workflow@1", config: { workflow: "child" } }, after: transform("now") }),
  );
  const child = await one.publish(definitionOf({}), "child");
  const { append } = one.gate.journal;
  // Its owner ends after the end of the child is durable, and before the parent knows.
  one.gate.journal.append = (token, rows) =>
    rows.some(({ versionId, seq }) => versionId === parent.id && seq > 0)
      ? new Promise(() => undefined)
      : append(token, rows);
  const parentId = await one.accept(parent);
  const childOf = async (): Promise<string> =>
    (await store.journal.listRuns({ projectId: one.projectId, workflowId: child.workflowId, limit: 1 }))[0]?.runId ??
    "";
  await until("the child has ended", async () => (await status(store, await childOf())) === "succeeded");
  const childId = await childOf();
  await one.runtime.drain(0);

  const gate = new Gate(store.journal);
  const { readRun } = gate.journal;
  gate.journal.readRun = async (runId, options) => {
    const segments = await readRun(runId, options);
    if (runId !== childId) return segments;
    const newer = `"semantics":${SEMANTICS + 1}`;
    return segments.map((segment) => ({ ...segment, facts: segment.facts.replace(/"semantics":\d+/, newer) }));
  };
  const { errors, log } = collecting();
  const two = await start({ store, gate, log });
  await until("the process says so", () => errors.some(({ runId }) => runId === childId));
  const other = await two.accept(await two.publish(definitionOf({})));
  expect(await status(store, other)).toBe("succeeded");
  expect(two.runtime.stats().totals.takeovers, "it kept its shards").toBe(two.runtime.stats().shardsOwned);
  expect(await status(store, parentId)).toBeNull();
});
