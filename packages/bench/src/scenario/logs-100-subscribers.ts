import type { Scenario } from "./scenario.ts";
import { STREAM_FAULTS } from "./stream-faults.ts";

export const logs100Subscribers: Scenario = {
  name: "logs-100-subscribers",
  title: "Live log, a hundred viewers",
  question: "Do a hundred viewers of the same project all see every line in time, at 20 runs a second?",
  group: "logs",
  workflow: "pure",
  payload: "github-issues-small",
  sinkDelayMs: 0,
  subscribers: 100,
  load: { kind: "paced", ratePerSecond: 20, warmupMs: 2_000, durationMs: 12_000 },
  fault: null,
  thresholds: [
    {
      metric: "latency.lag.p99Ms",
      operator: "<=",
      limit: 60,
      reason: "about 15 000 lines a second to a hundred connections on this machine",
    },
    { metric: STREAM_FAULTS, operator: "==", limit: 0, reason: "no line missing, repeated or out of order" },
  ],
};
