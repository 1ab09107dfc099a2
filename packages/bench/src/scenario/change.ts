import type { FaultStep } from "../fault/step.ts";
import { withRate, withTimes } from "./load.ts";
import type { Scenario } from "./scenario.ts";

/**
 * A scenario whose measured part takes another time. The shape of its load stays. In a shorter one, faults begin earlier and last less long in
 * proportion, so that one still ends before the next begins.
 */
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
    faults: faults.map((step) => hastened(step, Math.min(1, durationMs / load.durationMs))),
  };
}

function hastened(step: FaultStep, share: number): FaultStep {
  if (share === 1) return step;
  const scaled = (ms: number) => Math.max(1, Math.round(ms * share));
  return {
    ...step,
    at: Math.round(step.at * share),
    ...("for" in step ? { for: scaled(step.for) } : {}),
    ...("down" in step ? { down: scaled(step.down) } : {}),
  };
}

/** A scenario at another mean rate; null where it has none, because its senders wait for their answers. */
export function atRate(scenario: Scenario, ratePerSecond: number): Scenario | null {
  const { load } = scenario;
  return load.kind === "paced" ? { ...scenario, load: withRate(load, ratePerSecond) } : null;
}
