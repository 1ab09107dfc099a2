import type { RunTimes } from "../audit/run-times.ts";
import type { FaultSpan } from "../fault/fault.ts";
import type { Effect } from "../load/sink/sink.ts";
import type { StreamReport } from "../load/subscriber/subscribers.ts";
import type { ProbeReport } from "../measure/probe/meshhook-probe.ts";
import type { DatabaseMoment } from "../measure/timeline/database-timeline.ts";
import type { HostMoment } from "../measure/timeline/host-timeline.ts";
import type { WitnessReport } from "../measure/witness.ts";
import type { Audit, Calibration, CanaryReading, ClockCheck, DatabaseActivity, Roofs } from "../result/result.ts";
import type { AlongsideReport } from "../scenario/alongside/alongside.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { Durability } from "./durability.ts";
import type { RunLine } from "./slow-lines.ts";
import type { MeasuredLoad } from "./measured-load.ts";
import type { Edges, Window } from "./window.ts";

/** Everything a scenario left behind. Optional parts may be missing; nothing that depends on them is judged then. */
export interface Evidence {
  /** Set where several blocks were put behind each other. */
  readonly joined?: {
    readonly windows: readonly Window[];
    readonly edges: readonly Edges[];
    /** The number of each block's first request, in rising order. */
    readonly firsts: readonly number[];
  };
  readonly scenario: Scenario;
  /** The system runs elsewhere: neither its processes nor its database's counters were watched. */
  readonly isRemote?: boolean;
  readonly startedAtMs: number;
  /** From the start of the block to its figures. */
  readonly durationMs?: number;
  readonly measured: MeasuredLoad;
  readonly audit: Audit;
  /** Journal rows of all the runs. */
  readonly segments: number;
  readonly runs: readonly RunTimes[];
  readonly effects: readonly Effect[] | null;
  readonly stream: StreamReport | null;
  readonly activity: DatabaseActivity;
  /** What was done to the system, in the order of time. */
  readonly faults: readonly FaultSpan[];
  readonly calibration: Calibration;
  readonly roofs: Roofs;
  /** CPU of a bare node:http server for one request; null when it was not measured. */
  readonly rawHttpCpuUs: number | null;
  readonly notes: readonly string[];
  readonly artifacts: readonly string[];
  /** Whether PostgreSQL's table counters had caught up with the journal at both readings. */
  readonly areCountersSettled?: boolean;
  /** Rows that were counted as inserted into the journal and are not there; absent where it follows from `activity`. */
  readonly undoneRows?: number;
  /** From the first to the second reading of those counters. */
  readonly activityMs?: number;
  /** All statements of MeshHook's, those that `activity` lists and the rest. */
  readonly statements?: number;
  readonly witness?: WitnessReport;
  /** How quick the machine was before and after the load. */
  readonly canary?: { readonly before: CanaryReading; readonly after: CanaryReading };
  readonly idleFlushMs?: number | null;
  readonly cores?: number;
  readonly clocks?: readonly ClockCheck[];
  readonly durability?: Pick<Durability, "fsync" | "synchronousCommit">;
  /** Connections to the target beyond those that were open at the same time. */
  readonly reopenedToTarget?: number;
  /** What the target of calls took beyond its delay, 99th percentile, milliseconds. */
  readonly targetExtraMsP99?: number;
  /** What happened beside the load. */
  readonly alongside?: AlongsideReport;
  /** Log lines of the slowest runs, by run. */
  readonly lines?: ReadonlyMap<string, readonly RunLine[]>;
  /** What happened inside MeshHook, in PostgreSQL and on the machine, instant by instant. */
  readonly probe?: ProbeReport | null;
  readonly hostMoments?: readonly HostMoment[];
  readonly databaseMoments?: readonly DatabaseMoment[];
}

/** The number that a request had in its own block: what is sent depends on it. */
export function numberInBlock({ joined }: Evidence, n: number): number {
  return n - (joined?.firsts.findLast((first) => first <= n) ?? 0);
}
