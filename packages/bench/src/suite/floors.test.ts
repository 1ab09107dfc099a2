import { expect, test } from "vitest";
import { scenarioNamed } from "../scenario/catalogue.ts";
import { limitHere } from "./floors.ts";
import type { Floors } from "./floors.ts";

const pure = scenarioNamed("webhook-ack-nominal");
const oneCall = scenarioNamed("dag-one-call-nominal");

/** Where the limits were set. */
const REFERENCE: Floors = {
  rawHttpCpuUs: 43,
  flushMs: { p50: 0.3, p95: 0.3 },
  canary: { cpuMs: 5, flushMs: 0.3, roundTripMs: 0.06 },
};

test("on the machine where they were set, and on a faster one, limits are what they are", () => {
  for (const floors of [
    REFERENCE,
    { ...REFERENCE, rawHttpCpuUs: 20 },
    { rawHttpCpuUs: null, flushMs: null, canary: null },
  ])
    for (const metric of ["latency.ack.p50Ms", "latency.done.p99Ms", "work.meshhookCpuMs + work.postgresCpuMs"])
      expect(limitHere(metric, 10, pure, floors)).toBeNull();
});

test("a slower processor stretches times and CPU, and nothing else", () => {
  const slow = { ...REFERENCE, rawHttpCpuUs: 86 };
  expect(limitHere("latency.ack.p99Ms", 12, pure, slow)).toBeCloseTo(24);
  expect(limitHere("work.meshhookCpuMs + work.postgresCpuMs", 0.12, pure, slow)).toBeCloseTo(0.24);
  expect(limitHere("outage.clientsMs", 6_000, pure, slow)).toBeCloseTo(12_000);
  for (const metric of ["roofShare.rawHttp", "work.statements", "episodes.heldAlone", "memoryGrowthBytesPerSecond"])
    expect(limitHere(metric, 1, pure, slow)).toBeNull();
});

test("a slower disk and scheduler add what each flush and message takes more, as often as a run needs them", () => {
  const disk = { ...REFERENCE, flushMs: { p50: 2.3, p95: 8.3 } };
  expect(limitHere("latency.ack.p50Ms", 3, pure, disk)).toBeCloseTo(5);
  expect(limitHere("latency.ack.p99Ms", 12, pure, disk)).toBeCloseTo(20);
  // The delivery and the answer of the call are two commits.
  expect(limitHere("latency.done.p50Ms", 10, oneCall, disk)).toBeCloseTo(14);
  expect(limitHere("latency.ack.p50Ms", 3, oneCall, disk)).toBeCloseTo(5);
  const scheduler = { ...REFERENCE, canary: { cpuMs: 5, flushMs: 0.3, roundTripMs: 1.06 } };
  expect(limitHere("latency.ack.p50Ms", 3, pure, scheduler)).toBeCloseTo(5);
});
