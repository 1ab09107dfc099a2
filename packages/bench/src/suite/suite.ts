import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Client } from "pg";
import { waitForBacklog } from "../audit/backlog.ts";
import { connectAsBench, createBenchRole } from "../database/connect.ts";
import { Child } from "../load/child/child.ts";
import { startLoad } from "../load/generator/generator.ts";
import type { LoadInterval } from "../load/generator/protocol.ts";
import { githubIssuesPayload, payloadsOf, SMALL } from "../load/payload.ts";
import { Sink } from "../load/sink/sink.ts";
import type {
  BenchResult,
  Calibration,
  Environment,
  LatencySummary,
  Roofs,
  ScenarioResult,
  ScenarioVerdict,
} from "../result/result.ts";
import { measureDatabaseRoofs } from "../roof/database-roofs.ts";
import { calibrateGenerator, measureRawHttpRoof } from "../roof/generator-roofs.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { readEnvironment } from "../system/environment.ts";
import { findFreePort } from "../system/free-port.ts";
import type { SystemLauncher } from "../system/launcher.ts";
import { LaunchedSystem } from "./launched-system.ts";
import type { BenchOptions, ProgressListener } from "./options.ts";
import { plannedMs, ProgressMeter, seeded, shortened } from "./plan.ts";
import { runScenario } from "./run-scenario.ts";

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
 * @throws Error when the system cannot be started or the machinery itself fails; nothing is left running then either.
 */
export async function runSuite(
  options: BenchOptions,
  launcher: SystemLauncher,
  progress: ProgressListener,
): Promise<BenchResult> {
  const scenarios = options.scenarios.map((scenario) =>
    seeded(shortened(scenario, options.durationScale), options.seed),
  );
  const startedAtMs = Date.now();
  const cleanups: (() => Promise<unknown>)[] = [];
  const state: SuiteState = { results: [], deviations: [], roofs: null, environment: null, calibration: null };
  const meter = new ProgressMeter(scenarios, options.durationScale, progress);
  const isAborted = () => options.signal?.aborted === true;
  try {
    await untilDoneOrAborted(measureAll(options, launcher, scenarios, meter, state, cleanups), options.signal);
  } finally {
    if (isAborted()) {
      await Promise.all([Child.stopAll(), launcher.endNow()]);
    }
    for (const cleanUp of cleanups.reverse()) await within(CLEANUP_MS_MAX, cleanUp());
  }
  const { results, deviations, environment, calibration } = state;
  if (environment === null || calibration === null)
    throw new BenchInterrupted("The benchmark was stopped before it measured anything, so there is no report.");
  const missing = scenarios.length - results.length;
  return {
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
    roofs: state.roofs ?? NO_ROOFS,
    scenarios: results,
    findings: [],
    verdict: isAborted() && (missing > 0 || state.roofs === null) ? "interrupted" : worstOf(results),
    deviations: [
      ...(options.durationScale === 1
        ? []
        : [`Durations were multiplied by ${String(options.durationScale)}. Do not quote the figures.`]),
      ...options.deviations,
      ...deviations,
      ...(isAborted() && missing > 0
        ? [`The benchmark was interrupted: ${String(missing)} of ${String(scenarios.length)} scenarios have no result.`]
        : []),
      ...(isAborted() && state.roofs === null
        ? ["The benchmark was interrupted before the roofs were measured; they are shown as 0."]
        : []),
    ],
  };
}

/** What is known so far; a benchmark that is stopped reports it. */
interface SuiteState {
  readonly results: ScenarioResult[];
  readonly deviations: string[];
  roofs: Roofs | null;
  environment: Environment | null;
  calibration: Calibration | null;
}

/** Ending one thing must not keep the others from being ended. */
const CLEANUP_MS_MAX = 10_000;

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  // What cannot be ended any more has ended, or its owner says so elsewhere.
  await Promise.race([work.catch(() => undefined), timeout]);
  clearTimeout(timer);
}

