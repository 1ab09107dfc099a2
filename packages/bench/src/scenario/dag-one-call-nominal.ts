import type { Scenario } from "./scenario.ts";

export const dagOneCallNominal: Scenario = {
  name: "dag-one-call-nominal",
  title: "One HTTP call, nominal rate",
  question:
    "How long does a run with one call to an immediate target take until its end is durable, at 100 webhooks a second?",
  group: "dag",
  workflow: "one-call",
  payload: "github-issues-small",
  sinkDelayMs: 0,
  subscribers: 0,
  load: { kind: "paced", ratePerSecond: 100, warmupMs: 3_000, durationMs: 12_000 },
  fault: null,
  thresholds: [
    {
      metric: "latency.done.p99Ms",
      operator: "<=",
      limit: 20,
      reason: "two commits and one HTTP exchange, with room for one checkpoint",
    },
    {
      metric: "work.journalRows",
      kind: "gate",
      operator: "<=",
      limit: 2.1,
      reason: "a run with k calls in sequence writes k + 1 rows",
    },
  ],
};
