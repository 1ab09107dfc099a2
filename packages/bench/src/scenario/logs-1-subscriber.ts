import type { Scenario } from "./scenario.ts";
import { STREAM_FAULTS } from "./stream-faults.ts";

export const logs1Subscriber: Scenario = {
  name: "logs-1-subscriber",
  title: "Live log, one viewer",
  question: "How long after a webhook does a viewer see the last log line of its run, at 100 runs a second?",
  group: "logs",
  workflow: "pure",
  payload: "github-issues-small",
  sinkDelayMs: 0,
  subscribers: 1,
  load: { kind: "paced", ratePerSecond: 100, warmupMs: 2_000, durationMs: 12_000 },
  fault: null,
  thresholds: [
    {
      metric: "latency.lag.p99Ms",
      operator: "<=",
      limit: 25,
      reason: "from the intended send to the viewer, commit included, so that the log feels immediate",
    },
    {
      metric: STREAM_FAULTS,
      kind: "gate",
      operator: "==",
      limit: 0,
      reason: "no line is missing, repeated or out of order",
    },
  ],
};
