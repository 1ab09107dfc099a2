import type { WitnessReport } from "../measure/witness.ts";
import type { Disturbance, HostResources } from "../result/result.ts";

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
  /** The canary around this scenario, and its best in the whole suite so far, milliseconds. */
  readonly canary: { readonly ms: number; readonly bestMs: number } | null;
  /** Median flush of the idle disk before the suite, milliseconds. */
  readonly idleFlushMs: number | null;
  /** CPU of a bare node:http server for one request; null when it was not measured. */
  readonly rawHttpCpuUs: number | null;
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
const CANARY_TIMES_MAX = 1.3;
/** CPU of one bare node:http request where the limits were set: 2 cores of an AMD EPYC virtual machine, 25 November 2026. */
const REFERENCE_CPU_US = 43;
const SLOWER_MAX = 1.25;

/** Every sign that MeshHook did not have the machine to itself, or that it is slower than the one the limits were set on. */
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
  note(
    "canary",
    canary === null ? null : canary.ms / canary.bestMs,
    CANARY_TIMES_MAX,
    (value) => `a fixed piece of work took ${value.toFixed(2)} times as long as its best time`,
  );
  note(
    "rawHttpCpuUs",
    input.rawHttpCpuUs,
    SLOWER_MAX * REFERENCE_CPU_US,
    (value) =>
      `a bare node:http request takes ${value.toFixed(0)} µs of CPU here, but ${String(REFERENCE_CPU_US)} µs on the machine the limits were set on`,
  );
  return found;
}
