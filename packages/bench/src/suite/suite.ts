import { mkdir, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { BenchConnection } from "../database/bench-connection.ts";
import { createBenchRole } from "../database/connect.ts";
import { Child } from "../load/child/child.ts";
import { githubIssuesPayload } from "../load/payload.ts";
import { Sink } from "../load/sink/sink.ts";
import { probeOptions } from "../measure/probe/meshhook-probe.ts";
import type { BenchResult, Calibration, Environment, ScenarioResult, ScenarioVerdict } from "../result/result.ts";
import { calibrateGenerator } from "../roof/generator-roofs.ts";
import { readEnvironment } from "../system/environment.ts";
import { findFreePort } from "../system/free-port.ts";
import type { SystemLauncher } from "../system/launcher.ts";
import { planBlocks, repetitionOf } from "./blocks.ts";
import { BenchBroken, reasonsOf } from "./broken.ts";
import type { PlannedScenario, Repetition } from "./blocks.ts";
import { Canary } from "./canary.ts";
import { LaunchedSystem } from "./launched-system.ts";
import type { BenchOptions, ProgressListener } from "./options.ts";
import { calibrationMs, plannedMs, ProgressMeter, seeded, shortened } from "./plan.ts";
import { NO_ROOFS } from "./roofs.ts";
import { SuiteRun } from "./suite-run.ts";

/** The benchmark was stopped before there was anything to report. */
export class BenchInterrupted extends Error {
  override readonly name = "BenchInterrupted";
}

/**
 * Runs a suite from an empty database to a result: starts everything it needs, measures, audits, and ends and removes what it started.
 *
 * Writes the raw samples under `outDir/dataset/`; `result.json` and the reports are written by the caller, from what this returns.
 * When `options.signal` aborts, whatever is under way is dropped within seconds, what was started is ended and removed, and what was
 * measured before is returned with the verdict `interrupted`.
 *
 * @throws BenchInterrupted when it was stopped before the first measurement.
 * @throws BenchBroken when the machinery itself fails after the first measurement; it has the result of what was measured before.
 * @throws Error when the system cannot be started or the machinery fails before that. Nothing is ever left running.
 */
export async function runSuite(
  options: BenchOptions,
  launcher: SystemLauncher,
  progress: ProgressListener,
): Promise<BenchResult> {
  const repetition = repetitionOf(options.suite, options.blocks ?? null);
  const planned = options.scenarios.map((scenario) =>
    planBlocks(seeded(shortened(scenario, options.durationScale), options.seed), repetition),
  );
  const startedAtMs = Date.now();
  const cleanups: (() => Promise<unknown>)[] = [];
  const state: SuiteState = { environment: null, calibration: null, run: null };
  const meter = new ProgressMeter(
    planned.flatMap(({ block, blocks }) => Array.from({ length: blocks }, () => block)),
    options.durationScale,
    progress,
  );
  const isAborted = () => options.signal?.aborted === true;
  let failure: { readonly error: unknown } | null = null;
  try {
    await untilDoneOrAborted(
      measureAll(options, launcher, { planned, repetition }, meter, state, cleanups),
      options.signal,
    );
  } catch (error) {
    failure = { error };
  } finally {
    if (isAborted()) {
      await Promise.all([Child.stopAll(), launcher.endNow()]);
    }
    for (const cleanUp of cleanups.reverse()) await within(CLEANUP_MS_MAX, cleanUp());
  }
  const { environment, calibration, run } = state;
  const results = run?.results(planned) ?? [];
  if (failure !== null && results.length === 0) throw failure.error;
  if (environment === null || calibration === null)
    throw new BenchInterrupted("The benchmark was stopped before it measured anything, so there is no report.");
  const missing = planned.length - results.length;
  const blocks = results.reduce((sum, result) => sum + (result.blocks?.length ?? 0), 0);
  const isEnded = isAborted() || failure !== null;
  const isCutShort = isEnded && blocks < planned.reduce((sum, each) => sum + each.blocks, 0);
  const roofs = run?.roofs.usual ?? null;
  const how = failure === null ? "was interrupted" : "broke off";
  const result: BenchResult = {
    schemaVersion: 1,
    id: runId(startedAtMs, options.suite),
    suite: options.suite,
    startedAtMs,
    finishedAtMs: Date.now(),
    command: options.command,
    commit: options.commit,
    seed: options.seed,
    environment,
    calibration,
    roofs: roofs ?? NO_ROOFS,
    canaryBest: run?.canaryBest ?? null,
    scenarios: results,
    findings: [],
    verdict: isCutShort || failure !== null || (isAborted() && roofs === null) ? "interrupted" : worstOf(results),
    deviations: [
      ...(options.durationScale === 1
        ? []
        : [`Durations were multiplied by ${String(options.durationScale)}. Do not quote the figures.`]),
      ...options.deviations,
      ...(run?.deviations ?? []),
      ...(failure === null ? [] : [`The benchmark broke off. ${reasonsOf(failure.error)}`]),
      ...(isEnded && missing > 0
        ? [`The benchmark ${how}: ${String(missing)} of ${String(planned.length)} scenarios have no result.`]
        : []),
      ...(isCutShort && missing < planned.length
        ? [`The benchmark ${how}, so some scenarios have fewer blocks than planned.`]
        : []),
      ...(isEnded && roofs === null
        ? [`The benchmark ${how} before the roofs were measured; they are shown as 0.`]
        : []),
    ],
  };
  if (failure !== null) throw new BenchBroken(failure.error, result);
  return result;
}

/** What is known so far; a benchmark that is stopped reports it. */
interface SuiteState {
  environment: Environment | null;
  calibration: Calibration | null;
  run: SuiteRun | null;
}

/** Ending one thing must not keep the others from being ended. */
export const CLEANUP_MS_MAX = 10_000;

export async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  // What cannot be ended any more has ended, or its owner says so elsewhere.
  await Promise.race([work.catch(() => undefined), timeout]);
  clearTimeout(timer);
}

