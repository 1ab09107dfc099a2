import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Client } from "pg";
import { auditRuns } from "../audit/audit.ts";
import { auditResults } from "../audit/results.ts";
import { countUnfinished, waitForBacklog } from "../audit/backlog.ts";
import { readRunTimes } from "../audit/run-times.ts";
import { isAccepted } from "../load/ledger.ts";
import type { Ledger } from "../load/ledger.ts";
import type { Sink } from "../load/sink/sink.ts";
import type { LoadInterval, LoadPlan } from "../load/generator/protocol.ts";
import { startLoad } from "../load/generator/generator.ts";
import { payloadsOf, SMALL } from "../load/payload.ts";
import { Subscribers } from "../load/subscriber/subscribers.ts";
import { readCanaryMs } from "../measure/canary.ts";
import { checkClock } from "../measure/clock-check.ts";
import { unixUs } from "../measure/clock.ts";
import {
  activityBetween,
  readExactCounters,
  readPostgresCounters,
  settleCounters,
  statementsBetween,
} from "../measure/postgres-activity.ts";
import { WaitSampler } from "../measure/wait-sampler.ts";
import { Witness } from "../measure/witness.ts";
import type { Calibration, ClockCheck, Roofs, ScenarioResult } from "../result/result.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { startAlongside } from "../scenario/alongside/alongside.ts";
import type { AlongsideReport, RunningAlongside } from "../scenario/alongside/alongside.ts";
import { REQUESTS_MAX } from "../scenario/load.ts";
import { scenarioPayloads } from "../scenario/deliveries.ts";
import { targetPlan } from "../scenario/target.ts";
import { mayCall } from "../scenario/workflow/document.ts";
import { expectedOf } from "../scenario/workflow/expected.ts";
import type { Durability } from "./durability.ts";
import { evaluateScenario } from "./evaluate.ts";
import type { LaunchedSystem } from "./launched-system.ts";
import { runMeasuredLoad } from "./measured-load.ts";
import { quietDatabase } from "./quiet.ts";

/** What a scenario finds ready when it starts. */
export interface ScenarioContext {
  readonly system: LaunchedSystem;
  readonly sink: Sink;
  /** A connection of the benchmark's own role. */
  readonly client: Client;
  readonly calibration: Calibration;
  readonly roofs: Roofs;
  /** CPU of a bare node:http server for one request; null when it was not measured. */
  readonly rawHttpCpuUs: number | null;
  /** What the payloads follow from. */
  readonly seed: number;
  /** Of this machine, for `cpuBusyShare`. */
  readonly cores: number;
  /** Median flush of the idle disk, milliseconds; null when it could not be taken. */
  readonly idleFlushMs: number | null;
  readonly durability: Pick<Durability, "fsync" | "synchronousCommit">;
  /** The canary's best so far; the scenario adds its own readings. */
  readonly canary: { bestMs: number };
  /** The run's folder; files go to `dataset/<scenario>/`. */
  readonly outDir: string;
  readonly signal: AbortSignal | undefined;
  readonly onStage: (stage: string) => void;
  readonly onInterval: (interval: LoadInterval) => void;
}

/** Runs must end within this after the last webhook, or count as stuck. */
const BACKLOG_MS_MAX = 15_000;

/** Last lines must reach every viewer within this after the last run has ended, or count as missing. */
const STREAM_MS_MAX = 5_000;

