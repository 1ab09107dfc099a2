import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { systemClock } from "./clock.ts";
import { DueQueue } from "./due-queue.ts";

describe("DueQueue", () => {
  // Fake timers move Date along with the timers they fire.
  const clock = { now: () => Date.now() * 1_000, monotonicMs: () => Date.now() };
  const advance = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("runs nothing before its time, and everything when it is due", async () => {
    const queue = new DueQueue(clock);
    const ran: string[] = [];
    queue.add(clock.now() + 5_000, () => ran.push("five"));
    queue.add(clock.now() + 2_000, () => ran.push("two"));
    await advance(1);
    expect(ran).toEqual([]);
    await advance(1);
    expect(ran).toEqual(["two"]);
    await advance(3);
    expect(ran).toEqual(["two", "five"]);
    expect(queue.size).toBe(0);
  });

  it("runs equal times in the order they were added", async () => {
    const queue = new DueQueue(clock);
    const ran: number[] = [];
    for (let n = 0; n < 20; n++) queue.add(clock.now() + 1_000, () => ran.push(n));
    await advance(1);
    expect(ran).toEqual(Array.from({ length: 20 }, (_, n) => n));
  });

  it("does not run a canceled entry", async () => {
    const queue = new DueQueue(clock);
    const ran: string[] = [];
    const takeBack = queue.add(clock.now() + 1_000, () => ran.push("first"));
    queue.add(clock.now() + 1_000, () => ran.push("second"));
    takeBack();
    await advance(1);
    expect(ran).toEqual(["second"]);
  });

  it("waits for a time beyond the range of a timer", async () => {
    const queue = new DueQueue(clock);
    const ran: string[] = [];
    const days = 60 * 24 * 3_600_000;
    queue.add(clock.now() + days * 1_000, () => ran.push("late"));
    await advance(days - 1);
    expect(ran).toEqual([]);
    await advance(1);
    expect(ran).toEqual(["late"]);
  });

  it("runs any set of times in order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 60 }), async (delays) => {
        const queue = new DueQueue(clock);
        const start = clock.now();
        const ran: number[] = [];
        for (const ms of delays) queue.add(start + ms * 1_000, () => ran.push(ms));
        for (let ms = 0; ms <= 51; ms++) await advance(1);
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
