import fc from "fast-check";
import { FakeClock } from "@meshhook/testkit";
import { describe, expect, it } from "vitest";

import { systemClock } from "./clock.ts";
import { DueQueue } from "./due-queue.ts";

describe("DueQueue", () => {
  const clock = new FakeClock();

  it("runs nothing before its time, and everything when it is due", () => {
    const queue = new DueQueue(clock);
    const ran: string[] = [];
    queue.add(clock.now() + 5_000, () => ran.push("five"));
    queue.add(clock.now() + 2_000, () => ran.push("two"));
    clock.advance(1);
    expect(ran).toEqual([]);
    clock.advance(1);
    expect(ran).toEqual(["two"]);
    clock.advance(3);
    expect(ran).toEqual(["two", "five"]);
    expect(queue.size).toBe(0);
  });

  it("runs equal times in the order they were added", () => {
    const queue = new DueQueue(clock);
    const ran: number[] = [];
    for (let n = 0; n < 20; n++) queue.add(clock.now() + 1_000, () => ran.push(n));
    clock.advance(1);
    expect(ran).toEqual(Array.from({ length: 20 }, (_, n) => n));
  });

  it("does not run a canceled entry", () => {
    const queue = new DueQueue(clock);
    const ran: string[] = [];
    const takeBack = queue.add(clock.now() + 1_000, () => ran.push("first"));
    queue.add(clock.now() + 1_000, () => ran.push("second"));
    takeBack();
    clock.advance(1);
    expect(ran).toEqual(["second"]);
  });

  it("waits for a time beyond the range of a timer", () => {
    const queue = new DueQueue(clock);
    const ran: string[] = [];
    const days = 60 * 24 * 3_600_000;
    queue.add(clock.now() + days * 1_000, () => ran.push("late"));
    clock.advance(days - 1);
    expect(ran).toEqual([]);
    clock.advance(1);
    expect(ran).toEqual(["late"]);
  });

  it("runs any set of times in order", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 60 }), (delays) => {
        const queue = new DueQueue(clock);
        const start = clock.now();
        const ran: number[] = [];
        for (const ms of delays) queue.add(start + ms * 1_000, () => ran.push(ms));
        for (let ms = 0; ms <= 51; ms++) clock.advance(1);
        expect(ran).toEqual([...delays].sort((one, other) => one - other));
      }),
      { numRuns: 30 },
    );
  });
});

describe("a canceled entry", () => {
  it("releases its action long before its time", async () => {
    const queue = new DueQueue(systemClock());
    const kept: string[] = [];
    const stops = Array.from({ length: 5_000 }, (_, n) =>
      queue.add((Date.now() + 3_600_000 + n) * 1_000, () => kept.push("late")),
    );
    const at = (Date.now() + 20) * 1_000;
    queue.add(at + 1, () => kept.push("second"));
    queue.add(at, () => kept.push("first"));
    for (const stop of stops) stop();
    for (const stop of stops) stop();
    expect(queue.size).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(kept).toEqual(["first", "second"]);
    expect(queue.size).toBe(0);
  });
});
