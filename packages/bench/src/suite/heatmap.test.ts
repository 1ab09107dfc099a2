import { expect, test } from "vitest";
import type { Ledger } from "../load/ledger.ts";
import { Outcome } from "../load/ledger.ts";
import { seededRandom } from "../stats/index.ts";
import { heatmapOf } from "./heatmap.ts";

/** A ledger of requests: due at, answered after (null: refused), both in milliseconds. */
function ledgerOf(requests: readonly (readonly [dueMs: number, tookMs: number | null])[]): Ledger {
  const intendedUs = Int32Array.from(requests, ([dueMs]) => dueMs * 1_000);
  return {
    count: requests.length,
    startedAtUs: 0,
    intendedUs,
    sentUs: intendedUs,
    answeredUs: Int32Array.from(requests, ([dueMs, tookMs]) =>
      tookMs === null ? -1 : Math.round((dueMs + tookMs) * 1_000),
    ),
    outcome: Int16Array.from(requests, ([, tookMs]) => (tookMs === null ? Outcome.refused : 202)),
    runIdOf: () => null,
  };
}

test("every request is in the cell of its due time and its latency, or among the failures of its time", () => {
  const random = seededRandom(5);
  const requests = Array.from({ length: 5_000 }, (_, n) => {
    const took = random() < 0.02 ? null : Math.round(400 * 10 ** (3 * random())) / 1_000;
    return [n * 4, took] as const;
  });
  const heatmap = heatmapOf(ledgerOf(requests));
  expect(heatmap).not.toBeNull();
  const { edgesMs, stepMs, counts, failed } = heatmap!;
  expect(counts.length).toBeLessThanOrEqual(120);
  expect(edgesMs).toEqual(edgesMs.toSorted((a, b) => a - b));
  const expected = counts.map((column) => column.map(() => 0));
  const expectedFailed = failed.map(() => 0);
  for (const [dueMs, tookMs] of requests) {
    const column = Math.floor(dueMs / stepMs);
    if (tookMs === null) expectedFailed[column]! += 1;
    else expected[column]![edgesMs.findLastIndex((edge) => edge <= tookMs)]! += 1;
  }
  expect(failed).toEqual(expectedFailed);
  expect(counts).toEqual(expected);
});

test("half an hour of load has no more columns than a second has steps to spare", () => {
  const heatmap = heatmapOf(ledgerOf(Array.from({ length: 1_800 }, (_, n) => [n * 1_000, 2] as const)));
  expect(heatmap?.counts.length).toBeLessThanOrEqual(120);
  expect(heatmap?.counts.flat().reduce((sum, count) => sum + count, 0)).toBe(1_800);
});

test("without an accepted request there is nothing to show", () => {
  expect(heatmapOf(ledgerOf([[0, null]]))).toBeNull();
});
