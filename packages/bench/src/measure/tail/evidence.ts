import type { CauseName } from "../../result/result.ts";
import type { ProbeReport } from "../probe/meshhook-probe.ts";
import type { DatabaseMoment } from "../timeline/database-timeline.ts";
import type { HostMoment } from "../timeline/host-timeline.ts";
import type { WitnessReport } from "../witness.ts";

/** Something that was seen from one instant to another and may hold up requests. Times are Unix microseconds. */
export interface Evidence {
  readonly cause: CauseName;
  readonly fromUs: number;
  readonly untilUs: number;
  /** How much of the time it took, 0 to 1. */
  readonly weight: number;
  /** What exactly, as in `major` or `Lock:transactionid`; empty where the cause says it all. */
  readonly what: string;
}

/** Everything that was watched during a load; null for what was not. */
export interface TailSources {
  readonly faults: readonly { readonly fromUs: number; readonly untilUs: number; readonly what: string }[];
  readonly probe: ProbeReport | null;
  readonly host: readonly HostMoment[] | null;
  readonly database: readonly DatabaseMoment[] | null;
  readonly witness: WitnessReport | null;
}

/** Turns what was watched into evidence. */
export function evidenceFrom({ faults, probe, host, database, witness }: TailSources): Evidence[] {
  return [
    ...faults.map((fault): Evidence => ({ cause: "fault", weight: 1, ...fault })),
    ...ofHost(host ?? []),
    ...(witness === null ? [] : ofWitness(witness)),
    ...ofDatabase(database ?? []),
    ...(probe === null ? [] : ofProbe(probe)),
  ].filter(({ weight, fromUs, untilUs }) => weight > 0 && untilUs > fromUs);
}

/** What cannot be among the causes because nobody watched it. */
export function notWatched({ probe, host, database, witness }: TailSources): string[] {
  return [
    ...(probe === null ? ["MeshHook's garbage collector and event loop"] : []),
    ...(database === null ? ["PostgreSQL's processes"] : []),
    ...(host === null ? ["the machine's CPU"] : []),
    ...(witness === null ? ["the database's disk"] : []),
  ];
}

function ofHost(moments: readonly HostMoment[]): Evidence[] {
  return moments.flatMap(({ fromUs, untilUs, stealShare, meshhookWaitShare, postgresWaitShare }) => [
    { cause: "steal" as const, fromUs, untilUs, weight: Math.min(1, stealShare), what: "" },
    {
      cause: "cpu" as const,
      fromUs,
      untilUs,
      weight: Math.max(meshhookWaitShare ?? 0, postgresWaitShare ?? 0),
      what: (meshhookWaitShare ?? 0) >= (postgresWaitShare ?? 0) ? "MeshHook" : "PostgreSQL",
    },
  ]);
}

function ofWitness({ stalls, flushes = [] }: WitnessReport): Evidence[] {
  const slow = slowFlushes(flushes);
  return [
    ...stalls.flatMap(({ fromUs, untilUs, of = "disk" }): Evidence[] =>
      of === "timer" || slow.length === 0
        ? [{ cause: of === "timer" ? "cpu" : "disk", fromUs, untilUs, weight: 1, what: "The benchmark" }]
        : [],
    ),
    ...slow.map(({ fromUs, untilUs }): Evidence => ({ cause: "disk", fromUs, untilUs, weight: 1, what: "" })),
  ];
}

const SLOW_FLUSH_US_MIN = 5_000;

/** Flushes that took three times the median and 5 ms at least. */
function slowFlushes(flushes: NonNullable<WitnessReport["flushes"]>): NonNullable<WitnessReport["flushes"]> {
  const sorted = flushes.map(({ fromUs, untilUs }) => untilUs - fromUs).toSorted((a, b) => a - b);
  const limitUs = Math.max(SLOW_FLUSH_US_MIN, 3 * (sorted[Math.floor(sorted.length / 2)] ?? 0));
  return flushes.filter(({ fromUs, untilUs }) => untilUs - fromUs > limitUs);
}

/** A sample stands for the time to its neighbours, and for no more than this on either side. */
const REACH_US_MAX = 50_000;

function ofDatabase(moments: readonly DatabaseMoment[]): Evidence[] {
  return moments.flatMap((moment, index) => {
    const [previous, next] = [moments[index - 1], moments[index + 1]];
    const fromUs = Math.max(
      moment.askedUs - REACH_US_MAX,
      ((previous?.answeredUs ?? moment.askedUs) + moment.askedUs) / 2,
    );
    const untilUs = Math.min(
      moment.answeredUs + REACH_US_MAX,
      (moment.answeredUs + (next?.askedUs ?? moment.answeredUs)) / 2,
    );
    const found: Evidence[] = [];
    const note = (cause: CauseName, what: string, from = fromUs) =>
      found.push({ cause, fromUs: from, untilUs, weight: 1, what });
    if (moment.checkpointer !== null && !isPausing(moment.checkpointer)) note("checkpoint", moment.checkpointer);
    // One that began and ended between two samples.
    else if (previous !== undefined && moment.checkpoints > previous.checkpoints)
      note("checkpoint", "", previous.answeredUs);
    if (moment.vacuums > 0) note("vacuum", String(moment.vacuums));
    for (const event of Object.keys(moment.waits)) {
      const cause = causeOfWait(event);
      if (cause !== null) note(cause, event);
    }
    return found;
  });
}

/** A checkpoint that is spread over minutes sleeps most of the time. */
function isPausing(event: string): boolean {
  return event === "Timeout:CheckpointWriteDelay";
}

function causeOfWait(event: string): CauseName | null {
  if (/^IO:WalInit/i.test(event)) return "wal-file";
  if (event.startsWith("Lock:")) return "lock";
  if (/^(IO:Wal(Sync|Write)|LWLock:WALWrite)/i.test(event)) return "wal-flush";
  // A backend that waits for its client is not at work.
  return event.startsWith("Client:") ? null : "database";
}

function ofProbe({ collections, busy }: ProbeReport): Evidence[] {
  return [
    ...collections.map(({ type, fromUs, untilUs }): Evidence => ({
      cause: "collection",
      fromUs,
      untilUs,
      weight: 1,
      what: type,
    })),
    ...busy.flatMap(({ fromUs, untilUs, lateUs, cpuUs, waitedUs }): Evidence[] => {
      const us = untilUs - fromUs;
      return [
        { cause: "cpu", fromUs, untilUs, weight: Math.min(1, (waitedUs ?? 0) / us), what: "MeshHook" },
        { cause: "event-loop", fromUs, untilUs, weight: Math.min(1, cpuUs / us), what: "" },
        // It did not turn, with or without a CPU: a call to the system that does not return, for example.
        { cause: "event-loop", fromUs: untilUs - lateUs, untilUs, weight: 1, what: "" },
      ];
    }),
  ];
}
