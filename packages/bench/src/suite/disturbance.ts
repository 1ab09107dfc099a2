import type { WitnessReport } from "../measure/witness.ts";
import type { CanaryReading, Disturbance, HostResources } from "../result/result.ts";

export interface DisturbanceInput {
  readonly host: HostResources;
  /** Whether the scenario itself keeps the machine busy: then waiting for CPU or disk says nothing about other processes. */
  readonly isSaturating: boolean;
  /** CPU of everybody who took part, in cores; null where it was not measured. */
  readonly ownCores: number | null;
  readonly cores: number | null;
  /** Of PostgreSQL during the load. */
  readonly checkpoints: number;
  /** What the benchmark's own target of calls took beyond its delay, 99th percentile; null without one. */
  readonly targetExtraMsP99: number | null;
  readonly witness: WitnessReport | null;
  /** The canary before and after the block; null when it was not read. */
  readonly canary: { readonly before: CanaryReading; readonly after: CanaryReading } | null;
  /** The best that the canary saw of this machine. */
  readonly canaryBest: CanaryReading | null;
  /** Median flush of the idle disk before the suite, milliseconds. */
  readonly idleFlushMs: number | null;
}

const STEAL_SHARE_MAX = 0.02;
/** A nominal load of some hundred requests a second makes its own tasks wait for less. */
const CPU_PRESSURE_MAX = 0.15;
const IO_PRESSURE_MAX = 0.2;
/** Cores that others may use on a machine that is left alone. */
const OTHERS_CORES_MAX = 0.25;
const TIMER_LATE_MS_MAX = 15;
/** Beyond any disk that was made for a database; a quick disk shows a disturbance by its own floor. */
const FLUSH_MS_MAX = 10;
const FLUSH_TIMES_MAX = 4;
const FLUSH_MS_MIN = 3;
const TARGET_EXTRA_MS_MAX = 10;
const CANARY_CPU_TIMES_MAX = 1.3;
/** Flushes and round trips are short: a multiple alone would make much of little. */
const CANARY_FLUSH = { times: 3, beyondMs: 2 } as const;
const CANARY_ROUND_TRIP = { times: 3, beyondMs: 0.2 } as const;

/** Every sign that MeshHook did not have the machine to itself. */
export function disturbancesOf(input: DisturbanceInput): Disturbance[] {
  const { host, witness, canary, isSaturating, idleFlushMs } = input;
  const found: Disturbance[] = [];
  const note = (metric: string, value: number | null, limit: number, text: (value: number) => string) => {
    if (value !== null && value > limit) found.push({ metric, value, limit, text: text(value) });
  };
  const percent = (share: number) => `${(share * 100).toFixed(0)} %`;
  note(
    "host.stealShare",
    host.stealShare,
    STEAL_SHARE_MAX,
    (value) => `other guests of the hypervisor took ${percent(value)} of the CPU time`,
  );
  if (!isSaturating) {
    note(
      "host.cpuPressureShare",
      host.cpuPressureShare,
      CPU_PRESSURE_MAX,
      (value) => `tasks waited for a CPU ${percent(value)} of the time, although the load was light`,
    );
    note(
      "host.ioPressureShare",
      host.ioPressureShare,
      IO_PRESSURE_MAX,
      (value) => `tasks waited for the disk ${percent(value)} of the time, although the load was light`,
    );
    note(
      "database.checkpoints",
      input.checkpoints,
      0,
      (value) =>
        `${String(value)} checkpoint${value === 1 ? "" : "s"} ran during a load too small to cause one, and each causes whole pages to be written to the log`,
    );
    note(
      "target.extraMsP99",
      input.targetExtraMsP99,
      TARGET_EXTRA_MS_MAX,
      (value) => `the benchmark's own call target took ${value.toFixed(0)} ms longer than it should (p99)`,
    );
    note(
      "witness.timerLateMsP99",
      witness?.timerLateMsP99 ?? null,
      TIMER_LATE_MS_MAX,
      (value) => `a timer independent of MeshHook was ${value.toFixed(0)} ms late (p99)`,
    );
    note(
      "witness.flushMsP50",
      witness?.flushMsP50 ?? null,
      idleFlushMs === null
        ? FLUSH_MS_MAX
        : Math.min(FLUSH_MS_MAX, Math.max(FLUSH_MS_MIN, FLUSH_TIMES_MAX * idleFlushMs)),
      (value) => `a flush of the database's disk, independent of MeshHook, took ${value.toFixed(1)} ms (median)`,
    );
  }
  const others =
    input.ownCores === null || input.cores === null ? null : host.cpuBusyShare * input.cores - input.ownCores;
  note(
    "host.otherCores",
    others,
    OTHERS_CORES_MAX,
    (value) => `processes that do not belong to the benchmark used ${value.toFixed(2)} cores`,
  );
  const { canaryBest } = input;
  if (canary !== null && canaryBest !== null) {
    const worst = (name: keyof CanaryReading) => Math.max(canary.before[name], canary.after[name]);
    note(
      "canary.cpuMs",
      worst("cpuMs"),
      CANARY_CPU_TIMES_MAX * canaryBest.cpuMs,
      (value) => `a fixed piece of work took ${(value / canaryBest.cpuMs).toFixed(1)} times as long as at its best`,
    );
    note(
      "canary.flushMs",
      worst("flushMs"),
      Math.max(CANARY_FLUSH.times * canaryBest.flushMs, canaryBest.flushMs + CANARY_FLUSH.beyondMs),
      (value) =>
        `between the blocks, a flush of the database's disk took ${value.toFixed(1)} ms instead of ${canaryBest.flushMs.toFixed(2)}`,
    );
    note(
      "canary.roundTripMs",
      worst("roundTripMs"),
      Math.max(CANARY_ROUND_TRIP.times * canaryBest.roundTripMs, canaryBest.roundTripMs + CANARY_ROUND_TRIP.beyondMs),
      (value) =>
        `between the blocks, a message to another process and back took ${value.toFixed(2)} ms instead of ${canaryBest.roundTripMs.toFixed(2)}`,
    );
  }
  return found;
}
