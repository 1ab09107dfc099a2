import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Client } from "pg";
import { auditRuns } from "../audit/audit.ts";
import { countUnfinished, waitForBacklog } from "../audit/backlog.ts";
import { readRunTimes } from "../audit/run-times.ts";
import { isAccepted } from "../load/ledger.ts";
import type { Ledger } from "../load/ledger.ts";
import type { Sink } from "../load/sink/sink.ts";
import type { LoadInterval } from "../load/generator/protocol.ts";
import { githubIssuesPayload } from "../load/payload.ts";
import { Subscribers } from "../load/subscriber/subscribers.ts";
import { unixUs } from "../measure/clock.ts";
import { activityBetween, readPostgresCounters } from "../measure/postgres-activity.ts";
import { WaitSampler } from "../measure/wait-sampler.ts";
import type { Calibration, Roofs, ScenarioResult } from "../result/result.ts";
import type { Scenario } from "../scenario/scenario.ts";
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
  await mkdir(directory, { recursive: true });
  const notes: string[] = [];

  onStage("preparing");
  await sink.reset(scenario.sinkDelayMs);
  const intake = await system.createIntake(scenario.workflow, scenario.name, sink.port);
  if (!(await quietDatabase(client, 10_000))) notes.push("A vacuum was still at work when the load began.");
  const subscribers =
    scenario.subscribers === 0
      ? null
      : await Subscribers.start({ meshhookUrl: system.url, apiKey: system.apiKey, count: scenario.subscribers });
  const before = await readPostgresCounters(client);
  const waits = await WaitSampler.start(system.database.url);
  let restart: { readonly killedUs: number; readonly startedUs: number } | null = null;

  try {
    onStage("measuring");
    const measured = await runMeasuredLoad({
      target: { host: "127.0.0.1", port: system.port, path: intake.path },
      payload: githubIssuesPayload(scenario.payload),
      load: scenario.load,
      fault: scenario.fault,
      ledgerPath: join(directory, "ledger.bin"),
      client,
      pids: {
        meshhook: system.pid,
        postgres: system.database.pid,
        sink: sink.pid,
        bench: process.pid,
        ...(subscribers === null ? {} : { subscribers: subscribers.pid }),
      },
      signal: context.signal,
      injectFault: async () => {
        const killedUs = unixUs();
        await system.killHard();
        await new Promise((resolve) => setTimeout(resolve, scenario.fault?.downMs ?? 0));
        restart = { killedUs, startedUs: unixUs() };
        await system.startAgain();
        return system.pid;
      },
      onInterval: context.onInterval,
    });
    onStage("waiting for the backlog");
    const atEnd = await countUnfinished(client, intake.workflowId);
    const unfinished = await waitForBacklog(client, intake.workflowId, BACKLOG_MS_MAX);
    if (unfinished > 0)
      notes.push(
        `${String(unfinished)} runs had not ended ${String(BACKLOG_MS_MAX / 1_000)} s after the last webhook.`,
      );
    else if (atEnd > 0)
      notes.push(`${String(atEnd)} runs were still under way when the last webhook was answered; all of them ended.`);
    const stream =
      subscribers === null
        ? null
        : await subscribers.finish(join(directory, "last-lines.tsv"), {
            ends: scenario.subscribers * countAccepted(measured.report.ledger),
            timeoutMs: STREAM_MS_MAX,
          });
    const sampled = await waits.stop();

    onStage("auditing");
    const effects = scenario.workflow === "pure" ? null : await sink.effects(join(directory, "effects.tsv"));
    const activity = activityBetween(before, await readPostgresCounters(client), sampled);
    const { audit, segments } = await auditRuns(client, {
      workflowId: intake.workflowId,
      ledger: measured.report.ledger,
      effects,
      mayRepeatEffects: scenario.fault !== null,
    });
    const runs = await readRunTimes(client);
    const result = evaluateScenario({
      scenario,
      startedAtMs,
      measured,
      audit,
      segments,
      runs,
      effects,
      stream,
      activity,
      restart,
      calibration: context.calibration,
      roofs: context.roofs,
      rawHttpCpuUs: context.rawHttpCpuUs,
      notes: [...notes, ...measured.notes],
      artifacts: artifactsOf(scenario),
    });
    await writeFile(join(directory, "samples.ndjson"), samplesOf(measured.readings));
    await writeFile(join(directory, "database.json"), JSON.stringify(activity, null, 2));
    return result;
  } finally {
    await waits.stop();
    await subscribers?.stop();
  }
}

function countAccepted(ledger: Ledger): number {
  return ledger.outcome.reduce((count, outcome) => count + (isAccepted(outcome) ? 1 : 0), 0);
}

function artifactsOf(scenario: Scenario): string[] {
  const files = ["ledger.bin", "samples.ndjson", "database.json"];
  if (scenario.workflow !== "pure") files.push("effects.tsv");
  if (scenario.subscribers > 0) files.push("last-lines.tsv");
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
