import { expect, test } from "vitest";
import type { RateSearchResult } from "../result/result.ts";
import { sampleResult } from "../../test/sample-result.ts";
import { scalabilityText, searchText } from "./several-loads.ts";
import { formatSummary } from "./terminal-summary.ts";

const found: RateSearchResult = {
  lastPassingPerSecond: 1_240,
  firstFailingPerSecond: 1_300,
  isSustained: true,
  sustainMs: 15_000,
  binding: ["`latency.ack.p99Ms <= 100`, measured 310"],
  because: "boundary",
  probes: [],
};

test("the boundary is one sentence, whether it was found or not", () => {
  expect(searchText(found)).toBe(
    "1,240/s sustained for 15 s; 1,300/s failed: `latency.ack.p99Ms <= 100`, measured 310",
  );
  expect(searchText({ ...found, isSustained: false, because: "stopped" })).toMatch(
    /^1,240\/s held for a short time only; 1,300\/s failed.*\(the search was stopped\)$/,
  );
  const none = { ...found, lastPassingPerSecond: null, firstFailingPerSecond: 25, because: "minimum" } as const;
  expect(searchText(none)).toMatch(/^no rate held; 25\/s failed/);
  const all = { ...found, firstFailingPerSecond: null, binding: [], because: "maximum" } as const;
  expect(searchText(all)).toBe("1,240/s sustained for 15 s; nothing higher was tried");
});

test("how it scales is one sentence, with or without a law", () => {
  const point = {
    n: 64,
    perSecond: 5_100,
    low: 5_000,
    high: 5_200,
    blocks: 2,
    efficiency: 0.4,
    fittedPerSecond: 5_080,
  };
  const estimate = { estimate: 70, low: 60, high: 85 };
  const law = { lambda: estimate, sigma: estimate, kappa: estimate, rSquared: 0.99, validFrom: 1, validUntil: 128 };
  expect(
    scalabilityText({
      of: "senders",
      points: [point],
      law: { ...law, peak: { n: estimate, perSecond: 5_110 }, linearUntil: 4 },
      whyNone: null,
    }),
  ).toBe(
    "5,100/s with 64 senders at most; at least 0.9 of linear up to 4, peak at about 70 (valid from 1 to 128 senders)",
  );
  expect(scalabilityText({ of: "processes", points: [point], law: null, whyNone: null })).toBe(
    "5,100/s with 64 processes at most.",
  );
  expect(
    scalabilityText({ of: "senders", points: [point], law: null, whyNone: "Not enough to say how it scales: 1 N." }),
  ).toBe("5,100/s with 64 senders at most. Not enough to say how it scales: 1 N.");
});

test("the summary of a run has it in a line of its own", () => {
  const healthy = sampleResult();
  const scenarios = healthy.scenarios.map((scenario, index) =>
    index === 0 ? { ...scenario, search: found } : scenario,
  );
  expect(formatSummary({ ...healthy, scenarios }, { isColoured: false })).toContain(
    `\n${healthy.scenarios[0]?.name ?? ""}: 1,240/s sustained for 15 s; 1,300/s failed:`,
  );
});
