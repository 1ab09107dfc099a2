import type { DriverDescription } from "../result/result.ts";
import type { RunningLoad } from "../load/generator/generator.ts";
import type { LoadInterval, LoadPlan } from "../load/generator/protocol.ts";
import type { Scenario } from "../scenario/scenario.ts";

/** Who can send a load. */
export const DRIVERS = ["builtin", "k6", "jmeter"] as const;
export type DriverName = (typeof DRIVERS)[number];

/** Sends a load as `startLoad` of the built-in generator does, and reports it in the same form. Resolves when the load has begun. */
export type StartLoad = (plan: LoadPlan, onInterval: (interval: LoadInterval) => void) => Promise<RunningLoad>;

/** A program of somebody else's that sends the load of a scenario. */
export interface LoadDriver {
  readonly name: Exclude<DriverName, "builtin">;
  /** Of the installed program. */
  readonly version: string;
  /** Why this scenario's load cannot be sent by it, in a sentence; null when it can. */
  refusal(scenario: Scenario): string | null;
  /**
   * @param folder  Where the program's own files go: the script, its output and its log.
   */
  startLoad(scenario: Scenario, folder: string): StartLoad;
}

/** What a reader of the figures should know about who sent the load. */
export function driverNote({ name, version, timesFrom }: DriverDescription): string {
  const who = `The load was sent by ${DRIVER_TITLES[name]} ${version}, whose maximum rate was not measured.`;
  return timesFrom === "schedule"
    ? `${who} Latencies count from when requests were due.`
    : `${who} It did not send as many requests as were due, so latencies count from the actual send (service time) and hide how late requests were.`;
}

export const DRIVER_TITLES = { k6: "k6", jmeter: "JMeter" } as const;

/** The program is not there, or does not start. */
export class DriverUnavailable extends Error {
  override readonly name = "DriverUnavailable";
}

/** Why only the built-in generator can send this load; null when others can. */
export function steeredLoad({ name, load }: Scenario): string | null {
  if (load.kind === "paced")
    return load.search === undefined
      ? null
      : `${name} searches for a rate: what is sent next depends on what was measured. Only the built-in generator can do that. Leave --driver out, or choose scenarios with a rate.`;
  return `${name} is a saturating load, which the benchmark ends when it has seen a steady rate. Only the built-in generator can be told to stop. Leave --driver out, or choose scenarios with a rate.`;
}
