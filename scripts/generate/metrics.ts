import { createMemoryStore } from "../../packages/journal/src/index.ts";
import { PlanCache, Runtime } from "../../packages/runtime/src/index.ts";
import { describeMetrics } from "../../packages/server/src/index.ts";
import { markdownNotice, markdownTable, type GeneratedFile } from "./page.ts";

/** Every metric of MeshHook, as it describes itself. */
export const metricsPage: GeneratedFile = {
  path: "docs/reference/metrics.md",
  make: async () => {
    const store = createMemoryStore();
    const silent = (): void => undefined;
    const log = { debug: silent, info: silent, warn: silent, error: silent };
    const { catalog, journal } = store;
    const plans = new PlanCache(catalog);
    const engine = new Runtime({ journal, catalog, plans, name: "reference", egressAllow: [], log });
    const metrics = await describeMetrics(engine, store);
    await engine.drain(0);
    await store.close();
    return `${markdownNotice("packages/server/src/metrics.ts")}
# Metrics

At \`/metrics\`, in the text format of Prometheus. With \`--processes\`, every sample has the label \`process\` as well. Counters start at 0 with the process. The metrics of Node
(\`process_…\`, \`nodejs_…\`) are those of prom-client. [Monitoring](../guide/monitoring.md) has a dashboard and rules.

${markdownTable(
  ["Metric", "Type", "Labels", "What it is"],
  metrics.map(({ help, labels, name, type }) => [
    `\`${name}\``,
    type,
    labels.map((label) => `\`${label}\``).join(", "),
    help,
  ]),
)}
`;
  },
};
