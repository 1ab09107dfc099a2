/** Planned for four minutes on two quiet cores; blocks that are repeated on a busy machine come on top. */
const QUICK = [
  "webhook-ack-nominal",
  "dag-one-call-nominal",
  "dag-one-call-50ms",
  "logs-100-subscribers",
  "fault-kill-9",
  "dag-pure-saturation",
  "dag-one-call-saturation",
] as const;

/** With those of `STANDARD_BUSY` about half an hour. What runs before anything leaves the database with much to clean up. */
const STANDARD_QUIET = [
  "webhook-ack-nominal",
  "webhook-ack-100kb",
  "webhook-ack-1mb",
  "webhook-ack-signed",
  "webhook-ack-keyed",
  "webhook-ack-poisson",
  "webhook-burst",
  "webhook-duplicate-storm",
  "webhook-malformed",
  "webhook-bad-signatures",
  "dag-chain-100",
  "dag-fan-out",
  "dag-one-call-nominal",
  "dag-one-call-50ms",
  "dag-five-calls-50ms",
  "dag-parked-delays",
  "dag-flaky-target",
  "logs-1-subscriber",
  "logs-100-subscribers",
  "logs-1000-subscribers",
  "tenancy-noisy-neighbour",
  "webhook-soak",
  "fault-kill-9",
] as const;

const STANDARD_BUSY = [
  "webhook-spike",
  "dag-pure-saturation",
  "dag-one-call-saturation",
  "webhook-ack-after-saturation",
] as const;

/** What only the full suite has. */
const FULL_QUIET = [
  "webhook-ack-300b",
  "webhook-steps",
  "dag-chain-1",
  "dag-chain-10",
  "dag-loop-5",
  "dag-loop-20",
  "dag-loop-100",
  "dag-loop-1000",
  "dag-loop-calls",
  "dag-five-calls-0ms",
  "dag-five-calls-500ms",
  "dag-dead-target",
  "webhook-trace",
  "webhook-slow-senders",
  "dag-branchy",
  "dag-backlog",
  "logs-slow-viewers",
  "tenancy-1000-projects",
  "webhook-soak-long",
] as const;

/** The last ones have many blocks, at and beyond the limit. */
const FULL_BUSY = [
  "dag-10000-runs",
  "dag-due-at-once",
  "published-40-steps",
  "published-webhook-set",
  "published-burn-down",
  "console-run-list",
  "console-run-detail",
  "dag-pure-senders",
  "dag-pure-processes",
  "dag-pure-rate",
  "dag-one-call-rate",
  "webhook-signed",
  "webhook-schema",
  "webhook-rate-limited",
  "webhook-invalid-flood",
  "api-reads",
] as const;

/** Everything that can break, one after the other; the target's own faults first, because they leave the system as it is. */
const FAULTS = [
  "fault-target-statuses",
  "fault-target-hang",
  "fault-target-huge",
  "fault-target-broken",
  "fault-target-slow",
  "fault-target-down",
  "fault-target-half-open",
  "fault-target-reset",
  "fault-senders-slow",
  "fault-senders-cut",
  "fault-database-slow",
  "fault-database-down",
  "fault-database-half-open",
  "fault-database-reset",
  "fault-held-transaction",
  "fault-ended-sessions",
  "fault-connections-exhausted",
  "fault-pause",
  "fault-kill-9",
  "fault-postgres-crash",
  "fault-disk-full",
] as const;

/** What the front door costs: the first is what the next three are compared with, the fifth is compared with the fourth. */
const FRONT_DOOR = [
  "dag-pure-saturation",
  "webhook-signed",
  "webhook-schema",
  "webhook-rate-limited",
  "webhook-ack-signed",
  "webhook-invalid-flood",
  "api-reads",
] as const;

/**
 * Named sets of scenarios, in the order they run. Nominal rates come before saturation: what hundreds of thousands of rows leave to be
 * vacuumed and checkpointed would show as tails of 15 to 90 ms in whatever runs next.
 */
export const SUITES = {
  quick: QUICK,
  standard: [...STANDARD_QUIET, ...STANDARD_BUSY],
  faults: FAULTS,
  "front-door": FRONT_DOOR,
  full: [
    ...STANDARD_QUIET,
    ...FULL_QUIET,
    ...FAULTS.filter((name) => name !== "fault-kill-9"),
    ...STANDARD_BUSY,
    ...FULL_BUSY,
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
