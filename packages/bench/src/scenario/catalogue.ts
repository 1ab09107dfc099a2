import { dagOneCall50ms } from "./dag-one-call-50ms.ts";
import { dagOneCallNominal } from "./dag-one-call-nominal.ts";
import { dagOneCallSaturation } from "./dag-one-call-saturation.ts";
import { dagPureSaturation } from "./dag-pure-saturation.ts";
import { faultKill9 } from "./fault-kill-9.ts";
import { logs100Subscribers } from "./logs-100-subscribers.ts";
import { logs1Subscriber } from "./logs-1-subscriber.ts";
import type { Scenario } from "./scenario.ts";
import { webhookAckNominal } from "./webhook-ack-nominal.ts";

/**
 * Every scenario, in the order they run. Nominal rates come before saturation: what hundreds of thousands of rows leave to be vacuumed
 * and checkpointed would show as tails of 15 to 90 ms in whatever runs next.
 */
export const SCENARIOS: readonly Scenario[] = [
  webhookAckNominal,
  dagOneCallNominal,
  dagOneCall50ms,
  logs1Subscriber,
  logs100Subscribers,
  faultKill9,
  dagPureSaturation,
  dagOneCallSaturation,
];

/** Named sets of scenarios. */
export const SUITES: { readonly [suite: string]: readonly Scenario[] } = { quick: SCENARIOS };

/**
 * Selects the scenarios of a suite, or the named ones.
 *
 * @throws RangeError  names every unknown scenario and the available ones.
 */
export function selectScenarios(suite: string, names: readonly string[]): readonly Scenario[] {
  const all = SUITES[suite];
  if (all === undefined)
    throw new RangeError(`Unknown suite "${suite}". Available suites: ${Object.keys(SUITES).join(", ")}.`);
  const unknown = names.filter((name) => !all.some((scenario) => scenario.name === name));
  if (unknown.length > 0) {
    throw new RangeError(
      `Unknown scenario ${unknown.map((name) => `"${name}"`).join(", ")} in suite "${suite}". Available scenarios: ${all.map(({ name }) => name).join(", ")}.`,
    );
  }
  return names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
}
