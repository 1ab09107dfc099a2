import { expect, test } from "vitest";
import { failedSample, sampleResult, sampleWith } from "../../test/sample-result.ts";
import { formatActual, tellStory } from "./story.ts";

test("the key figures are those of the nominal webhook scenario, the fastest clean scenario and the whole audit", () => {
  expect(tellStory(sampleResult()).keyFigures.map(({ label, value }) => `${label}: ${value}`)).toEqual([
    "Answer, p99: 2.42 ms",
    "Highest rate: 7,600 runs/s",
    "CPU per run: 0.191 ms",
    "Lost / duplicated: 0 / 0",
  ]);
});

test("a p99 that the sample does not carry gives way to the median", () => {
  const few = sampleWith("webhook-ack-nominal", ({ latency }) => ({
    latency: Object.fromEntries(Object.entries(latency).map(([name, summary]) => [name, { ...summary, p99Ms: null }])),
  }));
  expect(tellStory(few).keyFigures[0]).toMatchObject({ label: "Answer, p50", value: "1.42 ms" });
});

test("a scenario whose audit is not clean is never the fastest", () => {
  const dirty = sampleWith("dag-pure-saturation", ({ audit }) => ({ audit: { ...audit, isClean: false } }));
  expect(tellStory(dirty).keyFigures.find(({ label }) => label === "Highest rate")?.value).toBe("100 runs/s");
});

test("an interrupted run says so, and one without scenarios has no figures but the audit's", () => {
  const story = tellStory(sampleResult({ verdict: "interrupted", scenarios: [] }));
  expect(story.summary).toBe("No scenario was measured.");
  expect(story.next).toMatch(/^The benchmark was stopped early\./);
  expect(story.keyFigures.map(({ label }) => label)).toEqual(["Lost / duplicated"]);
});

test("fsync off is said before synchronous_commit off", () => {
  const { environment } = failedSample();
  const story = tellStory({ ...failedSample(), environment: { ...environment, fsync: false } });
  expect(story.durabilityLabel).toMatch(/^Not durable: fsync = off/);
});

test("a threshold without a figure is said in words", () => {
  expect([formatActual(null), formatActual(38.24)]).toEqual(["no figure", "38.2"]);
});

test("what is certainly wrong is said first, and every reason has a next step", () => {
  const reason = (verdict: "failed" | "inconclusive" | "void") => ({
    verdict,
    text: `It is ${verdict}.`,
    next: "Do it.",
  });
  const scenarios = sampleResult().scenarios.map((scenario, index) => ({
    ...scenario,
    reasons: [[reason("inconclusive")], [reason("failed")], [reason("void")]][index] ?? [],
  }));
  expect(
    tellStory(sampleResult({ scenarios, verdict: "failed" })).reasons.map(({ reason: { verdict } }) => verdict),
  ).toEqual(["failed", "void", "inconclusive"]);
});
