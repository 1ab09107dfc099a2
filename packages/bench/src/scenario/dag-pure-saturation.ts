import { SATURATION_SENDERS } from "../roof/generator-roofs.ts";
import type { Scenario } from "./scenario.ts";

export const dagPureSaturation: Scenario = {
  name: "dag-pure-saturation",
  title: "Pure workflow, saturated",
  question:
    "How many runs of webhook → transform → branch → transform → end does MeshHook complete a second, and what does each cost?",
  group: "dag",
  workflow: "pure",
  payload: "github-issues-small",
  sinkDelayMs: 0,
  subscribers: 0,
  load: { kind: "saturating", senders: SATURATION_SENDERS, warmupMsMax: 8_000, durationMs: 8_000 },
  fault: null,
  thresholds: [
    {
      metric: "work.meshhookCpuMs + work.postgresCpuMs",
      operator: "<=",
      limit: 0.12,
      reason: "CPU seconds per 1,000 runs; a bare minimum measured 0.05 to 0.08, other durable engines 1.4 to 63",
    },
    {
      metric: "roofShare.rawHttp",
      operator: ">=",
      limit: 0.2,
      reason: "share of what a bare node:http server reaches with the same bodies on this machine",
    },
    {
      metric: "work.journalRows",
      kind: "gate",
      operator: "<=",
      limit: 1.1,
      reason: "a run without calls writes one row",
    },
    { metric: "work.commits", kind: "gate", operator: "<", limit: 0.1, reason: "at least ten runs share a commit" },
    {
      metric: "work.walBytes",
      kind: "gate",
      operator: "<=",
      limit: 2_000,
      reason: "1,010 bytes of body, its row and its index entries",
    },
    { metric: "work.hotUpdates", kind: "gate", operator: "==", limit: 0, reason: "hot tables are insert-only" },
    { metric: "work.hotDeletes", kind: "gate", operator: "==", limit: 0, reason: "hot tables are insert-only" },
  ],
};
