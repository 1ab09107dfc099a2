import { expect, test } from "vitest";
import { nextProbe } from "./saturation-search.ts";
import type { Probe, ProbePhase, SaturationOptions } from "./saturation-search.ts";
import { seededRandom } from "./seeded-random.ts";

type System = (ratePerSecond: number, phase: ProbePhase) => Pick<Probe, "holds" | "isBacklogFlat" | "binding">;

const OPTIONS: SaturationOptions = { startPerSecond: 100, minPerSecond: 10, maxPerSecond: 10_000 };

/** Runs the search to its end. */
function search(system: System, options: SaturationOptions = OPTIONS) {
  const probes: Probe[] = [];
  for (;;) {
    const step = nextProbe(probes, options);
    if (step.kind === "done") return { ...step.result, probes };
    probes.push({ ...step, ...system(step.ratePerSecond, step.phase) });
  }
}

/** Holds up to its capacity; slow queries and a growing backlog beyond. */
const upTo =
  (capacity: number): System =>
  (rate) => ({
    holds: rate <= capacity,
    isBacklogFlat: true,
    ...(rate <= capacity ? {} : { binding: "ack p99 ≤ 50 ms" }),
  });

test.each([37, 100, 640, 1_234, 9_000])("a system that holds %i/s is found within the resolution", (capacity) => {
  const { lastPassingPerSecond, firstFailingPerSecond, isSustained, because, binding, probes } = search(upTo(capacity));
  expect(lastPassingPerSecond).toBeLessThanOrEqual(capacity);
  expect(firstFailingPerSecond).toBeGreaterThan(capacity);
  expect(firstFailingPerSecond! / lastPassingPerSecond!).toBeLessThanOrEqual(1.06);
  expect({ isSustained, because, binding }).toEqual({
    isSustained: true,
    because: "boundary",
    binding: ["ack p99 ≤ 50 ms"],
  });
  expect(probes.length).toBeLessThan(24);
});

test("the phases follow each other: doubling, halving the gap, sustaining", () => {
  const phases = search(upTo(640)).probes.map(({ phase }) => phase);
  expect(phases.indexOf("bisect")).toBeGreaterThan(phases.lastIndexOf("bracket"));
  expect(phases.indexOf("sustain")).toBeGreaterThan(phases.lastIndexOf("bisect"));
  expect(
    search(upTo(640))
      .probes.slice(0, 5)
      .map(({ ratePerSecond }) => ratePerSecond),
  ).toEqual([100, 200, 400, 800, 800]);
});

test("a backlog that grows is a miss, although every limit holds", () => {
  const result = search((rate) => ({ holds: true, isBacklogFlat: rate < 500 }));
  expect(result.lastPassingPerSecond).toBeLessThan(500);
  expect(result.firstFailingPerSecond).toBeGreaterThanOrEqual(500);
  expect(result.binding).toEqual(["the backlog grew"]);
});

test("a disturbance of one probe in twenty hardly lowers the boundary, because a miss is asked again", () => {
  const found = Array.from({ length: 50 }, (_, seed) => {
    const random = seededRandom(seed);
    return search((rate, phase) => {
      const outcome = upTo(1_000)(rate, phase);
      return random() < 0.05 ? { ...outcome, holds: false } : outcome;
    }).lastPassingPerSecond!;
  });
  // Two disturbances in a row at one rate remain: once in 400 probes.
  expect(found.filter((rate) => rate > 930).length).toBeGreaterThanOrEqual(45);
});

test("near the boundary chance decides, and the range it gives still holds the true capacity within 15 %", () => {
  for (let seed = 1; seed <= 50; seed++) {
    const random = seededRandom(seed);
    const { lastPassingPerSecond, firstFailingPerSecond } = search((rate) => ({
      holds: rate < 1_000 * (0.95 + 0.1 * random()),
      isBacklogFlat: true,
    }));
    expect(lastPassingPerSecond).toBeGreaterThan(850);
    expect(lastPassingPerSecond).toBeLessThan(1_050);
    expect(firstFailingPerSecond).toBeGreaterThan(950);
    expect(firstFailingPerSecond).toBeLessThan(1_110);
  }
});

test("a rate that does not last is left, until one does", () => {
  const { lastPassingPerSecond, firstFailingPerSecond, isSustained, probes } = search((rate, phase) => ({
    holds: rate <= (phase === "sustain" ? 700 : 1_000),
    isBacklogFlat: true,
    binding: "vacuum fell behind",
  }));
  expect(isSustained).toBe(true);
  expect(lastPassingPerSecond).toBeLessThanOrEqual(700);
  expect(lastPassingPerSecond).toBeGreaterThan(600);
  expect(firstFailingPerSecond).toBeLessThan(800);
  expect(probes.filter(({ phase }) => phase === "sustain").length).toBeGreaterThan(3);
});

test("a system that holds everything has no first failing rate, and one that holds nothing no passing one", () => {
  expect(search(() => ({ holds: true, isBacklogFlat: true }))).toMatchObject({
    lastPassingPerSecond: 10_000,
    firstFailingPerSecond: null,
    isSustained: true,
    because: "maximum",
  });
  expect(search(upTo(0))).toMatchObject({
    lastPassingPerSecond: null,
    firstFailingPerSecond: 10,
    isSustained: false,
    because: "minimum",
  });
});

test("a start that is too high is halved until a rate passes", () => {
  const { lastPassingPerSecond } = search(upTo(70), { ...OPTIONS, startPerSecond: 4_000 });
  expect(lastPassingPerSecond).toBeGreaterThan(66);
});

test("when the probes run out, what is known so far is given, and it is not called sustained", () => {
  expect(search(upTo(640), { ...OPTIONS, probesMax: 6 })).toMatchObject({
    lastPassingPerSecond: 566,
    firstFailingPerSecond: 800,
    isSustained: false,
    because: "probes",
  });
});

test("a disturbed minimum is asked again before nothing is said to hold", () => {
  let asked = 0;
  const result = search(() => ({ holds: ++asked > 1, isBacklogFlat: true }), {
    startPerSecond: 10,
    minPerSecond: 10,
    maxPerSecond: 10,
  });
  expect(result).toMatchObject({ lastPassingPerSecond: 10, isSustained: true, because: "maximum" });
});

test("rates in the wrong order and a resolution of zero are refused with their values", () => {
  expect(() => nextProbe([], { ...OPTIONS, minPerSecond: 200 })).toThrow("got 200, 100 and 10000");
  expect(() => nextProbe([], { ...OPTIONS, minPerSecond: 0 })).toThrow("got 0, 100");
  expect(() => nextProbe([], { ...OPTIONS, resolution: 0 })).toThrow("got 0");
});
