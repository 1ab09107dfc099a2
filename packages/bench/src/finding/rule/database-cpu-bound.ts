import { cpuShareOf, largest } from "../rule.ts";
import type { Evidence, Rule } from "../rule.ts";

const HOST_BUSY = 0.85;
/** Of all cores: beyond it, the database costs more than everything else together. */
const POSTGRES_PART = 0.5;

export const databaseCpuBound: Rule = {
  name: "database-cpu-bound",
  looksFor: "A busy machine that spends most of its CPU in PostgreSQL.",
  advice: {
    area: "infrastructure",
    change:
      "First reduce the cost of the statement that takes the most time, and the number of commits per run, which helps on any machine. Then give PostgreSQL its own machine or cores.",
    expectedEffect:
      "Throughput rises until MeshHook's own CPU is the limit. CPU per run falls only with fewer statements or commits per run.",
    effort: "medium",
    risk: "low",
  },
  needsQuietMachine: true,
  diagnose({ scenarios, environment }) {
    const cores = Math.max(1, environment.host.cores);
    const part = (scenario: (typeof scenarios)[number]) => cpuShareOf(scenario, "postgres") / cores;
    const bound = scenarios.filter(
      (scenario) => scenario.host.cpuBusyShare >= HOST_BUSY && part(scenario) >= POSTGRES_PART,
    );
    if (bound.length === 0) return null;
    return {
      severity: "warning",
      title: "PostgreSQL's CPU is the limit",
      evidence: bound.flatMap((scenario): Evidence[] => {
        const top = scenario.database?.statements.toSorted((a, b) => b.totalMs - a.totalMs)[0];
        return [
          {
            scenario: scenario.name,
            metric: "resources.postgres CPU, share of all cores",
            value: part(scenario),
            limit: POSTGRES_PART,
          },
          { scenario: scenario.name, metric: "host.cpuBusyShare", value: scenario.host.cpuBusyShare, limit: HOST_BUSY },
          ...(top === undefined
            ? []
            : [{ scenario: scenario.name, metric: "statement with the most time", value: top.query.slice(0, 120) }]),
        ];
      }),
      cause:
        "The machine has no CPU left, and PostgreSQL uses most of it: the statements, commits or index entries of a run cost more than executing its workflow.",
      effect: { share: largest(bound.map(part)), of: "the machine's CPU" },
    };
  },
};
