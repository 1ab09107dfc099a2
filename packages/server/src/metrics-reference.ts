import type { Store } from "@meshhook/journal";
import type { Engine } from "@meshhook/runtime";

import { BodyMemory } from "./intake/body-memory.ts";
import { Metrics } from "./metrics.ts";
import { RejectionLog } from "./rejections.ts";

/** What a metric at /metrics is, for the reference. */
export interface MetricDescription {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
  readonly help: string;
}

/** MeshHook's own metrics, in the order of their names. */
export async function describeMetrics(
  engine: Engine,
  { catalog, monitor }: Store,
): Promise<readonly MetricDescription[]> {
  const { registry } = new Metrics(engine, new RejectionLog(catalog), new BodyMemory(undefined), monitor);
  const described = (await registry.getMetricsAsJSON()).map(({ help, name, type }) => {
    // Every metric of the library has them; its types do not say so.
    const { labelNames } = registry.getSingleMetric(name) as unknown as { readonly labelNames: readonly string[] };
    return { name, type: String(type), labels: labelNames, help };
  });
  return described
    .filter(({ name }) => name.startsWith("meshhook_"))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}
