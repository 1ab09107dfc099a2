import { SMALL } from "../load/payload.ts";
import type { Scenario, Threshold } from "./scenario.ts";
import { BUILT_IN } from "./workflow/built-in.ts";

/** What is known about a scenario's figures when its standard thresholds are chosen: a figure that was not measured has none. */
export interface Measured {
  /** Counters and runs belong to the same stretch of time, each with its own timestamp. */
  readonly hasWork: boolean;
  /** Statements that the passing of time causes (heartbeats, looking for timers), per run. */
  readonly idleStatementsPerRun: number;
  /**
   * After a checkpoint, the first change to each page writes the whole page to the log: so many bytes for each run at most, whoever asked
   * for the checkpoint.
   */
  readonly wholePageBytesPerRun: number;
  readonly hasMemory: boolean;
  readonly requests: number;
  readonly calls: number;
  readonly hasConnections: boolean;
  readonly hasTargetConnections: boolean;
}

/** Everything that may be wrong with a live log, over all its viewers: the sum of the stream's counts among a scenario's errors. */
const STREAM_FAULTS =
  "errors.stream_gap + errors.stream_duplicate + errors.stream_misordered + errors.stream_missing_end + errors.stream_broken";

/** Batches that form by chance make runs cheaper, never dearer: only the upper side is a limit. */
const WORK_MARGIN = 1.15;
const WAL_MARGIN = 1.1;

/**
 * Resident memory that may come per second under a constant load. A process that is warm gains none on a quiet machine; one whose
 * collections come late on a busy machine was seen to gain 3.3 MB/s for 12 s.
 */
const GROWTH_BYTES_PER_SECOND_MAX = 4_000_000;

/** With fewer, what the passing of time causes is most of what is counted. */
const REQUESTS_MIN = 500;

/** Of runs that last longer, many begin within what is measured and end after it, or the other way round. */
const RUN_MS_MAX = 1_000;

/** One in fifty: beyond it, connections are not kept. */
const REOPENED_SHARE_MAX = 0.02;
const REOPENED_MIN = 10;

/** The thresholds of every scenario, beside its own: what must hold whatever is asked. */
export function standardThresholds(scenario: Scenario, measured: Measured): Threshold[] {
  const isNominal = scenario.load.kind === "paced" && !scenario.load.isOverload && scenario.faults.length === 0;
  const { rows, walBytes } = costOf(scenario);
  const thresholds: Threshold[] = [
    {
      metric: "answers.unexpected",
      operator: "==",
      limit: 0,
      kind: "gate",
      reason:
        scenario.faults.length > 0
          ? "no request fails before the fault or after its outage"
          : isNominal
            ? "at a nominal rate every webhook is accepted; a refusal, a missing answer or an unsent request is a failure"
            : "under overload only 503 is allowed, and each one is counted",
    },
  ];
  if (isNominal) {
    thresholds.push({
      metric: "episodes.heldAlone",
      operator: "==",
      limit: 0,
      reason: "no run waits for seconds while others around it do not, which a stall of the machine cannot explain",
    });
  }
  if (scenario.subscribers > 0) {
    thresholds.push({
      metric: STREAM_FAULTS,
      kind: "gate",
      operator: "==",
      limit: 0,
      reason: "no line is missing, repeated or out of order",
    });
  }
  if (measured.hasWork && rows !== null && measured.requests >= REQUESTS_MIN) {
    thresholds.push(
      {
        metric: "work.statements",
        operator: "<=",
        limit: rounded(rows * WORK_MARGIN + measured.idleStatementsPerRun),
        kind: "gate",
        reason: `one statement for ${rows === 1 ? "the one row" : `each of the ${String(rows)} rows`} of a run, plus periodic statements`,
      },
      {
        metric: "work.statementsPerCommit",
        operator: "<=",
        limit: rounded(WORK_MARGIN + 0.1),
        kind: "gate",
        reason: "a batch is one statement in one transaction, no matter how many runs share it",
      },
      {
        metric: "work.commits",
        operator: "<=",
        limit: rounded(rows * WORK_MARGIN + measured.idleStatementsPerRun),
        kind: "gate",
        reason: "at most one transaction per row, plus periodic ones",
      },
      {
        metric: "work.journalRowsUndone",
        operator: "<=",
        limit: 0.01,
        kind: "gate",
        reason: "every inserted row is kept: PostgreSQL's count equals the rows in the journal",
      },
    );
    if (isNominal && walBytes !== null) {
      thresholds.push({
        metric: "work.walBytes",
        operator: "<=",
        limit: Math.round(walBytes * WAL_MARGIN + measured.wholePageBytesPerRun),
        kind: "gate",
        reason: `${walBytes.toLocaleString("en-US")} bytes of write-ahead log for a body of 1,010 bytes, plus 10 %${measured.wholePageBytesPerRun < 1 ? "" : ", and whole pages after a checkpoint"}`,
      });
    }
    if (isNominal) {
      thresholds.push(
        { metric: "work.hotUpdates", operator: "==", limit: 0, kind: "gate", reason: "hot tables are insert-only" },
        { metric: "work.hotDeletes", operator: "==", limit: 0, kind: "gate", reason: "hot tables are insert-only" },
      );
    }
  }
  if (measured.hasMemory && isNominal) {
    thresholds.push({
      metric: "memoryGrowthBytesPerSecond",
      operator: "<=",
      limit: GROWTH_BYTES_PER_SECOND_MAX,
      reason: "memory does not grow with the number of completed runs",
    });
  }
  if (measured.hasConnections && scenario.faults.length === 0) {
    thresholds.push({
      metric: "connections.reopened",
      operator: "<=",
      limit: Math.max(REOPENED_MIN, Math.floor(measured.requests * REOPENED_SHARE_MAX)),
      kind: "gate",
      reason: "a sender's connection is reused for its next webhook",
    });
  }
  if (measured.hasTargetConnections && scenario.faults.length === 0 && scenario.target.attempts === null) {
    thresholds.push({
      metric: "connections.reopenedToTarget",
      operator: "<=",
      limit: Math.max(REOPENED_MIN, Math.floor(measured.calls * REOPENED_SHARE_MAX)),
      kind: "gate",
      reason: "MeshHook reuses its connections to a target",
    });
  }
  return thresholds.filter(({ metric }) => !scenario.thresholds.some((own) => own.metric === metric));
}

/**
 * What a run costs, whatever the machine; null where it is not known: for workflows of somebody's own, where calls are tried again, and
 * where something else costs as well: requests that become no run, and whatever happens alongside.
 */
function costOf({ workflow, payload, deliveries, target, alongside }: Scenario): {
  readonly rows: number | null;
  readonly walBytes: number | null;
} {
  const { signature, key, repeats, malformedShare, badSignatureShare } = deliveries;
  if (
    workflow.kind === "own" ||
    alongside.length > 0 ||
    target.attempts !== null ||
    repeats > 1 ||
    malformedShare + badSignatureShare > 0
  )
    return { rows: null, walBytes: null };
  const { rows, walBytes, calls } = BUILT_IN[workflow.name];
  if (calls * target.delayMs > RUN_MS_MAX) return { rows: null, walBytes: null };
  const isUsual = payload.kind === "built-in" && payload.name === SMALL.name && signature === "none" && key === null;
  return { rows, walBytes: isUsual ? walBytes : null };
}

function rounded(limit: number): number {
  return Math.round(limit * 1_000) / 1_000;
}
