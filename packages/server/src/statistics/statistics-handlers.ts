import { formatTime, type StatisticsResource } from "@meshhook/contract";
import type { Micros } from "@meshhook/core";
import type { Count, Statistics } from "@meshhook/journal";

import type { Handlers } from "../api/answered-route.ts";
import type { Lookups } from "../api/lookups.ts";
import { momentOf } from "../api/run-range.ts";
import { HttpProblem } from "../http-problem.ts";
import { RunSum, Sum } from "./figures.ts";

export interface StatisticsSources extends Pick<Lookups, "workflowOf"> {
  readonly statistics: Statistics;
}

const SECOND_US = 1_000_000;
const DAY_US = 86_400 * SECOND_US;
const DAYS_MAX = 400;
const POINTS_MAX = 1_500;
const POINTS = 60;
/** Lengths of buckets that people read easily, in seconds. */
const LENGTHS = [60, 300, 900, 3_600, 10_800, 21_600, 86_400, 604_800];
const MEASURES = ["run", "turn", "delivery"] as const;

/** The route with figures of runs, calls and deliveries. */
export function createStatisticsHandlers({
  statistics,
  workflowOf,
}: StatisticsSources): Pick<Handlers, "getStatistics"> {
  return {
    getStatistics: async (caller, { workflow, bucket, ...period }) => {
      const { from, to } = rangeOf(period.from, period.to);
      const bucketSeconds = bucket ?? lengthFor(to - from);
      requireBucket(bucketSeconds, to - from);
      const found = workflow === undefined ? null : await workflowOf(caller, workflow);
      const counts = await statistics.readCounts({
        projectId: caller.projectId,
        from,
        to,
        measures: found === null ? MEASURES : [...MEASURES, "call"],
        ...(found === null ? {} : { workflowId: found.id }),
      });
      return {
        from: formatTime(from),
        to: formatTime(to),
        bucketSeconds,
        ...summed(counts, bucketSeconds * SECOND_US),
      };
    },
  };
}

/** Counts begin with their minute or hour, so the range begins with the one that it lies in. */
function rangeOf(
  fromText: string | undefined,
  toText: string | undefined,
): { readonly from: Micros; readonly to: Micros } {
  const to = momentOf("/query", "to", toText) ?? Date.now() * 1_000;
  const given = momentOf("/query", "from", fromText) ?? to - DAY_US;
  const minute = 60 * SECOND_US;
  const from = given - (((given % minute) + minute) % minute);
  if (given >= to) throw invalid("from", "It must be earlier than `to`.", "Send an earlier `from`, or a later `to`.");
  if (to - from > DAYS_MAX * DAY_US + minute)
    throw invalid(
      "from",
      `The time between \`from\` and \`to\` is longer than ${DAYS_MAX} days.`,
      "Ask for a part of it.",
    );
  return { from, to };
}

function lengthFor(rangeUs: number): number {
  return LENGTHS.find((length) => rangeUs / (length * SECOND_US) <= POINTS * 1.5) ?? 604_800;
}

function requireBucket(seconds: number, rangeUs: number): void {
  if (seconds % 60 !== 0)
    throw invalid("bucket", `${seconds} seconds are not whole minutes.`, "Send a multiple of 60.");
  if (rangeUs / (seconds * SECOND_US) > POINTS_MAX)
    throw invalid(
      "bucket",
      `There would be more than ${POINTS_MAX} points.`,
      "Send a longer bucket, or a shorter time.",
    );
}

function invalid(name: string, message: string, fix: string): HttpProblem {
  const issue = { path: `/query/${name}`, code: "invalid_value", message, fix };
  return new HttpProblem("request_invalid", `The parameter ${name} cannot be used: ${message}`, { issues: [issue] });
}

type Summed = Omit<StatisticsResource, "from" | "to" | "bucketSeconds">;

function summed(counts: readonly Count[], bucketUs: number): Summed {
  const all = new RunSum();
  const points = new Map<Micros, RunSum>();
  const workflows = new Map<string, RunSum>();
  const nodes = new Map<string, { readonly of: Count; readonly sum: Sum; failed: number }>();
  const endpoints = new Map<string, { readonly of: Count; readonly sum: Sum }>();
  for (const count of counts) {
    const { at, measure, outcome, subject, workflowId } = count;
    if (measure === "run" || measure === "turn") {
      all.add(count);
      inMap(points, at - (at % bucketUs), () => new RunSum()).add(count);
      inMap(workflows, workflowId, () => new RunSum()).add(count);
    } else if (measure === "call") {
      const node = inMap(nodes, `${workflowId} ${subject}`, () => ({ of: count, sum: new Sum(), failed: 0 }));
      node.sum.add(count);
      if (outcome === "failed") node.failed += count.count;
    } else {
      inMap(endpoints, subject, () => ({ of: count, sum: new Sum() })).sum.add(count);
    }
  }
  return {
    runs: all.figures,
    points: [...points]
      .sort(([one], [other]) => one - other)
      .map(([at, sum]) => ({ at: formatTime(at), runs: sum.figures })),
    slowest: all.slowest,
    workflows: [...workflows].map(([workflowId, sum]) => ({ workflowId, runs: sum.figures, slowest: sum.slowest })),
    nodes: [...nodes.values()].map(({ failed, of, sum }) => ({
      workflowId: of.workflowId,
      node: of.subject,
      attempts: sum.count,
      failed,
      failureRate: failed / sum.count,
      durationMs: sum.durations,
    })),
    endpoints: [...endpoints.values()].map(({ of, sum }) => ({
      endpointId: of.subject,
      workflowId: of.workflowId,
      accepted: sum.count,
      durableMs: sum.durations,
    })),
  };
}

function inMap<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}
