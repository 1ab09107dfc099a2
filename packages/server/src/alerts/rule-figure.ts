import { msOfRunId, type Micros } from "@meshhook/core";
import type { AlertRule, Alerts, Catalog, Count, Statistics } from "@meshhook/journal";

export interface FigureSources {
  readonly alerts: Pick<Alerts, "countRejections" | "findOldestGoing">;
  readonly catalog: Pick<Catalog, "listEndpoints">;
  readonly statistics: Pick<Statistics, "readCounts">;
}

const MINUTE_US = 60_000_000;
const HOUR_US = 60 * MINUTE_US;
/** Older counts are known by the hour only, so that the last one may have been an hour later. */
const MINUTES_KNOWN = 110;

/** The figure that a rule compares with its threshold; null: there is nothing to compare. @throws JournalUnavailable */
export async function figureOf(rule: AlertRule, now: Micros, sources: FigureSources): Promise<number | null> {
  const { alerts } = sources;
  const since = now - rule.windowMinutes * MINUTE_US;
  switch (rule.kind) {
    case "failure_rate": {
      const counts = await runCounts(rule, since, now, sources);
      const failed = countOf(counts, "failed");
      const all = failed + countOf(counts, "succeeded");
      return all < Math.max(1, rule.countMin) ? null : failed / all;
    }
    case "failed_runs":
      return countOf(await runCounts(rule, since, now, sources), "failed");
    case "oldest_run": {
      const runId = await alerts.findOldestGoing(rule.projectId, rule.workflowId);
      return runId === null ? 0 : Math.max(0, now / MINUTE_US - msOfRunId(runId) / 60_000);
    }
    case "endpoint_silent":
      return silenceOf(rule, now, sources);
    case "rejections":
    default:
      return alerts.countRejections(rule.projectId, rule.endpointId, since);
  }
}

function runCounts(
  { projectId, workflowId }: AlertRule,
  from: Micros,
  to: Micros,
  { statistics }: FigureSources,
): Promise<readonly Count[]> {
  return statistics.readCounts({
    projectId,
    from: from - (from % MINUTE_US),
    to,
    measures: ["run"],
    ...(workflowId === null ? {} : { workflowId }),
  });
}

function countOf(counts: readonly Count[], outcome: Count["outcome"]): number {
  return counts.reduce((sum, count) => (count.outcome === outcome ? sum + count.count : sum), 0);
}

/** Minutes since the endpoint accepted something, at the earliest since it and the rule were made. Null: there is no such endpoint any more. */
async function silenceOf(rule: AlertRule, now: Micros, { catalog, statistics }: FigureSources): Promise<number | null> {
  const { createdAt, endpointId, projectId, threshold } = rule;
  const endpoint = (await catalog.listEndpoints(projectId)).find(({ id }) => id === endpointId);
  if (endpoint === undefined) return null;
  const lookback = threshold * MINUTE_US + (threshold > MINUTES_KNOWN ? HOUR_US : MINUTE_US);
  const counts = await statistics.readCounts({
    projectId,
    from: now - lookback,
    to: now,
    measures: ["delivery"],
    workflowId: endpoint.workflowId,
  });
  const heard = counts.filter(({ subject }) => subject === endpointId).map(({ at }) => at);
  // A count stands for its whole minute.
  const since = Math.max(createdAt, endpoint.createdAt, ...heard.map((at) => at + MINUTE_US), now - lookback);
  return Math.max(0, (now - since) / MINUTE_US);
}
