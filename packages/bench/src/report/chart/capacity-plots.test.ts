import { expect, test } from "vitest";
import { sampleResult } from "../../../test/sample-result.ts";
import type { LoadPoint, RateProbe, Scalability, ScenarioResult } from "../../result/result.ts";
import { fitUsl, uslThroughput } from "../../stats/index.ts";
import { curvePlot } from "./curve-plot.ts";
import { scalabilityPlot } from "./scalability-plot.ts";

/** Rates from 100 to 1,600: p99 grows, and at the last rate the limit of 12 ms is missed. */
const RATES = [100, 200, 400, 800, 1_600];

function searched(): ScenarioResult {
  const [scenario] = sampleResult().scenarios;
  if (scenario === undefined) throw new Error("the sample has no scenario");
  const p99 = (rate: number) => 2 + (rate / 400) ** 2;
  return {
    ...scenario,
    curve: RATES.map((rate): LoadPoint => ({
      offeredPerSecond: rate,
      senders: null,
      achievedPerSecond: Math.min(rate, 1_300),
      ackP50Ms: p99(rate) / 2,
      ackP99Ms: p99(rate),
      doneP50Ms: p99(rate) / 2,
      doneP99Ms: p99(rate),
      blocks: 1,
    })),
    search: {
      lastPassingPerSecond: 800,
      firstFailingPerSecond: 1_600,
      isSustained: true,
      sustainMs: 8_000,
      binding: ["latency.ack.p99Ms <= 12"],
      because: "boundary",
      probes: RATES.map((rate, index): RateProbe => ({
        block: index + 1,
        phase: "bracket",
        ratePerSecond: rate,
        achievedPerSecond: Math.min(rate, 1_300),
        ackP50Ms: p99(rate) / 2,
        ackP99Ms: p99(rate),
        durationMs: 2_000,
        holds: rate < 1_600,
        isBacklogFlat: rate < 1_600,
        backlogGrowthPerSecond: rate < 1_600 ? 0 : 300,
        binding: rate < 1_600 ? null : "latency.ack.p99Ms <= 12",
      })),
    },
  };
}

test("the title names the boundary, and no line leads to a rate that missed a limit", () => {
  const markup = String(curvePlot(searched()));
  expect(markup).toContain("Every limit holds at 800/s, sustained for 8 s; 1,600/s fails");
  expect(markup.match(/mark mark-uncounted/g)).toHaveLength(2);
  const [, path = ""] = /class="line line-2"\s+d="([^"]*)"/.exec(markup.slice(markup.indexOf("<svg"))) ?? [];
  expect(path.match(/[ML]/g)).toHaveLength(RATES.length - 1);
  expect(markup).toContain("limit of p99, 12.0 ms");
});

test("one load does not make a curve", () => {
  const { curve = [], ...rest } = searched();
  expect(curvePlot({ ...rest, curve: curve.slice(0, 1) })).toBeNull();
  expect(curvePlot(rest)).toBeNull();
});

const truth = { lambda: 400, sigma: 0.05, kappa: 0.002 };
const points = [1, 2, 4, 8, 16, 32].map((n) => ({ n, throughput: uslThroughput(truth, n) }));

function scalability(): Scalability {
  const fit = fitUsl(points, { seed: 3, resamples: 50 });
  if (fit.kind === "refused") throw new Error(fit.why);
  return {
    of: "senders",
    points: points.map(({ n, throughput }) => ({
      n,
      perSecond: throughput,
      low: throughput * 0.95,
      high: throughput * 1.05,
      blocks: 3,
      efficiency: throughput / (n * 400),
      fittedPerSecond: throughput,
    })),
    law: {
      lambda: fit.intervals.lambda,
      sigma: fit.intervals.sigma,
      kappa: fit.intervals.kappa,
      rSquared: fit.rSquared,
      validFrom: fit.range.from,
      validUntil: fit.range.until,
      peak: fit.peak,
      linearUntil: fit.linearUntil,
    } as Scalability["law"],
    whyNone: null,
  };
}

test("the title says how far growth is linear and where the peak is, and every point has its range", () => {
  const markup = String(scalabilityPlot(scalability()));
  expect(markup).toMatch(/Linear to 2 senders \(efficiency at least 90 %\); peak near 22 \(\d+–\d+\)/);
  expect(markup.match(/class="whisker"/g)).toHaveLength(points.length);
  expect(markup).toContain("fitted law");
});

test("without a law the points stand alone", () => {
  const markup = String(scalabilityPlot({ ...scalability(), law: null, whyNone: "too few points" }));
  expect(markup).toContain("without a law");
  expect(markup).not.toContain("fitted law");
});
