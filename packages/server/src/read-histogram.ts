import type { LatencyCounts } from "@meshhook/runtime";
import type { Metric, Registry } from "prom-client";

const US_PER_S = 1_000_000;

interface HistogramOptions {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  /** Each with the labels of its samples. */
  readonly read: () => readonly { readonly labels: Readonly<Record<string, string>>; readonly counts: LatencyCounts }[];
}

/** Shows durations that the runtime has counted as a histogram in seconds: counting with the library would cost it more than the work itself. */
export function registerHistogram(registry: Registry, { help, labelNames, name, read }: HistogramOptions): void {
  const get = () => ({
    name,
    help,
    type: "histogram",
    aggregator: "sum",
    values: read().flatMap(({ counts, labels }) => samplesOf(name, labels, counts)),
  });
  // What the registry does with a metric is ask for its samples.
  registry.registerMetric({ name, help, labelNames, get, reset: () => undefined } as unknown as Metric);
}

function samplesOf(name: string, labels: Readonly<Record<string, string>>, { boundsUs, counts, sumUs }: LatencyCounts) {
  let seen = 0;
  const buckets = counts.map((count, at) => {
    seen += count;
    const bound = boundsUs[at];
    return {
      metricName: `${name}_bucket`,
      labels: { ...labels, le: bound === undefined ? "+Inf" : bound / US_PER_S },
      value: seen,
    };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sumUs / US_PER_S },
    { metricName: `${name}_count`, labels, value: seen },
  ];
}
