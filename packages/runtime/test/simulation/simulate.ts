import type { Plan } from "@meshhook/core";
import type { Version } from "@meshhook/journal";
import type { Violation } from "@meshhook/testkit/proof";

import type { PlantedBug } from "./bugs.ts";
import { checkAfterwards } from "./check.ts";
import { SimulatedDatabase, type StoredRow } from "./database.ts";
import { Dice } from "./dice.ts";
import { Histories } from "./histories.ts";
import { LEASE_MS, Machine } from "./machine.ts";
import { Operators } from "./operators.ts";
import { Outside } from "./outside.ts";
import { healedAtMs, skewUsMax, type Fault, type Scenario } from "./scenario.ts";
import { Senders } from "./sender.ts";
import { sightsOf, type Sights } from "./sights.ts";
import { StoreRules } from "./store-rules.ts";
import { TargetLedger } from "./target.ts";
import { Timeline } from "./timeline.ts";
import { workflowsOf } from "./workflow.ts";

/** 2026-11-24T00:00:00Z. */
export const START_US = 1_795_478_400_000_000;
/** So long after the last fault everything must have ended. */
const REST_MS = 900_000;
/** What a former owner may still have in its pocket comes within this time after the last run has ended. */
const AFTERMATH_MS = 25_000;
const SLOWNESS = 100;

export interface Simulated {
  readonly violations: readonly Violation[];
  /** What happened, in order, each line with its time. The same for the same scenario. */
  readonly trace: readonly string[];
  /** How often rare things happened, to see that they happen at all. */
  readonly sights: Sights;
  readonly runs: ReadonlyMap<string, readonly StoredRow[]>;
  readonly planOf: (versionId: string) => Plan;
  readonly ledger: TargetLedger;
}

/** Lets a scenario happen, in no time. Never rejects: whatever goes wrong is a violation. */
export async function simulate(scenario: Scenario, bug: PlantedBug | null = null): Promise<Simulated> {
  const timeline = new Timeline(START_US);
  const dice = new Dice(scenario.seed);
  const violations: Violation[] = [];
  const trace: string[] = [];
  const note = (text: string): void => {
    const ms = (timeline.nowUs - START_US) / 1_000;
    trace.push(`${ms.toFixed(3).padStart(10)} ${text.replaceAll(OWNER_TOKEN, "an owner")}`);
  };
  const report = (rule: string, detail: string): void => {
    violations.push({ rule, detail });
    note(`VIOLATION ${rule}: ${detail}`);
  };
  const plans = new Map<string, Plan>();
  const planOf = (versionId: string): Plan => {
    const plan = plans.get(versionId);
    if (plan === undefined) throw new Error(`A run has version ${versionId}, which was never published`);
    return plan;
  };
  const rules = new StoreRules(planOf, () => histories, projectLimitOf(scenario), report);
  const database = new SimulatedDatabase(timeline, {
    shards: scenario.shards,
    leaseMs: LEASE_MS,
    report,
    bug,
    newId: idsOf(dice),
    onStored: (row) => rules.judge(row),
  });
  const histories = new Histories(database.rows, planOf, report);
  const versions = await publish(database, scenario, plans);
  const ledger = new TargetLedger();
  const outages = { isDown: false, slowness: 1, badness: scenario.badness };
  const machines = Array.from(
    { length: scenario.machines },
    (_, number) =>
      new Machine(number, {
        scenario,
        timeline,
        database,
        ledger,
        histories,
        dice,
        network: outages,
        report,
        note,
        bug,
      }),
  );
  for (const machine of machines) machine.start();
  const outside = new Outside({ timeline, database, histories, dice, machines, versions, note, report });
  const senders = new Senders(outside);
  const operators = new Operators(outside);
  for (const planned of scenario.deliveries)
    senders.plan(planned, START_US, (runId) => {
      const { n } = planned;
      for (const cancel of scenario.cancels) if (cancel.n === n) operators.cancel(cancel, runId);
      for (const [at, signal] of scenario.signals.entries()) if (signal.n === n) operators.signal(signal, at, runId);
      for (const [at, rerun] of scenario.reruns.entries()) if (rerun.n === n) operators.rerun(rerun, at, runId);
    });
  for (const pause of scenario.pauses) operators.pause(pause, START_US);
  for (const limit of scenario.projectLimits ?? []) if (limit.atMs > 0) operators.limit(limit, START_US);
  operators.keepAnswering(planOf);
  for (const fault of scenario.faults)
    timeline.at(START_US + fault.atMs * 1_000, () => bring(fault, machines, outages, timeline));

  // A process would end with it.
  const onDefect = (error: unknown): void => report("nothing throws", textOf(error));
  process.on("unhandledRejection", onDefect);
  const healedAtUs = START_US + healedAtMs(scenario) * 1_000;
  try {
    await timeline.run(healedAtUs, () => false);
    outages.badness = 0;
    for (const machine of machines) machine.start();
    operators.keepResumed();
    await timeline.run(healedAtUs + scheduleMs(scenario) * 1_000, () => false);
    await timeline.run(healedAtUs + REST_MS * 1_000, () => outside.isDone && database.openRuns === 0);
    await timeline.run(timeline.nowUs + AFTERMATH_MS * 1_000, () => false);
  } catch (error) {
    report("nothing throws", textOf(error));
  } finally {
    process.off("unhandledRejection", onDefect);
  }
  if (!outside.isDone) report("everybody gets an answer", "somebody still waits for one");
  const workflowIds = versions.map(({ workflowId }) => workflowId);
  const startUs = START_US;
  await checkAfterwards({
    ...{ scenario, database, histories, ledger, senders, operators, startUs, healedAtUs, workflowIds, report },
  });
  for (const machine of machines) machine.crash();
  const sights = sightsOf({ database, ledger, senders, operators, trace });
  return { violations, trace, sights, runs: database.rows, planOf, ledger };
}