/** Runs one scenario: quiet, load with its fault, backlog, audit, verdict. */
export async function runScenario(scenario: Scenario, context: ScenarioContext): Promise<ScenarioResult> {
  const { system, sink, client, onStage } = context;
  const startedAtMs = Date.now();
  const directory = join(context.outDir, "dataset", scenario.name);
  // What an earlier benchmark left in the same place is not of this run.
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const notes: string[] = [];

  onStage("preparing");
  await sink.reset(targetPlan(scenario.target, context.seed));
  const intake = await system.createIntake(scenario.workflow, scenario.name, sink.port, scenario.deliveries);
  if (!(await quietDatabase(client, 10_000))) notes.push("A vacuum was still running when the load began.");
  const subscribers =
    scenario.subscribers === 0
      ? null
      : await Subscribers.start({ meshhookUrl: system.url, apiKey: system.apiKey, count: scenario.subscribers });
  const payloads = scenarioPayloads(scenario, context.seed);
  const readClocks = async (): Promise<ClockCheck[]> => [
    await checkClock("PostgreSQL", async () => (await readExactCounters(client)).atUs ?? 0),
    await checkClock("the call target", () => sink.readClock()),
    ...(subscribers === null ? [] : [await checkClock("the subscribers", () => subscribers.readClock())]),
  ];
  await makeRunsBefore(scenario, context, directory);
  const clocksBefore = await readClocks();
  const before = await readPostgresCounters(client);
  const waits = await WaitSampler.start(system.database.url);
  const canaryBeforeMs = readCanaryMs();
  const witness = Witness.start(join(dirname(system.database.dataDir), "bench-witness"));
  let alongside: RunningAlongside | null = null;
  let restart: { readonly killedUs: number; readonly startedUs: number } | null = null;

  try {
    onStage("measuring");
    alongside = await startAlongside(
      scenario.alongside,
      {
        url: system.url,
        port: system.port,
        apiKey: system.apiKey,
        createNeighbour: () => system.createNeighbour(scenario.name),
      },
      { payloads: payloadsOf(SMALL, context.seed), directory },
    );
    const measured = await runMeasuredLoad({
      target: { host: "127.0.0.1", port: system.port, path: intake.path },
      payloads,
      ...keyOf(scenario, startedAtMs),
      load: scenario.load,
      faults: scenario.faults,
      ledgerPath: join(directory, "ledger.bin"),
      client,
      pids: {
        meshhook: system.pid,
        postgres: system.database.pid,
        sink: sink.pid,
        bench: process.pid,
        ...(subscribers === null ? {} : { subscribers: subscribers.pid }),
        ...alongside.pids,
      },
      signal: context.signal,
      injectFault: async (step) => {
        if (step.kind !== "kill-9") throw new Error(`The suite does not know how to do the fault "${step.kind}".`);
        const killedUs = unixUs();
        await system.killHard();
        await new Promise((resolve) => setTimeout(resolve, step.down));
        restart = { killedUs, startedUs: unixUs() };
        await system.startAgain();
        return system.pid;
      },
      onInterval: context.onInterval,
    });
    const beside = await alongside.stop();
    if (beside.neighbour !== null) notes.push(neighbourText(beside.neighbour));
    const witnessed = await witness.stop();
    const canaryMs = Math.max(canaryBeforeMs, readCanaryMs());
    context.canary.bestMs = Math.min(context.canary.bestMs, canaryBeforeMs, canaryMs);
    const clocks = [...clocksBefore, ...(await readClocks())];
    onStage("waiting for the backlog");
    const atEnd = await countUnfinished(client, intake.workflowId);
    const unfinished = await waitForBacklog(client, intake.workflowId, BACKLOG_MS_MAX);
    if (unfinished > 0)
      notes.push(
        `${String(unfinished)} runs had not ended ${String(BACKLOG_MS_MAX / 1_000)} s after the last webhook was answered.`,
      );
    else if (atEnd > 0)
      notes.push(`${String(atEnd)} runs were still in progress when the last webhook was answered; all of them ended.`);
    const stream =
      subscribers === null
        ? null
        : await subscribers.finish(join(directory, "views.tsv"), {
            ends: scenario.subscribers * countAccepted(measured.report.ledger),
            timeoutMs: STREAM_MS_MAX,
          });
    const sampled = await waits.stop();

    onStage("auditing");
    const called = mayCall(scenario.workflow) ? await sink.report(join(directory, "effects.tsv")) : null;
    const atEndOfLoad = await readPostgresCounters(client, 0);
    const expected = expectedOf(scenario, payloads);
    const audited = await auditRuns(client, {
      workflowId: intake.workflowId,
      ledger: measured.report.ledger,
      effects: called?.effects ?? null,
      mayRepeatEffects: scenario.faults.length > 0,
      expected,
    });
    const runs = await readRunTimes(client);
    const audit = await auditResults(audited.audit, runs, expected, (runId) => system.readResult(runId));
    const after = await settleCounters(client, atEndOfLoad);
    const activity = activityBetween(before, after, sampled);
    const areCountersSettled = before.isSettled && after.isSettled;
    if (!areCountersSettled)
      notes.push("PostgreSQL had not yet counted every row of the journal, so its table counters are not judged.");
    const result = evaluateScenario({
      scenario,
      startedAtMs,
      measured,
      audit,
      segments: audited.segments,
      runs,
      effects: called?.effects ?? null,
      stream,
      activity,
      restart,
      alongside: beside,
      calibration: context.calibration,
      roofs: context.roofs,
      rawHttpCpuUs: context.rawHttpCpuUs,
      notes: [...notes, ...measured.notes],
      artifacts: artifactsOf(scenario),
      areCountersSettled,
      activityMs: after.atMs - before.atMs,
      statements: statementsBetween(before, after),
      witness: witnessed,
      canary: { ms: canaryMs, bestMs: context.canary.bestMs },
      idleFlushMs: context.idleFlushMs,
      cores: context.cores,
      clocks,
      durability: context.durability,
      ...(called === null ? {} : { reopenedToTarget: called.reopened, targetExtraMsP99: called.extraMsP99 }),
    });
    await writeFile(join(directory, "samples.ndjson"), samplesOf(measured.readings));
    await writeFile(join(directory, "database.json"), JSON.stringify(activity, null, 2));
    return result;
  } finally {
    await alongside?.stop().catch(() => undefined);
    await witness.stop();
    await waits.stop();
    await subscribers?.stop();
  }
}

