import { isNominal } from "../rule.ts";
import type { Evidence, Rule } from "../rule.ts";
import type { ScenarioResult } from "../../result/result.ts";

/** At a nominal rate nearly every run's commit is flushed by its own backend. */
const FLUSHES_PER_RUN_MIN = 0.2;
const RUNS_MIN = 100;
/** Times the mean rate; a spike that lasts half of the load reaches twice of it. */
const EVEN_MAX = 1.5;

/** Webhooks that come in bursts share a commit, and with it a flush. */
function isEven({ series, load }: ScenarioResult): boolean {
  return load.ratePerSecond !== null && series.every(({ sent }) => sent <= EVEN_MAX * (load.ratePerSecond ?? 0));
}

export const durabilityOff: Rule = {
  name: "durability-off",
  looksFor: "A database that may lose data it has confirmed.",
  advice: {
    area: "infrastructure",
    change:
      "Turn on `fsync` and `synchronous_commit`, and measure again. Use this result only to show what durability costs, and label it so.",
    expectedEffect:
      "Answers take one disk flush longer, and accepted webhooks survive a crash. CPU and memory use do not change.",
    effort: "small",
    risk: "low",
  },
  diagnose({ environment, scenarios }) {
    const unflushed = scenarios
      .filter((scenario) => isNominal(scenario) && isEven(scenario))
      .flatMap(({ name, database, audit }) => {
        const flushes = database?.walFlushes ?? null;
        if (flushes === null || audit.runs < RUNS_MIN || flushes / audit.runs >= FLUSHES_PER_RUN_MIN) return [];
        return [{ scenario: name, metric: "database.walFlushes per run", value: flushes / audit.runs }];
      });
    if (environment.fsync !== false && environment.synchronousCommit !== "off" && unflushed.length === 0) return null;
    return {
      severity: "critical",
      title: "The figures were measured without durability",
      evidence: [
        { scenario: "suite", metric: "environment.fsync", value: environment.fsync ? "on" : "off", limit: "on" },
        {
          scenario: "suite",
          metric: "environment.synchronousCommit",
          value: environment.synchronousCommit,
          limit: "on",
        },
        ...unflushed.map((row): Evidence => ({ ...row, limit: FLUSHES_PER_RUN_MIN })),
      ],
      cause:
        "With `fsync` or `synchronous_commit` off (on the server or in MeshHook's sessions), PostgreSQL confirms commits that a crash can still lose, so a webhook that was answered is not yet safe.",
      effect: { share: 1, of: "what was measured" },
    };
  },
};
