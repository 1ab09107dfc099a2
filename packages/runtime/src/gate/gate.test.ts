import { describe, expect, it } from "vitest";

import { Gate } from "./gate.ts";

describe("a gate", () => {
  it("lets as many runs go on as its limit says, and then the oldest that waits", () => {
    const gate = new Gate("w");
    gate.limit = 2;
    expect(gate.isOpen).toBe(true);
    gate.count("1");
    gate.count("2");
    expect(gate.isOpen).toBe(false);
    gate.hold("5");
    gate.hold("3");
    gate.hold("4");
    expect([gate.ahead("3"), gate.ahead("5"), gate.ahead("1")]).toEqual([0, 2, null]);
    expect(gate.next()).toBeNull();
    gate.release("1");
    // New runs queue up behind those that wait.
    expect(gate.isOpen).toBe(false);
    expect(gate.next()).toBe("3");
    expect(gate.next()).toBeNull();
    gate.release("4");
    gate.release("2");
    expect(gate.next()).toBe("5");
    gate.release("3");
    gate.release("5");
    expect(gate.isIdle).toBe(true);
  });

  it("holds every run while it is paused, and counts those that go on", () => {
    const gate = new Gate("w");
    gate.isPaused = true;
    expect(gate.isOpen).toBe(false);
    for (const runId of ["1", "2", "3"]) gate.hold(runId);
    expect(gate.next()).toBeNull();
    gate.isPaused = false;
    expect([gate.next(), gate.next(), gate.next(), gate.next()]).toEqual(["1", "2", "3", null]);
    expect(gate.isIdle).toBe(true);
  });

  it("forgets what another process goes on with", () => {
    const gate = new Gate("w");
    gate.limit = 1;
    gate.count("1");
    gate.hold("2");
    gate.hold("3");
    gate.forget((runId) => runId !== "3");
    expect(gate.next()).toBe("3");
  });
});
