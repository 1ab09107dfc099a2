import { Run } from "@meshhook/core";
import { expect, test } from "vitest";

import { definitionOf, planOf, transform } from "../test/harness.ts";
import { LiveRun } from "./live-run.ts";
import { LiveRuns } from "./live-runs.ts";
import { RunIds } from "./run-ids.ts";

const plan = planOf(definitionOf({ only: transform("input") }));

function makeRuns(count: number): LiveRun[] {
  const ids = new RunIds();
  ids.setShards([7]);
  const owner = { shard: 7, projectId: "p", workflowId: "w", versionId: "v" };
  return Array.from(
    { length: count },
    () => new LiveRun(owner, new Run(plan, ids.next(1_700_000_000_000_000).runId), 0),
  );
}

test("finds every run in it by its id, and none that was removed", () => {
  const runs = makeRuns(2_000);
  const index = new LiveRuns();
  for (const run of runs) index.add(run);
  const [kept, gone] = [runs.filter((_run, at) => at % 3 === 0), runs.filter((_run, at) => at % 3 !== 0)];
  for (const run of gone) expect(index.delete(run)).toBe(true);

  expect(index.size).toBe(kept.length);
  for (const run of kept) expect(index.get(run.runId)).toBe(run);
  for (const run of gone) expect(index.get(run.runId)).toBeUndefined();
  expect(new Set(index.values())).toEqual(new Set(kept));
});

test("removes exactly the given run: another one with the same id stays", () => {
  const [run] = makeRuns(1);
  if (run === undefined) throw new Error("no run");
  const again = new LiveRun({ shard: 7, projectId: "p", workflowId: "w", versionId: "v" }, new Run(plan, run.runId), 0);
  const index = new LiveRuns();
  index.add(run);
  expect(index.delete(again)).toBe(false);
  expect(index.get(run.runId)).toBe(run);
  expect(index.delete(run)).toBe(true);
  expect(index.delete(run)).toBe(false);
  expect(index.size).toBe(0);
});

test("a removed run points to no other, so it can be collected whatever happens to them", () => {
  const runs = makeRuns(500);
  const index = new LiveRuns();
  for (const run of runs) index.add(run);
  for (const run of runs) index.delete(run);
  expect(runs.every((run) => run.nextInBucket === null)).toBe(true);
});
