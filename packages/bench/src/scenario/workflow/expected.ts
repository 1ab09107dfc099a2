import type { Expectation } from "../../audit/audit-input.ts";
import { BUILT_IN } from "./built-in.ts";
import type { Delivery, ExpectedResult } from "./built-in.ts";
import type { Scenario } from "../scenario.ts";
import { areCallsOnceOnly } from "./document.ts";

/** What a workflow makes of a scenario's payloads. */
export interface Expected extends Expectation {
  /** How the run of request `n` ends. */
  resultOf(n: number): ExpectedRun;
}

/** The parts of a scenario that decide what comes of a delivery. */
export type Workload = Pick<Scenario, "workflow" | "deliveries" | "faults" | "target">;

/** As in an API's answer; `output` is absent where it is not known. */
export type ExpectedRun = Pick<ExpectedResult, "status"> & { readonly output?: unknown };

/**
 * What each delivery leads to. For the benchmark's own workflows it is worked out from the payload; for others it is what the scenario
 * file says.
 *
 * @param payloads  They take turns. One that is refused leads to nothing.
 */
export function expectedOf(
  { workflow, deliveries: { repeats }, faults, target }: Workload,
  payloads: readonly { readonly body: string; readonly refusedWith?: number | null }[],
): Expected {
  const shared = { payloads: payloads.length, repeats };
  if (workflow.kind === "own") {
    const { status, calls, outputs } = workflow.expect;
    return {
      ...shared,
      status,
      callsPerRun: calls,
      attemptsMax: faults.length > 0 || target.attempts !== null ? ATTEMPTS_MAX : 1,
      isOnceOnly: areCallsOnceOnly(workflow.document),
      callOf: null,
      resultOf: (n) =>
        outputs === null ? { status } : { status, output: outputs[Math.floor(n / repeats) % outputs.length] },
    };
  }
  const builtIn = BUILT_IN[workflow.name];
  const deliveries = payloads.map(({ body, refusedWith = null }) =>
    refusedWith === null ? (JSON.parse(body) as Delivery) : null,
  );
  const results = deliveries.map((delivery) => (delivery === null ? null : builtIn.resultOf(delivery)));
  const callOfBody = new Map(
    deliveries.flatMap((delivery, payload) =>
      delivery === null
        ? []
        : builtIn.callsOf(delivery).map((body, call) => [canonical(body), { payload, call }] as const),
    ),
  );
  return {
    ...shared,
    status: results.find((result) => result !== null)?.status ?? "succeeded",
    callsPerRun: builtIn.calls,
    attemptsMax: builtIn.attemptsMax,
    isOnceOnly: false,
    callOf: (body) => {
      try {
        return callOfBody.get(canonical(JSON.parse(body))) ?? null;
      } catch {
        return null;
      }
    },
    resultOf: (n) => results[Math.floor(n / repeats) % results.length] ?? NEVER,
  };
}

/** As many as any retry policy takes: nobody says how often the calls of somebody's own workflow are tried. */
const ATTEMPTS_MAX = 100;

/** A delivery that is refused becomes no run: whatever it ends with is wrong. */
const NEVER: ExpectedRun = { status: "failed", output: "a run that must not exist" };

/** The same text for the same value, whatever the order of its members. */
export function canonical(value: unknown): string {
  return JSON.stringify(value ?? null, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
