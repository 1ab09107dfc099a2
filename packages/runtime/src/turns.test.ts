import { describe, expect, it } from "vitest";

import { systemClock } from "./clock.ts";
import { Turns } from "./turns.ts";

const WORK_MS = 4;

/** Does a number of slices of work, and notes the start and the end of each. */
async function work(
  turns: Turns,
  options: { project: string; name: string; slices: number },
  log: Slice[],
): Promise<void> {
  const rest = turns.worker(options.project);
  for (let slice = 0; slice < options.slices; slice++) {
    await rest();
    const startedMs = performance.now();
    while (performance.now() - startedMs < WORK_MS);
    log.push({ name: options.name, startedMs, endedMs: performance.now() });
  }
}

interface Slice {
  readonly name: string;
  readonly startedMs: number;
  readonly endedMs: number;
}

describe("turns", () => {
  it("rest for as long as the slice before took, whichever worker did it", async () => {
    const turns = new Turns(systemClock());
    const log: Slice[] = [];
    const names = Array.from({ length: 10 }, (_, n) => `${n}`);
    await Promise.all(names.map((name) => work(turns, { project: "one", name, slices: 3 }, log)));
    expect(log).toHaveLength(30);
    for (const [at, { startedMs }] of log.entries()) {
      const before = log[at - 1];
      // Timers count whole milliseconds.
      if (before !== undefined)
        expect(startedMs - before.endedMs).toBeGreaterThan(Math.min(100, before.endedMs - before.startedMs) - 1);
    }
  });

  it("leave connections as many turns of the event loop as they need", async () => {
    const turns = new Turns(systemClock());
    let loops = 0;
    let isDone = false;
    const count = (): void => {
      loops++;
      if (!isDone) setImmediate(count);
    };
    count();
    const log: Slice[] = [];
    await Promise.all(["a", "b"].map((name) => work(turns, { project: "one", name, slices: 5 }, log)));
    isDone = true;
    expect(loops).toBeGreaterThan(5 * log.length);
  });

  it("go round the projects", async () => {
    const turns = new Turns(systemClock());
    const log: Slice[] = [];
    const many = Array.from({ length: 6 }, () => work(turns, { project: "many", name: "many", slices: 4 }, log));
    const one = work(turns, { project: "one", name: "one", slices: 4 }, log);
    await Promise.all([...many, one]);
    const order = log.map(({ name }) => name).slice(0, 8);
    expect(order).toEqual(["many", "one", "many", "one", "many", "one", "many", "one"]);
  });

  it("go to short work beside long work of the same project, and to the longest work too", async () => {
    const turns = new Turns(systemClock());
    const log: Slice[] = [];
    const long = ["a", "b", "c", "d"].map((name) => work(turns, { project: "one", name, slices: 12 }, log));
    await expect.poll(() => log.length).toBeGreaterThan(12);
    const from = log.length;
    await work(turns, { project: "one", name: "short", slices: 3 }, log);
    expect(log.length - from).toBeLessThan(10);
    await Promise.all(long);
    expect(log).toHaveLength(4 * 12 + 3);
  });
});
