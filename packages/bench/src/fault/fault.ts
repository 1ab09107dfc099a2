import { setTimeout as delay } from "node:timers/promises";
import { unixUs } from "../measure/clock.ts";
import { startDatabaseFault } from "./database-fault.ts";
import { startNetworkFault } from "./network-fault.ts";
import { startProcessFault } from "./process-fault.ts";
import { refusalOf } from "./refusal.ts";
import { doneTo, isDatabaseStep, isNetworkStep, lengthOf } from "./step.ts";
import type { FaultStep } from "./step.ts";
import { FaultRefused } from "./system.ts";
import type { FaultSystem, Undo } from "./system.ts";

/** A fault that is being done. */
export interface RunningFault {
  readonly step: FaultStep;
  /** Unix microseconds: nothing was done before. */
  readonly beganUs: number;
  /**
   * Undoes the fault. Resolves when the system has everything back (a process that was started again is ready), with the instant at which
   * the undoing began, in Unix microseconds. Fine to call twice.
   */
  stop(): Promise<number>;
}

/** When a fault was done. */
export interface FaultSpan {
  readonly step: FaultStep;
  /** Unix microseconds. */
  readonly beganUs: number;
  /** Unix microseconds: from here on the system could recover. */
  readonly endedUs: number;
}

/**
 * Does a fault to a system, until it is stopped.
 *
 * @throws FaultRefused  when it may not be done to this system, or cannot be done here.
 */
export async function startFault(step: FaultStep, system: FaultSystem): Promise<RunningFault> {
  const why = refusalOf(step, system);
  if (why !== null) throw new FaultRefused(why);
  const beganUs = unixUs();
  const undo = await begin(step, system);
  let stopping: Promise<number> | null = null;
  const stop = async () => {
    const endedUs = unixUs();
    await undo();
    return endedUs;
  };
  return { step, beganUs, stop: () => (stopping ??= stop()) };
}

async function begin(step: FaultStep, system: FaultSystem): Promise<Undo> {
  if (isNetworkStep(step)) return startNetworkFault(step, system);
  const { meshhook, database } = system;
  if (isDatabaseStep(step)) {
    if (database === null) throw new FaultRefused("The benchmark did not start the database.");
    return startDatabaseFault(step, database);
  }
  if (meshhook === null) throw new FaultRefused("The benchmark did not start MeshHook.");
  return startProcessFault(step, meshhook);
}

export interface FaultListener {
  readonly onBegin?: (fault: RunningFault) => void;
  readonly onEnd?: (span: FaultSpan) => void;
}

/**
 * Does every step at its time, counted from the call, and undoes each after its length. Resolves in the order of the steps when all are
 * undone; those that an abort came before are left out. When one fails, the others are undone before the promise rejects.
 *
 * A step waits for an earlier one on the same part: a process that is still starting again is not killed twice.
 */
export async function runFaults(
  steps: readonly FaultStep[],
  system: FaultSystem,
  options: FaultListener & { readonly signal?: AbortSignal } = {},
): Promise<FaultSpan[]> {
  const failing = new AbortController();
  const signal = AbortSignal.any([failing.signal, ...(options.signal === undefined ? [] : [options.signal])]);
  const busy = new Map<string, Promise<unknown>>();
  const runStep = async (step: FaultStep): Promise<FaultSpan | null> => {
    if (!(await isOver(step.at, signal))) return null;
    const before = busy.get(doneTo(step));
    const done = (async () => {
      await before?.catch(() => undefined);
      return signal.aborted ? null : doStep(step);
    })();
    busy.set(doneTo(step), done);
    return done;
  };
  const doStep = async (step: FaultStep): Promise<FaultSpan> => {
    const fault = await startFault(step, system);
    options.onBegin?.(fault);
    await isOver(lengthOf(step), signal);
    const span = { step, beganUs: fault.beganUs, endedUs: await fault.stop() };
    options.onEnd?.(span);
    return span;
  };
  const outcomes = await Promise.allSettled(
    steps.map((step) =>
      runStep(step).catch((error: unknown) => {
        failing.abort();
        throw error;
      }),
    ),
  );
  const failures = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as unknown] : []));
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1) throw new AggregateError(failures, "Several faults could not be done or undone.");
  return outcomes.flatMap((outcome) =>
    outcome.status === "fulfilled" && outcome.value !== null ? [outcome.value] : [],
  );
}

/** Waits; false when the signal came first. */
async function isOver(ms: number, signal: AbortSignal): Promise<boolean> {
  return delay(ms, true, { signal }).catch(() => false);
}
