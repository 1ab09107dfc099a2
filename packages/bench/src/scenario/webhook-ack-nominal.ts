import type { Scenario } from "./scenario.ts";

export const webhookAckNominal: Scenario = {
  name: "webhook-ack-nominal",
  title: "Webhook acknowledged, nominal rate",
  question:
    "How long does a sender wait until its webhook is durable, and how long until its run has ended, at 100 webhooks a second?",
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
      reason: "HTTP plus one commit takes 1.5 ms on an idle machine of this kind",
    },
    { metric: "latency.ack.p99Ms", operator: "<=", limit: 12, reason: "leaves room for one checkpoint or vacuum" },
    {
      metric: "latency.done.p99Ms",
      operator: "<=",
      limit: 15,
      reason: "a run without calls has ended when it is acknowledged",
    },
  ],
};
