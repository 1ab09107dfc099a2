import type { Scenario } from "./scenario.ts";

export const faultKill9: Scenario = {
  name: "fault-kill-9",
  title: "MeshHook killed under load",
  question:
    "When MeshHook is killed without warning and started again, is anything lost or duplicated, and how soon do its runs continue?",
  group: "fault",
  workflow: "one-call",
  payload: "github-issues-small",
  // Slow enough that every kill hits runs in the middle of their call.
  sinkDelayMs: 50,
  subscribers: 0,
  load: { kind: "paced", ratePerSecond: 200, warmupMs: 2_000, durationMs: 14_000 },
  fault: { kind: "kill-9", atMs: 4_000, downMs: 500 },
  thresholds: [
    { metric: "audit.lost", kind: "gate", operator: "==", limit: 0, reason: "an accepted webhook is durable" },
    {
      metric: "audit.duplicated",
      kind: "gate",
      operator: "==",
      limit: 0,
      reason: "a delivery becomes exactly one run",
    },
    { metric: "audit.stuck", kind: "gate", operator: "==", limit: 0, reason: "every accepted run ends" },
    {
      metric: "outage.clientsMs",
      operator: "<=",
      limit: 6_000,
      reason: "from the kill to the last failed request, including the half second before the restart",
    },
    {
      metric: "latency.recovery.count",
      kind: "precondition",
      operator: ">=",
      limit: 1,
      reason: "without unfinished runs at the kill, recovery was not tested",
    },
    {
      metric: "latency.recovery.maxMs",
      operator: "<=",
      limit: 5_000,
      reason: "from the start of the new process until the last unfinished run ended",
    },
  ],
};
