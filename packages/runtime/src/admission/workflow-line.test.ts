import { describe, expect, it } from "vitest";

import { WorkflowLine } from "./workflow-line.ts";

/** Lets the run go on whose turn it is. */
function next(line: WorkflowLine): string | null {
  const runId = line.first();
  if (runId === null) return null;
  line.leave(runId);
  line.count(runId);
  return runId;
}

describe("a line", () => {
  it("lets as many runs go on as its limit says, and then the oldest that waits", () => {
    const line = new WorkflowLine("w");
    line.limit = 2;
    expect(line.isOpen).toBe(true);
    line.count("1");
    line.count("2");
    expect(line.isOpen).toBe(false);
    line.hold("5");
    line.hold("3");
    line.hold("4");
    expect([line.ahead("3"), line.ahead("5"), line.ahead("1")]).toEqual([0, 2, null]);
    expect(next(line)).toBeNull();
    line.release("1");
    // New runs queue up behind those that wait.
    expect(line.isOpen).toBe(false);
    expect(next(line)).toBe("3");
    expect(next(line)).toBeNull();
    line.release("4");
    line.release("2");
    expect(next(line)).toBe("5");
    line.release("3");
    line.release("5");
    expect(line.isIdle).toBe(true);
  });

  it("holds every run while it is paused, and counts those that go on", () => {
    const line = new WorkflowLine("w");
    line.isPaused = true;
    expect(line.isOpen).toBe(false);
    for (const runId of ["1", "2", "3"]) line.hold(runId);
    expect(next(line)).toBeNull();
    line.isPaused = false;
    expect([next(line), next(line), next(line), next(line)]).toEqual(["1", "2", "3", null]);
    expect(line.isIdle).toBe(true);
  });

  it("forgets what another process goes on with", () => {
    const line = new WorkflowLine("w");
    line.limit = 1;
    line.count("1");
    line.hold("2");
    line.hold("3");
    line.forget((runId) => runId !== "3");
    expect(next(line)).toBe("3");
  });
});
