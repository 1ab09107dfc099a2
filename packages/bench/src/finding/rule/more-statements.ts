import { largest, missed } from "../rule.ts";
import type { Evidence, Rule } from "../rule.ts";

export const moreStatements: Rule = {
  name: "more-statements",
  looksFor: "Runs or batches that need more SQL statements than their rows require.",
  advice: {
    area: "code",
    change: "Make the added statement part of the batch's statement, or derive what it stores or reads.",
    expectedEffect: "One round trip less for each run or batch, and less CPU in MeshHook and PostgreSQL.",
    effort: "medium",
    risk: "low",
  },
  diagnose({ scenarios }) {
    const costly = scenarios.flatMap((scenario) =>
      missed(scenario, "work.statements").map((threshold) => ({ scenario, threshold })),
    );
    if (costly.length === 0) return null;
    const excess = costly.map(({ threshold }) => {
      const limit = Number(threshold.expression.split(" ").at(-1));
      return 1 - limit / (threshold.actual ?? limit);
    });
    return {
      severity: "warning",
      title: "A run uses more SQL statements than its rows require",
      evidence: costly.flatMap(({ scenario, threshold }): Evidence[] => [
        {
          scenario: scenario.name,
          metric: threshold.expression.split(" ")[0] ?? "",
          value: threshold.actual ?? 0,
          limit: Number(threshold.expression.split(" ").at(-1)),
        },
        ...(scenario.database?.statements ?? [])
          .toSorted((a, b) => b.calls - a.calls)
          .slice(0, 2)
          .map(({ query, calls }) => ({
            scenario: scenario.name,
            metric: `calls of ${query.slice(0, 80)}`,
            value: calls,
          })),
      ]),
      cause:
        "A batch of runs should take one statement in one transaction. Another statement was added to each run or batch, and each statement costs a round trip on any machine.",
      effect: { share: largest(excess), of: "the statements" },
    };
  },
};