/** After the database was quiet: what these runs leave to be vacuumed and written is what users meet as well. */
async function makeRunsBefore(
  { name, before }: Scenario,
  { system, sink, client, seed, onStage }: ScenarioContext,
  directory: string,
): Promise<void> {
  if (before === null) return;
  onStage("making the runs that are there before");
  const workflow = { kind: "built-in", name: "pure" } as const;
  const intake = await system.createIntake(workflow, `${name}-before`, sink.port);
  const load = await startLoad(
    {
      target: { host: "127.0.0.1", port: system.port, path: intake.path },
      model: { kind: "closed", senders: before.senders, durationMs: before.durationMs },
      payloads: payloadsOf(SMALL, seed),
      timeoutMs: 10_000,
      requestsMax: REQUESTS_MAX,
      ledgerPath: join(directory, "before.bin"),
    },
    () => undefined,
  );
  await load.finished;
  await waitForBacklog(client, intake.workflowId, BACKLOG_MS_MAX);
}

function neighbourText({ due, accepted, shed, failed }: NonNullable<AlongsideReport["neighbour"]>): string {
  const count = (value: number) => value.toLocaleString("en-US");
  return `Of the neighbour's ${count(due)} webhooks, ${count(accepted)} were accepted, ${count(shed)} were shed with 503, and ${count(failed)} failed.`;
}

/** Keys of an earlier run of the same scenario must not be met again. */
function keyOf({ name, deliveries: { key, repeats } }: Scenario, startedAtMs: number): Pick<LoadPlan, "key"> {
  return key === null ? {} : { key: { header: key, prefix: `${name}-${String(startedAtMs)}`, repeats } };
}

function countAccepted(ledger: Ledger): number {
  return ledger.outcome.reduce((count, outcome) => count + (isAccepted(outcome) ? 1 : 0), 0);
}

function artifactsOf(scenario: Scenario): string[] {
  const files = ["ledger.bin", "samples.ndjson", "database.json"];
  if (mayCall(scenario.workflow)) files.push("effects.tsv");
  if (scenario.subscribers > 0) files.push("views.tsv");
  return files.map((file) => `dataset/${scenario.name}/${file}`);
}

function samplesOf(readings: Awaited<ReturnType<typeof runMeasuredLoad>>["readings"]): string {
  return readings
    .map(
      ({ atUs, host, processes }) =>
        `${JSON.stringify({ atUs: Math.round(atUs), host, processes: Object.fromEntries(processes) })}\n`,
    )
    .join("");
}
