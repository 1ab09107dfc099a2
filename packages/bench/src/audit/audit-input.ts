import type { FaultSpan } from "../fault/fault.ts";
import type { Ledger } from "../load/ledger.ts";
import type { Effect } from "../load/sink/sink.ts";

/** What there is to compare. */
export interface AuditInput {
  /** The scenario's workflow: every run of it is accounted for. */
  readonly workflowId: string;
  readonly ledger: Ledger;
  /** What the sink saw of this scenario's runs; null when the workflow calls nobody. */
  readonly effects: readonly Effect[] | null;
  /** What was done to the system: only a fault, or a target that did not answer well, explains a repeated call. */
  readonly faults: readonly FaultSpan[];
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
  /** Whether every call is declared at-most-once: then nothing explains a repeat. */
  readonly isOnceOnly: boolean;
  /** The payload that leads to this body, and which of its run's calls it is; null when none does. Null where bodies are not known. */
  readonly callOf: ((body: string) => { readonly payload: number; readonly call: number } | null) | null;
}

/** How every run has to end. */
export function statusOf({ expected }: AuditInput): "succeeded" | "failed" {
  return expected?.status ?? "succeeded";
}
