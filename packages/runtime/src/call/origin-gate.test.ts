import type { CallGate } from "@meshhook/core";
import { FakeClock } from "@meshhook/testkit";
import { beforeEach, describe, expect, it } from "vitest";

import { DueQueue } from "../due-queue.ts";
import { OriginGates, type Pass } from "./origin-gate.ts";

const ORIGIN = "https://api.example.com";

describe("OriginGates", () => {
  let clock: FakeClock;
  let due: DueQueue;
  let gates: OriginGates;
  let started: string[];
  let refused: string[];

  beforeEach(() => {
    clock = new FakeClock();
    due = new DueQueue(clock);
    gates = new OriginGates(clock, due);
    started = [];
    refused = [];
  });

  function enter(name: string, gate: Partial<CallGate>, project = "p", origin = ORIGIN): Pass {
    const admission = gates.enter(
      project,
      origin,
      { limits: null, breaker: null, ...gate },
      { start: () => started.push(name), refuse: (reason) => refused.push(`${name}: ${reason}`) },
    );
    if (admission.kind === "closed") throw new Error(admission.reason);
    return admission.pass;
  }

  it("lets so many calls out at the same time, the next ones in their order", () => {
    const gate = { limits: { concurrency: 2, ratePerSecond: null } };
    const [first, , third, fourth] = ["1", "2", "3", "4"].map((name) => enter(name, gate));
    expect(started).toEqual(["1", "2"]);
    const obstacle = { kind: "target_slot", origin: ORIGIN, until: null };
    expect([first, third, fourth].map((pass) => pass?.obstacle)).toEqual([null, obstacle, obstacle]);
    expect(gates.waiting).toBe(2);
    first?.ended(true);
    first?.leave();
    expect(started).toEqual(["1", "2", "3"]);
    third?.leave();
    expect(started).toEqual(["1", "2", "3", "4"]);
  });

  it("counts each project and each origin on its own", () => {
    const gate = { limits: { concurrency: 1, ratePerSecond: null } };
    enter("1", gate);
    enter("other project", gate, "q");
    enter("other origin", gate, "p", "https://b.example.com");
    expect(started).toEqual(["1", "other project", "other origin"]);
  });

  it("spaces calls by their rate, and one that is given up costs no turn", () => {
    const gate = { limits: { concurrency: null, ratePerSecond: 2 } };
    const passes = ["1", "2", "3"].map((name) => enter(name, gate));
    expect(started).toEqual(["1"]);
    const obstacle = { kind: "target_rate", origin: ORIGIN, until: clock.now() + 500_000 };
    expect(passes.map((pass) => pass.obstacle)).toEqual([null, obstacle, obstacle]);
    passes[1]?.leave();
    clock.advance(499);
    expect(started).toEqual(["1"]);
    clock.advance(1);
    expect(started).toEqual(["1", "3"]);
  });

  it("begin anew with another tenure, although nothing is left of the times at which they would have opened", () => {
    const gate = { limits: { concurrency: null, ratePerSecond: 2 } };
    for (const name of ["1", "2"]) enter(name, gate);
    due.clear();
    gates.forget();
    for (const name of ["3", "4"]) enter(name, gate);
    expect(started).toEqual(["1", "3"]);
    clock.advance(500);
    expect(started).toEqual(["1", "3", "4"]);
  });

  it("opens after failures in a row, lets one call try, and closes when that succeeds", () => {
    const gate = { breaker: { failures: 2, windowMs: 60_000, openMs: 1_000, whenOpen: "wait" } } as const;
    enter("1", gate).ended(false);
    enter("2", gate).ended(true);
    enter("3", gate).ended(false);
    enter("4", gate).ended(false);
    const waiting = ["5", "6"].map((name) => enter(name, gate));
    expect(started).toEqual(["1", "2", "3", "4"]);
    const obstacle = { kind: "circuit_breaker", origin: ORIGIN, until: clock.now() + 1_000_000 };
    expect(waiting.map((pass) => pass.obstacle)).toEqual([obstacle, obstacle]);
    clock.advance(1_000);
    expect(started.slice(4)).toEqual(["5"]);
    waiting[0]?.ended(false);
    clock.advance(999);
    expect(started.slice(4)).toEqual(["5"]);
    clock.advance(1);
    expect(started.slice(4)).toEqual(["5", "6"]);
    const last = enter("7", gate);
    expect(started.slice(4)).toEqual(["5", "6"]);
    expect(last.obstacle).toEqual({ ...obstacle, until: null });
    waiting[1]?.ended(true);
    expect(started.slice(4)).toEqual(["5", "6", "7"]);
    expect(last.obstacle).toBe(null);
  });

  it("lets another call try when the one that should is given up or says nothing about the target", () => {
    const gate = { breaker: { failures: 1, windowMs: 60_000, openMs: 1_000, whenOpen: "wait" } } as const;
    enter("1", gate).ended(false);
    const waiting = ["2", "3", "4"].map((name) => enter(name, gate));
    clock.advance(1_000);
    waiting[0]?.leave();
    waiting[1]?.ended(null);
    expect(started).toEqual(["1", "2", "3", "4"]);
  });

  it("forgets failures that are older than the window", () => {
    const gate = { breaker: { failures: 2, windowMs: 1_000, openMs: 1_000, whenOpen: "wait" } } as const;
    enter("1", gate).ended(false);
    clock.advance(1_001);
    enter("2", gate).ended(false);
    enter("3", gate);
    expect(started).toEqual(["1", "2", "3"]);
  });

  it("turns calls away that do not want to wait", () => {
    const gate = { limits: null, breaker: { failures: 1, windowMs: 60_000, openMs: 1_000, whenOpen: "fail" } } as const;
    enter("1", gate).ended(false);
    const entrant = { start: () => started.push("never"), refuse: () => refused.push("never") };
    const admission = gates.enter("p", ORIGIN, gate, entrant);
    expect(admission).toMatchObject({ kind: "closed", reason: expect.stringContaining(ORIGIN) as unknown });
    clock.advance(1_000);
    enter("2", gate);
    expect(started).toEqual(["1", "2"]);
  });

  it("turns calls away that stand in line when the breaker opens, and only those that do not want to wait", () => {
    const limits = { concurrency: 1, ratePerSecond: null };
    const breaker = { failures: 1, windowMs: 60_000, openMs: 1_000 };
    const first = enter("1", { limits, breaker: { ...breaker, whenOpen: "fail" } });
    enter("2", { limits, breaker: { ...breaker, whenOpen: "fail" } });
    enter("3", { limits, breaker: { ...breaker, whenOpen: "wait" } });
    first.ended(false);
    expect(refused).toEqual([expect.stringMatching(/^2: .*failed 1 times in a row/)]);
    expect(started).toEqual(["1"]);
    clock.advance(1_000);
    expect(started).toEqual(["1", "3"]);
  });

  it("takes an origin with the port that its scheme implies, or in capitals, for the same", () => {
    const gate = { limits: { concurrency: 1, ratePerSecond: null } };
    enter("1", gate);
    enter("2", gate, "p", `${ORIGIN}:443`);
    enter("3", gate, "p", "HTTPS://API.Example.com");
    enter("other port", gate, "p", `${ORIGIN}:8443`);
    expect(started).toEqual(["1", "other port"]);
  });
});