/** Work that is under way when the signal comes is left to fail by itself: everything it uses is ended next. */
async function untilDoneOrAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
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
  scenarios: readonly Scenario[],
  meter: ProgressMeter,
  state: SuiteState,
  cleanups: (() => Promise<unknown>)[],
): Promise<void> {
  const { signal } = options;
  const directory = join(options.outDir, "dataset");
  await mkdir(directory, { recursive: true });
  meter.stage("calibrating the load generator", plannedMs.calibration(options.durationScale));
  const payload = githubIssuesPayload("github-issues-small");
  const roofOptions = { durationMs: Math.max(1_000, 2_000 * options.durationScale), payload, directory };
  const calibration = await calibrateGenerator(roofOptions);
  state.calibration = calibration;
  meter.line(
    `load generator: ${Math.round(calibration.ceilingPerSecond)} requests/s at most, ${calibration.cpuUsPerRequest.toFixed(1)} µs of CPU each`,
  );
  signal?.throwIfAborted();

  meter.stage("starting PostgreSQL and MeshHook", plannedMs.start);
  // What is still starting when the benchmark is stopped has to be ended as well.
  const starting = launcher.startDatabase();
  cleanups.push(async () => (await starting).stop());
  const database = await starting;
  signal?.throwIfAborted();
  await createBenchRole(database.url);
  const client = await connectAsBench(database.url);
  cleanups.push(() => client.end());
  const sink = await Sink.start();
  cleanups.push(() => sink.stop());
  signal?.throwIfAborted();
  const startingSystem = LaunchedSystem.start({
    launcher,
    database,
    port: await findFreePort(),
    env: { ...options.meshhookEnv, MESHHOOK_EGRESS_ALLOW: `127.0.0.1:${String(sink.port)}` },
  });
  cleanups.push(async () => (await startingSystem).stop());
  const system = await startingSystem;
  const environment = await readEnvironment(client, options.meshhookVersion, dirname(database.dataDir));
  state.environment = environment;

  const measure = new SuiteRun(options, { system, sink, client, calibration, environment, meter, directory }, state);
  await measure.warmUp();
  await measure.run(scenarios);
}

/** The worst of the scenarios' verdicts, and `void` without any. */
function worstOf(results: readonly ScenarioResult[]): ScenarioVerdict {
  if (results.length === 0) return "void";
  for (const verdict of ["failed", "void", "inconclusive"] as const)
    if (results.some(({ status }) => status === verdict)) return verdict;
  return "passed";
}

/** As in `2026-11-24T00-10-26-quick`: sorts by time and is a good name for a folder. */
function runId(startedAtMs: number, suite: string): string {
  return `${new Date(startedAtMs).toISOString().slice(0, 19).replaceAll(":", "-")}-${suite}`;
}

interface Running {
  readonly system: LaunchedSystem;
  readonly sink: Sink;
  readonly client: Client;
  readonly calibration: Calibration;
  readonly environment: Environment;
  readonly meter: ProgressMeter;
  readonly directory: string;
}

/** The part of a suite in which everything stands. */
class SuiteRun {
  readonly #options: BenchOptions;
  readonly #running: Running;
  readonly #state: SuiteState;
  readonly #canary = { bestMs: Infinity };
  #rawHttpCpuUs: number | null = null;

  constructor(options: BenchOptions, running: Running, state: SuiteState) {
    this.#options = options;
    this.#running = running;
    this.#state = state;
  }

