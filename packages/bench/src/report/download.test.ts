import { expect, test } from "vitest";
import { sampleResult, sampleWith } from "../../test/sample-result.ts";
import { csv, downloadLink } from "./download.ts";
import { figuresCsv, seriesCsv } from "./figures-csv.ts";

test("values with commas, quotes and line breaks are quoted, and what is not known is empty", () => {
  expect(
    csv(
      ["a", "b"],
      [
        ['x, "y"', null],
        ["1\n2", 1 / 3],
        [true, undefined],
      ],
    ),
  ).toBe('a,b\r\n"x, ""y""",\r\n"1\n2",0.333333\r\ntrue,\r\n');
});

test("a small file is in the page, and a large one is named beside it", () => {
  const file = { label: "Figures", fileName: "x.csv", type: "text/csv", text: "a,b\r\n" } as const;
  const [, base64 = ""] = /href="data:text\/csv;base64,([^"]*)"/.exec(downloadLink(file, "all.csv").text) ?? [];
  expect(Buffer.from(base64, "base64").toString()).toBe(file.text);
  const large = downloadLink({ ...file, text: "1,2\r\n".repeat(5_000) }, "all.csv").text;
  expect(large).toContain('href="all.csv"');
  expect(large).not.toContain("data:");
});

test("every figure stands under its path in the result with its range over the blocks", () => {
  const lines = figuresCsv(sampleResult().scenarios).split("\r\n");
  expect(lines[0]).toBe("scenario,figure,value,low,high,level,blocks");
  expect(lines).toContainEqual(
    expect.stringMatching(/^webhook-ack-nominal,latency\.ack\.p50Ms,1\.4\d*,1\.3\d*,1\.\d+,0\.95,5$/),
  );
  expect(lines).toContain("webhook-ack-nominal,audit.lost,0,,,,");
});

test("a scenario that lost work has no throughput in the file either", () => {
  const { scenarios } = sampleWith("webhook-ack-nominal", ({ audit }) => ({
    audit: { ...audit, isClean: false, lost: 1 },
  }));
  expect(figuresCsv(scenarios)).not.toContain("webhook-ack-nominal,throughput");
  expect(figuresCsv(scenarios)).toContain("dag-pure-saturation,throughput.completedPerSecond");
});

test("the seconds of every scenario are rows of one table", () => {
  const { scenarios } = sampleResult();
  expect(seriesCsv(scenarios).split("\r\n")).toHaveLength(
    scenarios.reduce((sum, { series }) => sum + series.length, 0) + 2,
  );
});