/** Work that is under way when the signal comes is left to fail by itself: everything it uses is ended next. */
export async function untilDoneOrAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return work;
  const aborted = new Promise<"aborted">((resolve) => {
    if (signal.aborted) resolve("aborted");
    else signal.addEventListener("abort", () => resolve("aborted"), { once: true });
  });
  const outcome = await Promise.race([work, aborted]).catch((error: unknown) => {
    if (signal.aborted) return "aborted" as const;
    throw error;
  });
  if (outcome === "aborted") work.catch(() => undefined);
}

async function measureAll(
  options: BenchOptions,
  launcher: SystemLauncher,
  { planned, repetition }: { readonly planned: readonly PlannedScenario[]; readonly repetition: Repetition },
  meter: ProgressMeter,
  state: SuiteState,
  cleanups: (() => Promise<unknown>)[],
): Promise<void> {
  const { signal } = options;
  const directory = join(options.outDir, "dataset");
  await mkdir(directory, { recursive: true });
  await rm(probePathOf(options), { force: true });
  meter.stage("calibrating the load generator", plannedMs.calibration(options.durationScale));
  const payload = githubIssuesPayload("github-issues-small");
  const roofOptions = { durationMs: calibrationMs(options.durationScale), payload, directory };
  const calibration = await calibrateGenerator(roofOptions);
  state.calibration = calibration;
  meter.line(
    `load generator: ${Math.round(calibration.ceilingPerSecond)} requests/s at most, ${calibration.cpuUsPerRequest.toFixed(1)} µs of CPU each${calibration.atHalf === undefined ? "" : `; at half of that, ${calibration.atHalf.latenessMsP99.toFixed(1)} ms late (p99)`}`,
  );
  signal?.throwIfAborted();

  meter.stage("starting PostgreSQL and MeshHook", plannedMs.start);
  // What is still starting when the benchmark is stopped has to be ended as well.
  const starting = launcher.startDatabase();
  cleanups.push(async () => (await starting).stop());
  const database = await starting;
  signal?.throwIfAborted();
  await createBenchRole(database.url);
  const connection = await BenchConnection.open(database.url);
  cleanups.push(() => connection.close());
  const sink = await Sink.start();
  cleanups.push(() => sink.stop());
  signal?.throwIfAborted();
  const startingSystem = LaunchedSystem.start({
    launcher,
    database,
    port: await findFreePort(),
    env: {
      ...options.meshhookEnv,
      // The target of calls, and the proxies that stand before it.
      MESHHOOK_EGRESS_ALLOW: "127.0.0.0/8",
      NODE_OPTIONS: probeOptions(probePathOf(options), options.meshhookEnv["NODE_OPTIONS"]),
    },
  });
  cleanups.push(async () => (await startingSystem).stop());
  const system = await startingSystem;
  const environment = await readEnvironment(
    await connection.alive(),
    options.meshhookVersion,
    dirname(database.dataDir),
  );
  state.environment = environment;

  for (const { scenario } of planned)
    // What an earlier benchmark left in the same place is not of this run.
    await rm(join(directory, scenario.name), { recursive: true, force: true });
  const startingCanary = Canary.start(join(dirname(database.dataDir), "bench-canary"));
  cleanups.push(async () => (await startingCanary).stop());
  const canary = await startingCanary;
  const probePath = probePathOf(options);
  const run = new SuiteRun(options, {
    system,
    sink,
    connection,
    canary,
    calibration,
    environment,
    meter,
    directory,
    probePath,
  });
  state.run = run;
  await run.warmUp();
  await run.run(planned, repetition);
}

/** The worst of the scenarios' verdicts, and `void` without any. */
export function worstOf(results: readonly ScenarioResult[]): ScenarioVerdict {
  if (results.length === 0) return "void";
  for (const verdict of ["failed", "void", "inconclusive"] as const)
    if (results.some(({ status }) => status === verdict)) return verdict;
  return "passed";
}

/** As in `2026-11-24T00-10-26-quick`: sorts by time and is a good name for a folder. */
export function runId(startedAtMs: number, suite: string): string {
  return `${new Date(startedAtMs).toISOString().slice(0, 19).replaceAll(":", "-")}-${suite}`;
}

function probePathOf({ outDir }: BenchOptions): string {
  return resolve(outDir, "dataset", "meshhook-probe.ndjson");
}
