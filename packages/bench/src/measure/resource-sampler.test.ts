import { expect, test } from "vitest";
import { cpuSecondsBetween, cpuShare, resourcesBetween } from "./resource-sampler.ts";
import type { ResourceReading } from "./resource-sampler.ts";

const HOST = {
  atMs: 0,
  busyTicks: 0,
  stealTicks: 0,
  totalTicks: 0,
  loadAverage1: 0,
  cpuPressureUs: null,
  ioPressureUs: null,
};

function reading(second: number, cpu: { readonly [name: string]: number }): ResourceReading {
  const processes = Object.entries(cpu).map(
    ([name, cpuSeconds]) => [name, { cpuSeconds, rssBytes: 1_000 * second }] as const,
  );
  return { atUs: second * 1e6, host: HOST, processes: new Map(processes) };
}

test("shares are of one core, between neighbours that are far enough apart", () => {
  expect(cpuShare(reading(1, { a: 1 }), reading(2, { a: 1.5 }), "a")).toBeCloseTo(0.5);
  expect(cpuShare(reading(1, { a: 1 }), reading(1.1, { a: 1.1 }), "a")).toBeNull();
  expect(cpuShare(undefined, reading(2, { a: 1 }), "a")).toBeNull();
  expect(cpuShare(reading(1, {}), reading(2, { a: 1 }), "a")).toBeNull();
});

test("a process that ended within the window is billed until its last reading", () => {
  const readings = [
    reading(0, { a: 5 }),
    reading(1, { a: 6, b: 1 }),
    reading(2, { a: 8, b: 1.5 }),
    reading(3, { a: 9 }),
  ];
  const [first, , , last] = readings;
  if (first === undefined || last === undefined) throw new Error("unreachable");
  expect(resourcesBetween(readings, first, last)).toEqual([
    { name: "a", cpuSeconds: 4, cpuShareMax: 2, rssBytesMax: 3_000 },
    { name: "b", cpuSeconds: 0.5, cpuShareMax: 0.5, rssBytesMax: 2_000 },
  ]);
  expect(cpuSecondsBetween(first, last, "b")).toBe(0);
});
