import { SATURATION_SENDERS } from "../roof/generator-roofs.ts";
import type { Scenario } from "./scenario.ts";

export const dagOneCallSaturation: Scenario = {
  name: "dag-one-call-saturation",
  title: "One HTTP call, saturated",
  question:
    "How many runs with one call to an immediate target does MeshHook complete a second, and what does each cost?",
  group: "dag",
  workflow: "one-call",
  payload: "github-issues-small",
  sinkDelayMs: 0,
  subscribers: 0,
  load: { kind: "saturating", senders: SATURATION_SENDERS, warmupMsMax: 8_000, durationMs: 8_000 },
  fault: null,
  thresholds: [
    {
      metric: "work.meshhookCpuMs + work.postgresCpuMs",
      operator: "<=",
      limit: 0.2,
      reason: "CPU seconds per 1,000 runs; a bare minimum measured 0.11 to 0.18, other durable engines 1.4 to 19",
    },
    {
      metric: "roofShare.rawHttp",
      operator: ">=",
      limit: 0.14,
      reason: "share of what a bare node:http server reaches with the same bodies on this machine",
    },
    {
      metric: "work.journalRows",
      kind: "gate",
      operator: "<=",
      limit: 2.1,
      reason: "a run with k calls in sequence writes k + 1 rows",
    },
    {
      metric: "work.commits",
      kind: "gate",
      operator: "<",
      limit: 0.1,
      reason: "at least ten runs share a commit",
    },
    { metric: "work.hotUpdates", kind: "gate", operator: "==", limit: 0, reason: "hot tables are insert-only" },
    { metric: "work.hotDeletes", kind: "gate", operator: "==", limit: 0, reason: "hot tables are insert-only" },
  ],
};
