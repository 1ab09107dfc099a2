import { withRate, withTimes } from "./load.ts";
import type { Scenario } from "./scenario.ts";

/** A scenario whose measured part takes another time; the shape of its load stays, and faults still happen within it. */
export function lasting(
  scenario: Scenario,
  times: { readonly durationMs: number; readonly warmupMs?: number },
): Scenario {
  const { load, faults } = scenario;
  const { durationMs } = times;
  return {
    ...scenario,
    load:
      load.kind === "paced"
        ? withTimes(load, { warmupMs: times.warmupMs ?? load.warmupMs, durationMs })
        : { ...load, warmupMsMax: times.warmupMs ?? load.warmupMsMax, durationMs },
    faults: faults.map((step) => ({ ...step, at: Math.min(step.at, durationMs / 3) })),
  };
}

/** A scenario at another mean rate; null where it has none, because its senders wait for their answers. */
export function atRate(scenario: Scenario, ratePerSecond: number): Scenario | null {
  const { load } = scenario;
  return load.kind === "paced" ? { ...scenario, load: withRate(load, ratePerSecond) } : null;
}
