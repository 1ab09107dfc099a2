import { Dice } from "./dice.ts";
import type { WorkflowDefinition } from "@meshhook/core";

import { SIGNAL_NAMES } from "./node-config.ts";
import { draftWorkflow, type WorkflowDraft } from "./workflow.ts";

/** What happens in a simulation from outside. Plain data, so that it can be printed and made smaller. Times are milliseconds from its start. */
export interface Scenario {
  /** Of everything that is not written here: how long things take, and what goes wrong by chance. */
  readonly seed: number;
  readonly machines: number;
  readonly shards: number;
  /** The share of the target's answers that go wrong, from 0 to 1, and, until the last fault is over, of the database's. */
  readonly badness: number;
  readonly limits: {
    readonly writers: number;
    readonly batchRowsMax: number;
    readonly runsLiveMax: number;
    readonly memoryHorizonMs: number;
  };
  readonly workflows: readonly WorkflowDraft[];
  /** In place of these. */
  readonly documents?: readonly WorkflowDefinition[];
  readonly deliveries: readonly PlannedDelivery[];
  readonly cancels: readonly PlannedCancel[];
  readonly signals: readonly PlannedSignal[];
  readonly reruns: readonly PlannedRerun[];
  readonly pauses: readonly PlannedPause[];
  /** Absent: the project has no limit. */
  readonly projectLimits?: readonly PlannedLimit[];
  readonly faults: readonly Fault[];
}

export interface PlannedDelivery {
  /** Its number, which its body carries. */
  readonly n: number;
  readonly atMs: number;
  readonly workflow: number;
  /** With an idempotency key, so that its sender repeats it until the answer is clear. */
  readonly isKeyed: boolean;
  /** How many senders send it at once; one without a key. */
  readonly copies: number;
}

export interface PlannedCancel {
  /** The number of the delivery whose run is canceled. */
  readonly n: number;
  /** After its run became known. */
  readonly afterMs: number;
}

export interface PlannedSignal {
  /** The number of the delivery whose run gets it. */
  readonly n: number;
  /** After its run became known: before a step waits for it, while one does, or too late. */
  readonly afterMs: number;
  readonly name: string;
  /** With a key, so that its sender may repeat it. */
  readonly isKeyed: boolean;
  /** How often it is sent at once; one without a key. */
  readonly copies: number;
}

export interface PlannedRerun {
  /** The number of the delivery whose run is run again. */
  readonly n: number;
  /** After its run became known. A run is resumed when it has ended. */
  readonly afterMs: number;
  readonly kind: "replay" | "resume";
  /** Chooses the step in which a run is resumed. */
  readonly draw: number;
}

export interface PlannedPause {
  readonly workflow: number;
  readonly atMs: number;
  readonly forMs: number;
}

/** How many runs of the project may go on at the same time from then on. */
export interface PlannedLimit {
  /** 0: before the first process starts. */
  readonly atMs: number;
  readonly concurrency: number | null;
}

export type Fault =
  /** `kill -9`, and a new start after `forMs`. */
  | { readonly kind: "crash"; readonly machine: number; readonly atMs: number; readonly forMs: number }
  /** SIGTERM, and a new start `forMs` after its end. */
  | { readonly kind: "stop"; readonly machine: number; readonly atMs: number; readonly forMs: number }
  /** SIGSTOP until SIGCONT. */
  | { readonly kind: "stall"; readonly machine: number; readonly atMs: number; readonly forMs: number }
  /** The machine cannot reach the database; what is on the way arrives or not, and answers are lost. */
  | { readonly kind: "cut"; readonly machine: number; readonly atMs: number; readonly forMs: number }
  /** No machine can. */
  | { readonly kind: "outage"; readonly atMs: number; readonly forMs: number }
  /** The database takes up to 100 times as long. */
  | { readonly kind: "slow"; readonly atMs: number; readonly forMs: number }
  /** The machine's wall clock is set. */
  | { readonly kind: "clock"; readonly machine: number; readonly atMs: number; readonly byMs: number };

/** Deliveries come, and faults begin, within this time. */
const SPAN_MS = 15_000;

