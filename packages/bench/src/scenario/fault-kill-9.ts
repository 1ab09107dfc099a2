import type { Scenario } from "./scenario.ts";

export const faultKill9: Scenario = {
  name: "fault-kill-9",
  title: "MeshHook killed under load",
  question:
    "When MeshHook is killed without warning and started again, is anything lost or doubled, and how soon do its runs go on?",
  group: "fault",
  workflow: "one-call",
  payload: "github-issues-small",
  // Slow enough that every kill leaves runs in the middle of their call.
  sinkDelayMs: 50,
  subscribers: 0,
  load: { kind: "paced", ratePerSecond: 200, warmupMs: 2_000, durationMs: 14_000 },
  fault: { kind: "kill-9", atMs: 4_000, downMs: 500 },
  thresholds: [
    { metric: "audit.lost", kind: "gate", operator: "==", limit: 0, reason: "accepted means durable" },
    { metric: "audit.duplicated", kind: "gate", operator: "==", limit: 0, reason: "a delivery becomes one run" },
    { metric: "audit.stuck", kind: "gate", operator: "==", limit: 0, reason: "what was accepted ends" },
    {
      metric: "outage.clientsMs",
      operator: "<=",
      limit: 6_000,
      reason: "from the kill to the last request that failed; half a second of it is the scenario's own",
    },
    {
      metric: "latency.recovery.count",
      kind: "precondition",
      operator: ">=",
      limit: 1,
      reason: "without unfinished runs at the kill nothing was tried",
    },
    {
      metric: "latency.recovery.maxMs",
      operator: "<=",
      limit: 5_000,
      reason: "from the new process' start until the last of them was over",
    },
  ],
};
