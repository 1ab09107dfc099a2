import { busiestShareOf, largest } from "../rule.ts";
import type { Rule } from "../rule.ts";

/** One event loop is full from here on. */
const ONE_CORE = 0.9;
/** On a machine busier than this, a second process would only take CPU from the others. */
const HOST_BUSY_MAX = 0.85;

export const meshhookCpuBound: Rule = {
  name: "meshhook-cpu-bound",
  looksFor: "A MeshHook process that uses a whole core while other cores are idle.",
  advice: {
    area: "architecture",
    change:
      "Run one MeshHook process per spare core (MESHHOOK_PROCESSES); shards are distributed among them automatically. Before that, take a CPU profile to see what can be made cheaper.",
    expectedEffect:
      "Throughput grows with the number of processes until the database or the cores are fully used. CPU per run stays about the same, and each process needs its own memory.",
    effort: "small",
    risk: "low",
  },
  knob: { name: "MESHHOOK_PROCESSES", value: "2", improves: ["throughput.completedPerSecond"] },
  needsQuietMachine: true,
  diagnose({ scenarios }) {
    const bound = scenarios.filter(
      (scenario) => busiestShareOf(scenario) >= ONE_CORE && scenario.host.cpuBusyShare < HOST_BUSY_MAX,
    );
    const [first] = bound;
    if (first === undefined) return null;
    return {
      severity: "warning",
      title: "One MeshHook process is the limit while cores are idle",
      evidence: bound.flatMap((scenario) => [
        {
          scenario: scenario.name,
          metric: "resources.meshhook CPU, share of one core",
          value: busiestShareOf(scenario),
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
        "The JavaScript of a process runs on one core. The event loop is fully busy, so deliveries wait although the machine has CPU to spare.",
      // Where there are several already, two are no more.
      ...(bound.every(({ resources }) => resources.every(({ processes = 1 }) => processes === 1))
        ? { tryIn: first.name }
        : {}),
      effect: {
        share: largest(bound.map((scenario) => 1 - scenario.host.cpuBusyShare)),
        of: "the machine's CPU, which is idle",
      },
    };
  },
};
