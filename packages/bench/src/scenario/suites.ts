/**
 * Named sets of scenarios, in the order they run. Nominal rates come before saturation: what hundreds of thousands of rows leave to be
 * vacuumed and checkpointed would show as tails of 15 to 90 ms in whatever runs next.
 */
export const SUITES = {
  quick: [
    "webhook-ack-nominal",
    "dag-one-call-nominal",
    "dag-one-call-50ms",
    "logs-1-subscriber",
    "logs-100-subscribers",
    "fault-kill-9",
    "dag-pure-saturation",
    "dag-one-call-saturation",
  ],
} as const satisfies { readonly [suite: string]: readonly string[] };

export type SuiteName = keyof typeof SUITES;

export function isSuiteName(name: string): name is SuiteName {
  return Object.hasOwn(SUITES, name);
}

/** The names of a suite's scenarios, in the order they run. */
export function suiteScenarios(suite: SuiteName): readonly string[] {
  return SUITES[suite];
}
