import type { ThresholdResult } from "../result/result.ts";
import type { Threshold } from "./scenario.ts";

/**
 * Judges thresholds against a result. A metric that was not measured (null or absent) meets no threshold: what cannot be shown is
 * not claimed.
 */
export function judge(thresholds: readonly Threshold[], result: object): ThresholdResult[] {
  return thresholds.map(({ metric, operator, limit, kind = "limit", reason }) => {
    const actual = readMetric(metric, result);
    return {
      expression: `${metric} ${operator} ${String(limit)}`,
      actual,
      holds: actual !== null && COMPARE[operator](actual, limit),
      kind,
      reason,
    };
  });
}

function readMetric(metric: string, result: object): number | null {
  let sum = 0;
  for (const path of metric.split(" + ")) {
    let value: unknown = result;
    for (const name of path.split(".")) {
      value = typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
    }
    if (typeof value !== "number") return null;
    sum += value;
  }
  return sum;
}

const COMPARE: { readonly [Operator in Threshold["operator"]]: (actual: number, limit: number) => boolean } = {
  "<=": (actual, limit) => actual <= limit,
  "<": (actual, limit) => actual < limit,
  ">=": (actual, limit) => actual >= limit,
  "==": (actual, limit) => actual === limit,
};
