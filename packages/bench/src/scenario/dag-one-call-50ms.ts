import type { Scenario } from "./scenario.ts";

export const dagOneCall50ms: Scenario = {
  name: "dag-one-call-50ms",
  title: "One HTTP call of 50 ms",
  question: "How much time does MeshHook add to a call that takes 50 ms, at 100 webhooks a second?",
  group: "dag",
  workflow: "one-call",
  payload: "github-issues-small",
  sinkDelayMs: 50,
  subscribers: 0,
  load: { kind: "paced", ratePerSecond: 100, warmupMs: 2_000, durationMs: 12_000 },
  fault: null,
  thresholds: [
    {
      metric: "latency.done.p50Ms",
      operator: "<=",
      limit: 60,
      reason: "the target's 50 ms and at most 10 ms in MeshHook",
    },
    {
      metric: "latency.done.p99Ms",
      operator: "<=",
      limit: 75,
      reason: "the target's 50 ms, a timer's error and one checkpoint",
    },
  ],
};
