import type { EventResource, RunSummaryResource } from "@meshhook/contract";
import { describe, expect, it } from "vitest";

import { countNew, takeEnds, takeStates } from "./run-page.ts";

const AT = "2026-11-24T00:10:26.123456Z";

function run(id: string, status: RunSummaryResource["status"] = "running"): RunSummaryResource {
  return {
    id,
    workflowId: "w",
    versionId: "v",
    status,
    startedAt: AT,
    finishedAt: status === "running" ? null : AT,
  };
}

function event(runId: string, type: string): EventResource {
  return { runId, seq: 0, position: 0, at: AT, level: "info", type, message: "" };
}

describe("a shown page of runs", () => {
  it("takes states from a newer answer, but neither its new rows nor its order", () => {
    const shown = [run("b"), run("a")];
    const taken = takeStates(shown, [run("c"), run("a", "failed"), run("b")]);
    expect(taken.map(({ id, status }) => [id, status])).toEqual([
      ["b", "running"],
      ["a", "failed"],
    ]);
  });

  it("stays the same object when nothing changed, so that nothing is drawn", () => {
    const shown = [run("a", "succeeded")];
    expect(takeStates(shown, [run("a", "succeeded")])).toBe(shown);
    expect(takeEnds(shown, [event("a", "run.started")])).toBe(shown);
  });

  it("does not go back to running when an answer is older than the event", () => {
    const ended = takeEnds([run("a")], [event("a", "run.canceled")]);
    expect(ended[0]).toMatchObject({ status: "canceled", finishedAt: AT });
    expect(takeStates(ended, [run("a")])).toBe(ended);
  });

  it("counts runs that started later, not older ones that moved up", () => {
    expect(countNew([run("d"), run("b")], [run("f"), run("e"), run("d"), run("a")])).toBe(2);
    expect(countNew([], [run("a")])).toBe(1);
  });
});
