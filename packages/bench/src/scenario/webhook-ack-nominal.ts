import type { Scenario } from "./scenario.ts";

export const webhookAckNominal: Scenario = {
  name: "webhook-ack-nominal",
  title: "Webhook acknowledged, nominal rate",
  question:
    "How long does a sender wait until its webhook is durable, and how long until its run is over, at 100 a second?",
  group: "webhook",
  workflow: "pure",
  payload: "github-issues-small",
  sinkDelayMs: 0,
  subscribers: 0,
  load: { kind: "paced", ratePerSecond: 100, warmupMs: 3_000, durationMs: 15_000 },
  fault: null,
  thresholds: [
    {
      metric: "latency.ack.p50Ms",
      operator: "<=",
      limit: 3,
      reason: "HTTP plus one commit on an idle machine of this kind is 1.5 ms",
    },
    { metric: "latency.ack.p99Ms", operator: "<=", limit: 12, reason: "room for one checkpoint or vacuum beside it" },
    { metric: "latency.done.p99Ms", operator: "<=", limit: 15, reason: "a pure run is over when it is acknowledged" },
  ],
};
