import { foldRun } from "@meshhook/core";
import {
  checkCancel,
  checkChild,
  checkDelivery,
  checkRun,
  checkSignal,
  checkTarget,
  type Report,
} from "@meshhook/testkit/proof";

import { checkSchedules } from "./check-schedules.ts";
import type { SimulatedDatabase } from "./database.ts";
import type { Histories } from "./histories.ts";
import type { Operators } from "./operators.ts";
import { skewUsMax, type Scenario } from "./scenario.ts";
import type { Senders, Sending } from "./sender.ts";
import type { TargetLedger } from "./target.ts";

/** How long an accepted cancel, or a signal, may take to reach its run. */
const WITHIN_US = 30_000_000;

export interface Afterwards {
  readonly scenario: Scenario;
  readonly database: SimulatedDatabase;
  readonly histories: Histories;
  readonly ledger: TargetLedger;
  readonly senders: Senders;
  readonly operators: Operators;
  readonly startUs: number;
  readonly healedAtUs: number;
  /** Of the workflows, in order. */
  readonly workflowIds: readonly string[];
  readonly report: Report;
}

/** Judges a simulation when it is over. What can only be judged at its moment is judged by the database, the callers and the senders. */
export async function checkAfterwards(all: Afterwards): Promise<void> {
  const { database, healedAtUs, histories, ledger, operators, report, scenario, senders } = all;
  for (const [runId, rows] of database.rows) {
    const history = histories.of(runId);
    if (history !== null) {
      checkRun(history, rows, skewUsMax(scenario), report);
      const { origin } = history.run;
      const parent = origin?.kind === "child" ? histories.of(origin.runId) : null;
      checkChild(history, parent, { withinUs: WITHIN_US, healedAtUs }, report);
    }
    const stored = await database.store.journal.readRun(runId);
    if (JSON.stringify(stored.map(({ facts }) => facts)) !== JSON.stringify(rows.map(({ facts }) => facts)))
      report("rows are never changed", `run ${runId} reads otherwise than it was stored`);
  }
  const runs = runsByName(all);
  for (const sending of senders.sendings) {
    const { isKeyed, n } = sending.planned;
    checkDelivery({ name: `${n}`, isKeyed }, sending.told, runs.get(`${n}`) ?? [], report);
    checkShown(sending, all);
  }
  for (const { mark, told } of operators.reruns)
    checkDelivery({ name: mark, isKeyed: true }, told, runs.get(mark) ?? [], report);
  checkSchedules(all);
  checkTarget(ledger.arrivals, (runId) => histories.of(runId), database.rows.keys(), report);
  for (const { runId, atUs } of operators.cancels) {
    const history = histories.of(runId);
    if (history !== null) checkCancel(history, Math.max(atUs, healedAtUs), WITHIN_US, report);
  }
  for (const { acceptedAtUs, mark, runId, timesMax } of operators.signals) {
    const history = histories.of(runId);
    if (history === null) continue;
    const sent = { acceptedAtUs: acceptedAtUs === null ? null : Math.max(acceptedAtUs, healedAtUs), timesMax };
    checkSignal(history, sent, WITHIN_US, (payload) => JSON.stringify(payload) === JSON.stringify({ mark }), report);
  }
}

/** Runs by what they were started for: the number in the body of their delivery, or the mark of a request to run one again. */
function runsByName({ database, histories }: Afterwards): Map<string, string[]> {
  const runs = new Map<string, string[]>();
  for (const runId of database.rows.keys()) {
    const fact = histories.of(runId)?.facts[0]?.fact;
    if (fact?.kind !== "delivery") continue;
    const { body, origin } = fact;
    let name: string;
    if (origin === undefined) name = `${Number((body as { readonly n: unknown }).n)}`;
    else if (origin.kind === "replay" || origin.kind === "resume") name = origin.by?.keyId ?? "";
    else continue;
    runs.set(name, [...(runs.get(name) ?? []), runId]);
  }
  return runs;
}

/** What somebody was shown of a run is what its stored facts fold to. */
function checkShown({ planned, results, told, watches }: Sending, { database, histories, report }: Afterwards): void {
  for (const one of told) {
    const plan = one.kind === "accepted" ? histories.of(one.runId)?.run.plan : undefined;
    if (one.kind !== "accepted" || one.result === null || plan === undefined) continue;
    const { result } = foldRun(plan, database.rows.get(one.runId)?.slice(0, 1) ?? [], { runId: one.runId });
    if (JSON.stringify(result) !== JSON.stringify(one.result))
      report("replay is equal", `delivery ${planned.n} was told another result than run ${one.runId} folds to`);
  }
  for (const { runId, result } of results)
    if (JSON.stringify(histories.of(runId)?.run.result) !== JSON.stringify(result))
      report("replay is equal", `run ${runId} has another result than was told`);
  for (const { runId, events } of watches) {
    const plan = histories.of(runId)?.run.plan;
    if (plan === undefined) continue;
    const whole = foldRun(plan, database.rows.get(runId) ?? [], { runId, observe: true }).takeEvents();
    if (JSON.stringify(whole.slice(0, events.length)) !== JSON.stringify(events))
      report("a stream has no gap and no repeat", `run ${runId} was shown otherwise than it folds`);
  }
}
