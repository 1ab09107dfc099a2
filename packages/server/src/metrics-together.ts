import { AggregatorRegistry } from "prom-client";
import type { MetricObjectWithValues, MetricValue } from "prom-client";

/** The metrics of one process, as plain objects that can be sent from process to process. */
export type MetricsSnapshot = readonly MetricObjectWithValues<MetricValue<string>>[];

/** The processes that serve one port, this one among them. */
export interface Siblings {
  /** The metrics of every process that answers, by its number. */
  gatherMetrics(): Promise<ReadonlyMap<number, MetricsSnapshot>>;
}

/**
 * The metrics of several processes in Prometheus' text format, each sample with the label `process`: a scrape reaches one of them by chance,
 * and counters that jump between processes would be read as resets.
 */
export function renderTogether(snapshots: ReadonlyMap<number, MetricsSnapshot>): Promise<string> {
  const labelled = [...snapshots].map(([number, metrics]) =>
    metrics.map((metric) => ({
      ...metric,
      // No two samples have the same labels, so that nothing is added up, and nothing is left out.
      aggregator: "sum" as const,
      values: metric.values.map((value) => ({ ...value, labels: { ...value.labels, process: String(number) } })),
    })),
  );
  return AggregatorRegistry.aggregate(labelled).metrics();
}
