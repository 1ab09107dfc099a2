import { expect, test } from "vitest";
import { failedSample, sampleResult } from "../../test/sample-result.ts";
import { parseComparableResult } from "./comparable-result.ts";

const asJson = (value: unknown): Record<string, unknown> =>
  JSON.parse(JSON.stringify(value)) as Record<string, unknown>;

test("whole results can be compared, those that failed as well", () => {
  expect(parseComparableResult(asJson(sampleResult()))).toHaveProperty("result");
  expect(parseComparableResult(asJson(failedSample()))).toHaveProperty("result");
});

test("results of other versions can be compared: with parts that are not known yet, and without parts that are not read", () => {
  const { findings: _findings, roofs: _roofs, ...earlier } = asJson(sampleResult());
  const [first, ...others] = earlier["scenarios"] as Record<string, unknown>[];
  const { episodes: _episodes, database: _database, ...smaller } = first!;
  expect(parseComparableResult({ ...earlier, scenarios: [{ ...smaller, tail: {} }, ...others] })).toHaveProperty(
    "result",
  );
});

test("whatever a comparison reads and does not find is named with its place", () => {
  const { seed: _seed, ...document } = asJson(sampleResult());
  const [first] = document["scenarios"] as Record<string, unknown>[];
  const parsed = parseComparableResult({
    ...document,
    scenarios: [{ ...first, audit: {}, work: { ...(first!["work"] as object), walBytes: "many" }, status: "fine" }],
  });
  if ("result" in parsed) throw new Error("It was accepted.");
  expect(parsed.issues.join("\n")).toMatch(
    /\/: .*'seed'[^]*\/scenarios\/0\/status: [^]*\/scenarios\/0\/audit: .*'isClean'[^]*\/scenarios\/0\/work\/walBytes: /,
  );
  expect(parseComparableResult([])).toHaveProperty("issues");
});
