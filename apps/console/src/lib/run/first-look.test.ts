import type { Plan } from "@meshhook/core";
import { expect, it } from "vitest";

import { firstLook } from "./first-look.ts";
import type { RunPicture } from "./recomputed-run.ts";

function picture(status: RunPicture["status"], steps: readonly object[], result: object | null = null): RunPicture {
  return { status, steps, result } as unknown as RunPicture;
}

/** A plan in which these nodes have an edge for their failure. */
function plan(...handled: readonly string[]): Plan {
  return {
    nodes: handled.map((id) => ({ id, outgoing: [{ port: "error", to: 0 }] })),
    indexById: new Map(handled.map((id, index) => [id, index])),
  } as unknown as Plan;
}

it("of a failed run is at the step that failed first, not at the one that ended the run because of it", () => {
  const steps = [
    { node: "ended", status: "succeeded", endedAt: 30 },
    { node: "later", status: "failed", endedAt: 20 },
    { node: "first", status: "failed", endedAt: 10 },
  ];
  expect(firstLook(picture("failed", steps, { error: { node: "ended" } }), plan())).toBe("first");
});

it("of a failed run is not at a failure that its error edge handled", () => {
  const steps = [
    { node: "tried", status: "failed", endedAt: 10 },
    { node: "fallback", status: "failed", endedAt: 20 },
  ];
  expect(firstLook(picture("failed", steps, { error: { node: "fallback" } }), plan("tried"))).toBe("fallback");
  expect(firstLook(picture("failed", steps.slice(0, 1), { error: { node: "end" } }), plan("tried"))).toBe("end");
});

it("of a run that a terminate node failed is at that node", () => {
  const steps = [{ node: "refused", status: "succeeded", endedAt: 30 }];
  expect(firstLook(picture("failed", steps, { error: { node: "refused" } }), plan())).toBe("refused");
});

it("of a running run is at what it waits for, and of any other nowhere", () => {
  const steps = [
    { node: "done", status: "succeeded", endedAt: 10 },
    { node: "call", status: "waiting", endedAt: null },
  ];
  expect(firstLook(picture("running", steps), plan())).toBe("call");
  expect(firstLook(picture("canceled", steps), plan())).toBeNull();
});
