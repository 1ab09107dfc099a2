import type { Scenario } from "./scenario.ts";
import { STREAM_FAULTS } from "./stream-faults.ts";

export const logs100Subscribers: Scenario = {
  name: "logs-100-subscribers",
  title: "Live log, a hundred viewers",
  question: "Do a hundred viewers of the same project all see every line in time, at 50 runs a second?",
  group: "logs",
  workflow: "pure",
  payload: "github-issues-small",
  sinkDelayMs: 0,
  subscribers: 100,
  // Long enough for 1,000 acknowledgements: without their p99 it is unknown whether the generator's own lateness shows.
  load: { kind: "paced", ratePerSecond: 50, warmupMs: 2_000, durationMs: 22_000 },
  fault: null,
  thresholds: [
    {
      metric: "latency.lag.p99Ms",
      operator: "<=",
      limit: 60,
      reason: "about 37,000 lines a second to a hundred connections",
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
