import type { Environment } from "../result/environment.ts";
import type { PeerWorkflow } from "./host/workflow.ts";
import type { PeerSetting } from "./peer.ts";

/** What `bench peers` measured: MeshHook and what people would pick instead, on one machine, in turns. */
export interface PeersResult {
  readonly schemaVersion: 1;
  readonly id: string;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  readonly command: string;
  readonly commit: { readonly revision: string; readonly isDirty: boolean } | null;
  readonly seed: number;
  readonly environment: Environment;
  readonly plan: PeersPlan;
  readonly contestants: readonly ContestantDescription[];
  readonly notTried: readonly NotTried[];
  readonly comparisons: readonly PeerComparison[];
  readonly rounds: readonly RoundFigures[];
  readonly isInterrupted: boolean;
}

export interface PeersPlan {
  readonly rounds: number;
  /** Length of a saturating load before everything else; 0 for none. */
  readonly warmUpMs: number;
  /** Of the nominal load. */
  readonly ratePerSecond: number;
  readonly nominalMs: number;
  /** Connections that each send their next webhook when the last is answered. */
  readonly senders: number;
  readonly saturatedMs: number;
  readonly payload: string;
}

export interface ContestantDescription {
  readonly name: string;
  readonly title: string;
  readonly packages: { readonly [name: string]: string };
  readonly durability: string;
  /** How the end of a run is known. */
  readonly end: string;
  readonly settings: readonly PeerSetting[];
}

export interface NotTried {
  readonly name: string;
  readonly reason: string;
}

export interface PeerAudit {
  readonly isClean: boolean;
  readonly accepted: number;
  /** Requests without a clear answer. */
  readonly unknown: number;
  readonly finished: number;
  readonly lost: number;
  readonly doubled: number;
  readonly phantom: number;
  readonly effects: number;
  readonly effectsMissing: number;
  readonly effectsDoubled: number;
  readonly effectsWrong: number;
}

/** The figures, each null where it could not be measured. */
export interface PeerFigures {
  /** Of the saturating load: runs that ended, by the time from its first webhook to the last end. */
  readonly runsPerSecond: number | null;
  readonly ackP50Ms: number | null;
  readonly ackP99Ms: number | null;
  readonly doneP99Ms: number | null;
  /** Of the saturating load: the engine, its database and whatever else it started. */
  readonly cpuSecondsPer1000: number | null;
  /** Of the saturating load; null for an engine that is not on PostgreSQL. */
  readonly walBytesPerRun: number | null;
}

export type PeerFigureName = keyof PeerFigures;

/** One contestant, one workflow, one round. */
export interface RoundFigures extends PeerFigures {
  readonly round: number;
  readonly contestant: string;
  readonly workflow: PeerWorkflow;
  readonly audit: PeerAudit;
  /** Share of one core that the generator used while the load was saturating. */
  readonly generatorShare: number;
  /** Milliseconds from the last answer of the saturating load to the last end. */
  readonly drainMs: number;
}

/** A contestant over all rounds of a workflow. */
export interface PeerComparison {
  readonly workflow: PeerWorkflow;
  readonly contestant: string;
  /** Of all rounds together. */
  readonly audit: PeerAudit;
  /** Why there are no figures, in words; null where there are. */
  readonly withheld: string | null;
  readonly figures: { readonly [Name in PeerFigureName]: RoundSummary | null };
  /** MeshHook ÷ this contestant; null for MeshHook itself and where one of them has no figure. */
  readonly ratios: { readonly [Name in PeerFigureName]: PeerRatio | null };
}

export interface RoundSummary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly rounds: number;
}

/** From the rounds in which both have the figure; the interval is null with fewer than four. */
export interface PeerRatio {
  readonly estimate: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly rounds: number;
}
