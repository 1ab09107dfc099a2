import { cpuShareOf, largest } from "../rule.ts";
import type { Rule } from "../rule.ts";

/** One event loop is full from here on. */
const ONE_CORE = 0.9;
/** With less than this left, a second process would only take CPU from the others. */
const HOST_BUSY_MAX = 0.85;

export const meshhookCpuBound: Rule = {
  name: "meshhook-cpu-bound",
  looksFor: "One MeshHook process that fills a core while others are idle.",
  needsQuietMachine: true,
  diagnose({ scenarios }) {
    const bound = scenarios.filter(
      (scenario) => cpuShareOf(scenario, "meshhook") >= ONE_CORE && scenario.host.cpuBusyShare < HOST_BUSY_MAX,
    );
    if (bound.length === 0) return null;
    return {
      severity: "warning",
      title: "One MeshHook process is the limit while cores are idle",
      evidence: bound.flatMap((scenario) => [
        {
          scenario: scenario.name,
          metric: "resources.meshhook cpu share of one core",
          value: cpuShareOf(scenario, "meshhook"),
          limit: ONE_CORE,
        },
        {
          scenario: scenario.name,
          metric: "host.cpuBusyShare",
          value: scenario.host.cpuBusyShare,
          limit: HOST_BUSY_MAX,
        },
      ]),
      cause:
        "JavaScript of one process runs on one core. Its event loop is full, so deliveries queue in front of it although the machine has CPU left.",
      recommendation: {
        area: "architecture",
        change:
          "Run one MeshHook process per spare core against the same database; shards spread over them by themselves. A CPU profile of one process shows what to make cheaper first.",
        expectedEffect:
          "Throughput grows with the processes until the database or the cores are full; CPU per run stays about the same, memory grows by one process.",
        effort: "small",
        risk: "low",
        experiment: null,
      },
      effect: {
        share: largest(bound.map((scenario) => 1 - scenario.host.cpuBusyShare)),
        of: "the machine's CPU, which is idle",
      },
    };
  },
};