export function scenarioOf(seed: number): Scenario {
  const random = new Dice(seed).of("scenario");
  const machines = 1 + random.int(3);
  const workflows = Array.from({ length: 1 + random.int(3) }, () => draftWorkflow(random));
  const count = 3 + random.int(22);
  const deliveries = Array.from({ length: count }, (_, n): PlannedDelivery => {
    const isKeyed = random.int(3) > 0;
    return {
      n,
      atMs: random.int(SPAN_MS),
      workflow: random.int(workflows.length),
      isKeyed,
      copies: isKeyed && random.int(4) === 0 ? 2 + random.int(2) : 1,
    };
  });
  const cancels = Array.from({ length: random.int(6) }, () => ({ n: random.int(count), afterMs: random.int(6_000) }));
  const signals = Array.from({ length: random.int(12) }, (): PlannedSignal => {
    const isKeyed = random.int(2) === 0;
    return {
      n: random.int(count),
      afterMs: random.int(3) === 0 ? random.int(100) : random.int(12_000),
      name: random.pick([...SIGNAL_NAMES]),
      isKeyed,
      copies: isKeyed ? 1 + random.int(2) : 1,
    };
  });
  const reruns = Array.from({ length: random.int(5) }, (): PlannedRerun => ({
    n: random.int(count),
    afterMs: random.int(8_000),
    kind: random.pick(["replay", "resume"]),
    draw: random.int(1_000),
  }));
  const pauses = Array.from({ length: Math.max(0, random.int(5) - 2) }, (): PlannedPause => ({
    workflow: random.int(workflows.length),
    atMs: random.int(SPAN_MS),
    forMs: random.int(8_000),
  }));
  const faults = Array.from({ length: random.int(7) }, (): Fault => {
    const machine = random.int(machines);
    const atMs = random.int(SPAN_MS);
    const forMs = random.int(4) === 0 ? random.int(200) : random.int(12_000);
    switch (random.int(8)) {
      case 0:
      case 1:
        return { kind: "crash", machine, atMs, forMs };
      case 2:
        return { kind: "stop", machine, atMs, forMs };
      case 3:
        return { kind: "stall", machine, atMs, forMs };
      case 4:
        return { kind: "cut", machine, atMs, forMs };
      case 5:
        return { kind: "outage", atMs, forMs };
      case 6:
        return { kind: "slow", atMs, forMs };
      default:
        return { kind: "clock", machine, atMs, byMs: random.int(120_000) - 60_000 };
    }
  });
  return {
    seed,
    machines,
    shards: 1 + random.int(6),
    badness: random.pick([0, 0, 0.02, 0.1]),
    limits: {
      writers: 1 + random.int(2),
      batchRowsMax: random.pick([1, 3, 100]),
      runsLiveMax: random.pick([3, 8, 50_000, 50_000]),
      memoryHorizonMs: random.pick([500, 2_000, 10_000, 600_000]),
    },
    workflows,
    deliveries,
    cancels,
    signals,
    reruns,
    pauses,
    ...draftProjectLimits(seed),
    faults,
  };
}

/** Drawn apart from everything else, so that scenarios without a limit are as they were before there were any. */
function draftProjectLimits(seed: number): Pick<Scenario, "projectLimits"> {
  const random = new Dice(seed).of("project limits");
  if (random.int(4) > 0) return {};
  const changes = random.int(3) === 0 ? 1 + random.int(3) : 0;
  return {
    projectLimits: [
      { atMs: 0, concurrency: 1 + random.int(4) },
      ...Array.from({ length: changes }, (): PlannedLimit => ({
        atMs: 1 + random.int(SPAN_MS),
        concurrency: random.int(3) === 0 ? null : 1 + random.int(4),
      })),
    ],
  };
}

/** When the last fault and the last pause are over. */
export function healedAtMs({ faults, pauses }: Scenario): number {
  return Math.max(
    SPAN_MS,
    ...faults.map((fault) => fault.atMs + (fault.kind === "clock" ? 0 : fault.forMs)),
    ...pauses.map(({ atMs, forMs }) => atMs + forMs),
  );
}

/** How far apart two clocks of the scenario can be at most: what a time of one of them may be off for another, in microseconds. */
export function skewUsMax({ faults }: Pick<Scenario, "faults">): number {
  let skewMs = 0;
  for (const fault of faults) if (fault.kind === "clock") skewMs += Math.abs(fault.byMs);
  return skewMs * 1_000;
}
