import type { Micros } from "@meshhook/core";

import type { Afterwards } from "./check.ts";
import { skewUsMax } from "./scenario.ts";
import type { WorkflowDraft } from "./workflow.ts";

/**
 * The rules for schedules: each run of one is for a time of its schedule, no time has two, none is early, and no time is forgotten that policy
 * does not leave out.
 */
export function checkSchedules(all: Afterwards): void {
  for (const [at, draft] of all.scenario.workflows.entries()) {
    const planned = plannedTimes(draft, all.startUs);
    const isPaused = all.scenario.pauses.some(({ workflow }) => workflow === at);
    const runs = runsOf(all, all.workflowIds[at] ?? "");
    checkSchedule(all, `w${at}`, planned, runs);
    // Times that pass while a workflow is paused have no runs; with "skip", only the latest of those that were missed has one.
    const wanted = isPaused ? [] : draft.schedule?.missed === "all" ? planned : planned.slice(-1);
    for (const time of wanted)
      if (!runs.some(({ plannedAt }) => plannedAt === time))
        all.report("no time of a schedule is forgotten", `w${at} has no run for ${time}`);
  }
}

interface ScheduledRun {
  readonly runId: string;
  readonly plannedAt: Micros;
  readonly storedAtUs: Micros;
}

function plannedTimes({ schedule }: WorkflowDraft, startUs: Micros): Micros[] {
  return (schedule?.seconds ?? []).map((second) => startUs + second * 1_000_000);
}

function runsOf({ database, histories }: Afterwards, workflowId: string): ScheduledRun[] {
  const runs: ScheduledRun[] = [];
  for (const [runId, [first]] of database.rows) {
    const origin = first?.workflowId === workflowId ? histories.of(runId)?.run.origin : null;
    if (first !== undefined && origin?.kind === "schedule")
      runs.push({ runId, plannedAt: origin.plannedAt, storedAtUs: first.storedAtUs });
  }
  return runs;
}

function checkSchedule(
  { report, scenario }: Afterwards,
  slug: string,
  planned: readonly Micros[],
  runs: readonly ScheduledRun[],
): void {
  const seen = new Set<Micros>();
  for (const { runId, plannedAt, storedAtUs } of runs) {
    const name = `run ${runId} of ${slug} for ${plannedAt}`;
    if (!planned.includes(plannedAt)) report("a schedule starts runs at its times only", name);
    if (seen.has(plannedAt)) report("a time of a schedule has one run", name);
    seen.add(plannedAt);
    const earlyUs = plannedAt - storedAtUs - skewUsMax(scenario);
    if (earlyUs > 0) report("no timer is early", `${name} by ${earlyUs / 1_000} ms`);
  }
}
