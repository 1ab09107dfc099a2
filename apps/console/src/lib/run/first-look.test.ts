import { expect, it } from "vitest";

import { firstLook } from "./first-look.ts";
import type { RunPicture } from "./recomputed-run.ts";

function picture(status: RunPicture["status"], steps: readonly object[], result: object | null = null): RunPicture {
  return { status, steps, result } as unknown as RunPicture;
}

it("of a failed run is at the step that failed first, not at the one that ended the run because of it", () => {
  const steps = [
    { node: "ended", status: "succeeded", endedAt: 30 },
    { node: "later", status: "failed", endedAt: 20 },
    { node: "first", status: "failed", endedAt: 10 },
  ];
  expect(firstLook(picture("failed", steps, { error: { node: "ended" } }))).toBe("first");
});

it("of a run that a terminate node failed is at that node", () => {
  const steps = [{ node: "refused", status: "succeeded", endedAt: 30 }];
  expect(firstLook(picture("failed", steps, { error: { node: "refused" } }))).toBe("refused");
});

it("of a running run is at what it waits for, and of any other nowhere", () => {
  const steps = [
    { node: "done", status: "succeeded", endedAt: 10 },
    { node: "call", status: "waiting", endedAt: null },
  ];
  expect(firstLook(picture("running", steps))).toBe("call");
  expect(firstLook(picture("canceled", steps))).toBeNull();
});
