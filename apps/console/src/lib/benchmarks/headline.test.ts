import type { ReportResource } from "@meshhook/contract";
import { describe, expect, it } from "vitest";

import { formatFigure, headlineOf, polyline, trendOf } from "./headline.ts";

type Figure = ReportResource["figures"][number];

function figure(scenario: string, group: string, completedPerSecond: number | null, ackMsP50: number | null): Figure {
  return { scenario, title: scenario, group, status: "passed", completedPerSecond, ackMsP50, ackMsP99: null };
}

function report(id: string, fingerprint: string, figures: readonly Figure[]): ReportResource {
  return { id, suite: "quick", environment: { fingerprint }, figures } as unknown as ReportResource;
}

describe("the headline of a report", () => {
  it("names the fastest scenario, and the acknowledgement of webhooks below saturation", () => {
    const figures = [
      figure("pure", "dag", 12_884, 8),
      figure("lost", "fault", null, null),
      figure("nominal", "webhook", 99, 2),
    ];
    const { fastest, acknowledged } = headlineOf(report("r", "m", figures));
    expect([fastest?.scenario, acknowledged?.scenario]).toEqual(["pure", "nominal"]);
  });

  it("is empty if nothing was measured", () => {
    expect(headlineOf(report("r", "m", [figure("lost", "fault", null, null)]))).toEqual({
      fastest: null,
      acknowledged: null,
    });
  });
});

describe("the trend of a figure", () => {
  it("covers comparable reports, oldest first, and leaves out those without the figure", () => {
    const reports = [
      report("d", "m", [figure("pure", "dag", 30, 1)]),
      { id: "broken", unreadableBecause: "no JSON", hasPage: false },
      report("c", "other machine", [figure("pure", "dag", 99, 1)]),
      report("b", "m", [figure("pure", "dag", null, 1)]),
      report("a", "m", [figure("pure", "dag", 20, 1)]),
    ];
    const trend = trendOf(reports, "pure", "completedPerSecond");
    expect(trend.map(({ report: { id }, value }) => [id, value])).toEqual([
      ["a", 20],
      ["d", 30],
    ]);
    expect(trendOf([], "pure", "completedPerSecond")).toEqual([]);
  });

  it("is drawn from zero", () => {
    expect(polyline([5, 10], 100, 20)).toBe("0.0,10.0 100.0,0.0");
    expect(polyline([0, 0], 100, 20)).toBe("0.0,20.0 100.0,20.0");
  });

  it("has figures with at least three digits", () => {
    expect([12_884.475, 99.981, 2.009].map(formatFigure)).toEqual(["12,884", "99.98", "2.01"]);
  });
});
