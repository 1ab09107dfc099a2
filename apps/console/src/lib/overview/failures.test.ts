import type { RunSummaryResource } from "@meshhook/contract";
import { expect, it } from "vitest";

import { dayBefore, groupFailures } from "./failures.ts";

function failed(id: string, workflowId: string): RunSummaryResource {
  const at = "2026-11-24T00:10:26.123456Z";
  return { id, workflowId, versionId: "v", status: "failed", startedAt: at, finishedAt: at };
}

it("failed runs are counted by workflow, the one that failed last first", () => {
  const groups = groupFailures([failed("4", "b"), failed("3", "a"), failed("2", "a"), failed("1", "b")]);
  expect(groups.map(({ workflowId, count, newest }) => [workflowId, count, newest.id])).toEqual([
    ["b", 2, "4"],
    ["a", 2, "3"],
  ]);
  expect(groupFailures([])).toEqual([]);
});

it("the last day begins at a whole minute", () => {
  expect(dayBefore(Date.parse("2026-11-24T12:34:56.789Z"))).toBe("2026-11-23T12:34:00.000Z");
});
