import { expect, test } from "vitest";
import { cpuSecondsBetween, cpuShare, eachBetween, resourcesBetween } from "./resource-sampler.ts";
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

test("of several processes under one name, each is known by itself, whether it started or ended within the window", () => {
  const seen = (second: number, each: { readonly [pid: number]: number }): ResourceReading => ({
    ...reading(second, {}),
    processes: new Map([["a", { cpuSeconds: 0, rssBytes: 0, each }]]),
  });
  const readings = [seen(0, { 7: 5, 8: 2 }), seen(1, { 7: 5.1, 8: 3 }), seen(2, { 7: 5.2, 9: 0.4 }), seen(3, {})];
  const [first, , third, last] = readings;
  if (first === undefined || third === undefined || last === undefined) throw new Error("unreachable");
  const used = eachBetween(readings, first, last, "a");
  expect([...used.keys()]).toEqual(["7", "8", "9"]);
  expect(used.get("7")).toBeCloseTo(0.2);
  expect(used.get("8")).toBeCloseTo(1);
  expect(used.get("9")).toBeCloseTo(0.4);
  expect(eachBetween(readings, third, last, "a").size).toBe(0);
});
