import type { Ledger } from "../load/ledger.ts";
import type { Effect } from "../load/sink/sink.ts";

/** What there is to compare. */
export interface AuditInput {
  /** The scenario's workflow: every run of it is accounted for. */
  readonly workflowId: string;
  readonly ledger: Ledger;
  /** What the sink saw of this scenario's runs; null when the workflow calls nobody. */
  readonly effects: readonly Effect[] | null;
  /** Whether a call may be repeated (a process was killed); otherwise a repeat is a finding. */
  readonly mayRepeatEffects: boolean;
  /** What every request leads to; without it neither bodies nor the number of calls are judged. */
  readonly expected?: Expectation;
}

/** What the workflow makes of each payload, worked out from its document and not by MeshHook. */
export interface Expectation {
  /** Payloads; delivery `d` carries payload `d mod payloads`. */
  readonly payloads: number;
  /** Requests that carry one delivery with one key: request `n` carries delivery `⌊n / repeats⌋`. */
  readonly repeats: number;
  /** How every run ends. */
  readonly status: "succeeded" | "failed";
  /** Calls that every run makes; null where nobody said how many. */
  readonly callsPerRun: number | null;
  /** How often each call may be tried. */
  readonly attemptsMax: number;
  /** The payload that leads to this body, and which of its run's calls it is; null when none does. Null where bodies are not known. */
  readonly callOf: ((body: string) => { readonly payload: number; readonly call: number } | null) | null;
}

/** How every run has to end. */
export function statusOf({ expected }: AuditInput): "succeeded" | "failed" {
  return expected?.status ?? "succeeded";
}

/** How often one call may arrive: a kill may repeat each call that was under way once; more has another cause. */
export function attemptsMax({ expected, mayRepeatEffects }: AuditInput): number {
  return (expected?.attemptsMax ?? 1) + (mayRepeatEffects ? 1 : 0);
}
