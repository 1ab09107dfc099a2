import type { Plan } from "@meshhook/core";
import {
  checkCancel,
  checkDelivery,
  checkRun,
  checkTarget,
  History,
  type Arrival,
  type StoredRun,
  type Violation,
} from "@meshhook/testkit/proof";

import { SKEW_MS } from "./plan.ts";
import type { Senders } from "./senders.ts";

/** How wrong two clocks are that a failpoint has set, one against the other. */
const SKEW_US = 2 * SKEW_MS * 1_000;
/** How far apart the right clocks of processes and database are: each process reads its own now and then. */
const DRIFT_US = 10_000;
const CANCEL_US = 60_000_000;

/** The records of a cycle, none of which knows of another. */
export interface Records {
  readonly plan: Plan;
  readonly runs: ReadonlyMap<string, StoredRun>;
  readonly senders: Pick<Senders, "cancels" | "sendings">;
  readonly arrivals: readonly Arrival[];
  /** No process had a clock that a failpoint had set. */
  readonly areClocksRight: boolean;
}

/** Compares what senders were told, what is stored, and what the target of calls saw. */
export function judge({ areClocksRight, arrivals, plan, runs, senders }: Records): Violation[] {
  const violations: Violation[] = [];
  const report = (rule: string, detail: string): void => void violations.push({ rule, detail });
  const histories = new Map<string, History>();
  const carriers = new Map<number, string[]>();
  for (const [runId, { segments }] of runs) {
    const history = new History(plan, runId);
    histories.set(runId, history);
    try {
      history.readOn(segments);
    } catch (error) {
      report("what is stored can be folded", `run ${runId}: ${String(error)}`);
      continue;
    }
    checkRun(history, segments, areClocksRight ? DRIFT_US : SKEW_US, report);
    const delivery = history.facts[0]?.fact;
    if (delivery?.kind !== "delivery") continue;
    const n = Number((delivery.body as { readonly n?: unknown }).n);
    carriers.set(n, [...(carriers.get(n) ?? []), runId]);
  }
  for (const { n, isKeyed, told } of senders.sendings)
    checkDelivery({ name: String(n), isKeyed }, told, carriers.get(n) ?? [], report);
  checkTarget(arrivals, (runId) => histories.get(runId) ?? null, runs.keys(), report);
  for (const { runId, atUs } of senders.cancels) {
    const history = histories.get(runId);
    if (history !== undefined) checkCancel(history, atUs, CANCEL_US, report);
  }
  return violations;
}