  /** Lets MeshHook's and Postgres' own warm-up happen before anything is measured: compiled code, caches, connections. */
  async warmUp(): Promise<void> {
    const { system, sink, client, meter, directory } = this.#running;
    meter.stage("warming up", plannedMs.warmUp(this.#options.durationScale));
    const durationMs = Math.max(500, 2_000 * this.#options.durationScale);
    for (const name of ["pure", "one-call"] as const) {
      const intake = await system.createIntake({ kind: "built-in", name }, `warm-up-${name}`, sink.port);
      const load = await startLoad(
        {
          target: { host: "127.0.0.1", port: system.port, path: intake.path },
          model: { kind: "closed", senders: 16, durationMs },
          payloads: payloadsOf(SMALL, this.#options.seed),
          timeoutMs: 5_000,
          requestsMax: 100_000,
          ledgerPath: join(directory, "warm-up.ledger"),
        },
        () => undefined,
      );
      await load.finished;
      await waitForBacklog(client, intake.workflowId, 10_000);
    }
  }

  async run(scenarios: readonly Scenario[]): Promise<void> {
    const { meter } = this.#running;
    const { signal } = this.#options;
    for (const scenario of scenarios) {
      signal?.throwIfAborted();
      try {
        // Roofs write as much as saturation does, so they come with it, after everything that wants a quiet disk.
        if (scenario.load.kind === "saturating") await this.#measureRoofs();
        const result = await this.#runOne(scenario);
        this.#state.results.push(result);
        meter.line(`${scenario.name}: ${summaryOf(result)}`);
      } catch (error) {
        if (signal?.aborted === true) {
          this.#state.deviations.push(`Scenario "${scenario.name}" was interrupted and left out.`);
          return;
        }
        throw new Error(`Scenario "${scenario.name}" could not be measured.`, { cause: error });
      }
    }
    await this.#measureRoofs();
  }

  async #runOne(scenario: Scenario): Promise<ScenarioResult> {
    const { meter, system, sink, client, calibration, environment } = this.#running;
    meter.stage(scenario.name, plannedMs.scenario(scenario));
    return runScenario(scenario, {
      system,
      sink,
      client,
      calibration,
      roofs: this.#state.roofs ?? NO_ROOFS,
      rawHttpCpuUs: this.#rawHttpCpuUs,
      seed: this.#options.seed,
      cores: environment.host.cores,
      idleFlushMs: environment.fdatasyncUsP50 === null ? null : environment.fdatasyncUsP50 / 1_000,
      durability: { fsync: environment.fsync, synchronousCommit: environment.synchronousCommit },
      canary: this.#canary,
      outDir: this.#options.outDir,
      signal: this.#options.signal,
      onStage: (stage) => meter.line(`${scenario.name}: ${stage}`),
      onInterval: (interval) => meter.live(liveLine(interval)),
    });
  }

  async #measureRoofs(): Promise<Roofs> {
    if (this.#state.roofs !== null) return this.#state.roofs;
    const { meter, system, directory } = this.#running;
    const scale = this.#options.durationScale;
    meter.stage("measuring this machine's roofs", plannedMs.roofs(scale));
    const payload = githubIssuesPayload("github-issues-small");
    const durationMs = Math.max(500, 2_000 * scale);
    const database = await measureDatabaseRoofs(system.database.url, durationMs, payload.body);
    const rawHttp = await measureRawHttpRoof({
      durationMs: Math.max(1_000, 3_000 * scale),
      payload,
      directory,
    });
    const roofs = { ...database, rawHttpPerSecond: rawHttp.perSecond };
    meter.line(
      `roofs: ${Math.round(roofs.copyRowsPerSecond)} rows/s by COPY, ${Math.round(roofs.commitsPerSecond)} commits/s, ${Math.round(rawHttp.perSecond)} raw HTTP requests/s (${rawHttp.serverCpuUsPerRequest.toFixed(0)} µs of CPU each)`,
    );
    this.#rawHttpCpuUs = rawHttp.serverCpuUsPerRequest;
    this.#state.roofs = roofs;
    return roofs;
  }
}

const NO_ROOFS: Roofs = { copyRowsPerSecond: 0, commitsPerSecond: 0, rawHttpPerSecond: 0 };

function liveLine({ acked, errors, inFlight, waiting }: LoadInterval): string {
  return `${String(acked)} acknowledged, ${String(errors)} errors, ${String(inFlight)} in flight, ${String(waiting)} waiting`;
}

function summaryOf(result: ScenarioResult): string {
  const { ack, done } = result.latency;
  const ms = (latency: LatencySummary | undefined, percentile: "p50Ms" | "p99Ms") => {
    const value = latency?.[percentile] ?? null;
    return value === null ? ((latency?.failed ?? 0) > 0 ? "no answer" : "–") : value.toFixed(1);
  };
  const rate =
    result.throughput === null ? "audit not clean" : `${Math.round(result.throughput.completedPerSecond)} runs/s`;
  const broken = result.thresholds.filter((threshold) => !threshold.holds).map(({ expression }) => expression);
  const { failed, due } = result.answers;
  return [
    result.status,
    rate,
    `ack p50 ${ms(ack, "p50Ms")} p99 ${ms(ack, "p99Ms")} ms`,
    `done p50 ${ms(done, "p50Ms")} p99 ${ms(done, "p99Ms")} ms`,
    ...(failed === 0 ? [] : [`${String(failed)} of ${String(due)} requests not accepted`]),
    ...(broken.length === 0 ? [] : [`missed: ${broken.join(", ")}`]),
  ].join(", ");
}