/** A process whose clock is slow is late with a schedule. */
function scheduleMs({ faults, workflows }: Scenario): number {
  return workflows.some(({ schedule }) => schedule !== undefined) ? 15_000 + skewUsMax({ faults }) / 1_000 : 0;
}

function projectLimitOf({ projectLimits = [] }: Scenario): number | "changing" | null {
  const [first, ...changes] = projectLimits;
  return changes.length === 0 ? (first?.concurrency ?? null) : "changing";
}

/** UUIDs, one after the other. */
function idsOf(dice: Dice): () => string {
  let count = 0;
  return () => {
    const random = dice.of(`id ${++count}`);
    return `${random.hex(8)}-${random.hex(4)}-7${random.hex(3)}-8${random.hex(3)}-${random.hex(12)}`;
  };
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Tokens of owners are the only random thing that is not of the scenario's seed. */
const OWNER_TOKEN = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g;

async function publish(database: SimulatedDatabase, scenario: Scenario, plans: Map<string, Plan>): Promise<Version[]> {
  const { catalog } = database.store;
  const project = await catalog.createProject({ slug: "simulated", name: "Simulated" });
  const first = scenario.projectLimits?.find(({ atMs }) => atMs === 0);
  if (first !== undefined) await catalog.updateProject(project.id, { concurrency: first.concurrency });
  const versions: Version[] = [];
  for (const { definition, hasSchedule, plan } of workflowsOf(scenario)) {
    const { slug } = plan;
    const workflow = await catalog.saveDraft({ projectId: project.id, slug, name: slug, definition });
    if (workflow === "conflict") throw new Error("A new project has no workflow yet");
    const version = await catalog.publishVersion({
      projectId: project.id,
      workflowId: workflow.id,
      hash: plan.hash,
      definition,
      hasSchedule,
    });
    plans.set(version.id, plan);
    versions.push(version);
  }
  return versions;
}

function bring(
  fault: Fault,
  machines: readonly Machine[],
  network: { isDown: boolean; slowness: number },
  timeline: Timeline,
): void {
  const machine = "machine" in fault ? machines[fault.machine] : undefined;
  switch (fault.kind) {
    case "crash":
      machine?.crash();
      timeline.in(fault.forMs, () => machine?.start());
      return;
    case "stop":
      machine?.stop(() => timeline.in(fault.forMs, () => machine.start()));
      return;
    case "stall":
      machine?.stall(fault.forMs);
      return;
    case "cut":
      machine?.cut(fault.forMs);
      return;
    case "outage":
      network.isDown = true;
      timeline.in(fault.forMs, () => (network.isDown = false));
      return;
    case "slow":
      network.slowness = SLOWNESS;
      timeline.in(fault.forMs, () => (network.slowness = 1));
      return;
    case "clock":
      machine?.setClock(fault.byMs);
      return;
  }
}
