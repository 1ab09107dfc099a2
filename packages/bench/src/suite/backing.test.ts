import { expect, test } from "vitest";
import { judgeBacking } from "./backing.ts";
import type { BackingInput } from "./backing.ts";

const HONEST: BackingInput = {
  calibration: { ceilingPerSecond: 20_000, cpuUsPerRequest: 25, latenessMsP99: 0.5 },
  model: "open",
  sentPerSecond: 100,
  latenessMsP99: 0.6,
  latenessMsMean: 0.1,
  cpuShare: 0.15,
  unsent: 0,
  due: 1_500,
  ackMsMean: 2,
  ackMsP99: 5,
};

test("a punctual generator with power to spare backs its figures", () => {
  expect(judgeBacking(HONEST)).toMatchObject({ isBacked: true, reasons: [] });
});

test("one that is late, out of CPU, near its ceiling or did not send everything does not", () => {
  const reason = (changes: Partial<BackingInput>) => judgeBacking({ ...HONEST, ...changes }).reasons.join("; ");
  expect(reason({ latenessMsP99: 3 })).toBe(
    "its lateness (p99 3.0 ms) is more than half of the latency it measured (p99)",
  );
  // Planted: a generator that stands still for 6 of every 20 ms.
  expect(reason({ latenessMsMean: 0.9, latenessMsP99: 5.8, ackMsMean: 2.9, ackMsP99: 12 })).toBe(
    "its lateness (mean 0.90 ms) is more than a fifth of the latency it measured (mean 2.90 ms)",
  );
  expect(reason({ cpuShare: 0.7 })).toBe("it used 70 % of a core, more than 50 %");
  expect(reason({ sentPerSecond: 12_000 })).toBe("it sent 12000/s, more than 50 % of its maximum of 20000/s");
  expect(reason({ unsent: 20 })).toBe("it never sent 20 of 1500 requests");
});

test("a closed load has no lateness and may use more of its ceiling", () => {
  const closed = {
    ...HONEST,
    model: "closed",
    sentPerSecond: 12_000,
    cpuShare: 0.7,
    latenessMsP99: 50,
    latenessMsMean: 20,
  } as const;
  expect(judgeBacking(closed).isBacked).toBe(true);
  expect(judgeBacking({ ...closed, sentPerSecond: 17_000 }).isBacked).toBe(false);
});

test("another program has no calibrated maximum, and is judged by its lateness, its CPU and what it did not send", () => {
  const driven = { ...HONEST, calibration: null, sentPerSecond: 30_000 };
  expect(judgeBacking(driven).reasons).toEqual([]);
  expect(judgeBacking({ ...driven, latenessMsMean: 1.5 }).reasons).toEqual([expect.stringContaining("lateness")]);
});
