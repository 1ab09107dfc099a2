import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Client } from "pg";
import { waitForBacklog } from "../audit/backlog.ts";
import { connectAsBench, createBenchRole } from "../database/connect.ts";
import { startLoad } from "../load/generator/generator.ts";
import type { LoadInterval } from "../load/generator/protocol.ts";
import { githubIssuesPayload } from "../load/payload.ts";
import { Sink } from "../load/sink/sink.ts";
import type { BenchResult, Calibration, Roofs, ScenarioResult } from "../result/result.ts";
import { measureDatabaseRoofs } from "../roof/database-roofs.ts";
import { calibrateGenerator, measureRawHttpRoof } from "../roof/generator-roofs.ts";
import { selectScenarios } from "../scenario/catalogue.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { readEnvironment } from "../system/environment.ts";
import { findFreePort } from "../system/free-port.ts";
import type { SystemLauncher } from "../system/launcher.ts";
import { LaunchedSystem } from "./launched-system.ts";
import type { BenchOptions, ProgressListener } from "./options.ts";
import { plannedMs, ProgressMeter, shortened } from "./plan.ts";
import { runScenario } from "./run-scenario.ts";

/**
 * Runs a suite from an empty database to a result: starts everything it needs, measures, audits, and ends and removes what it started.
 *
 * Writes the raw samples under `outDir/dataset/`; `result.json` and the reports are written by whoever asked, from what this returns.
 * When `options.signal` aborts, the scenario under way is dropped and the rest is returned with the verdict `interrupted`.
 *
 * @throws RangeError for an unknown suite or scenario, before anything is started.
 * @throws Error when the system cannot be started or the machinery itself fails; nothing is left running then either.
 */
export async function runSuite(
  options: BenchOptions,
  launcher: SystemLauncher,
  progress: ProgressListener,
): Promise<BenchResult> {
  const scenarios = selectScenarios(options.suite, options.scenarios).map((scenario) =>
    shortened(scenario, options.durationScale),
  );
  const startedAtMs = Date.now();
  const cleanups: (() => Promise<unknown>)[] = [];
  const meter = new ProgressMeter(scenarios, options.durationScale, progress);
  const directory = join(options.outDir, "dataset");
  await mkdir(directory, { recursive: true });
  try {
    meter.stage("calibrating the generator", plannedMs.calibration(options.durationScale));
    const payload = githubIssuesPayload("github-issues-small");
    const roofOptions = { durationMs: Math.max(1_000, 2_000 * options.durationScale), payload, directory };
    const calibration = await calibrateGenerator(roofOptions);
    meter.line(
      `generator: ${Math.round(calibration.ceilingPerSecond)} requests/s at most, ${calibration.cpuUsPerRequest.toFixed(1)} µs of CPU each`,
    );

    meter.stage("starting Postgres and MeshHook", plannedMs.start);
    const database = await launcher.startDatabase();
    cleanups.push(() => database.stop());
    await createBenchRole(database.url);
    const client = await connectAsBench(database.url);
    cleanups.push(() => client.end());
    const sink = await Sink.start();
    cleanups.push(() => sink.stop());
    const system = await LaunchedSystem.start({
      launcher,
      database,
      port: await findFreePort(),
      env: { ...options.meshhookEnv, MESHHOOK_EGRESS_ALLOW: `127.0.0.1:${String(sink.port)}` },
    });
    cleanups.push(() => system.stop());
    const environment = await readEnvironment(client, options.meshhookVersion, directory);

    const measure = new SuiteRun(options, { system, sink, client, calibration, meter, directory });
    await measure.warmUp();
    const { results, roofs, deviations, isInterrupted } = await measure.run(scenarios);
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
      roofs,
      scenarios: results,
      findings: [],
      verdict: isInterrupted ? "interrupted" : results.every(({ status }) => status === "passed") ? "passed" : "failed",
      deviations: [
        ...(options.durationScale === 1
          ? []
          : [`Durations were multiplied by ${String(options.durationScale)}: the figures are not for quoting.`]),
        ...(options.scenarios.length === 0
          ? []
          : [`Only these scenarios were asked for: ${options.scenarios.join(", ")}.`]),
        ...deviations,
      ],
    };
  } finally {
    for (const cleanUp of cleanups.reverse()) await cleanUp();
  }
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
  readonly meter: ProgressMeter;
  readonly directory: string;
}

interface SuiteOutcome {
  readonly results: readonly ScenarioResult[];
  readonly roofs: Roofs;
  readonly deviations: readonly string[];
  readonly isInterrupted: boolean;
}

/** The part of a suite in which everything stands. */
class SuiteRun {
  readonly #options: BenchOptions;
  readonly #running: Running;
  #roofs: Roofs | null = null;
  #rawHttpCpuUs: number | null = null;

  constructor(options: BenchOptions, running: Running) {
    this.#options = options;
    this.#running = running;
  }

  /** Lets MeshHook's and Postgres' own warm-up happen before anything is measured: compiled code, caches, connections. */
  async warmUp(): Promise<void> {
    const { system, sink, client, meter, directory } = this.#running;
    meter.stage("warming up", plannedMs.warmUp(this.#options.durationScale));
    const durationMs = Math.max(500, 2_000 * this.#options.durationScale);
    for (const workflow of ["pure", "one-call"] as const) {
      const intake = await system.createIntake(workflow, `warm-up-${workflow}`, sink.port);
      const load = await startLoad(
        {
          target: { host: "127.0.0.1", port: system.port, path: intake.path },
          model: { kind: "closed", senders: 16, durationMs },
          payloads: [githubIssuesPayload("github-issues-small")],
          hasDeliveryId: false,
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

  async run(scenarios: readonly Scenario[]): Promise<SuiteOutcome> {
    const { meter } = this.#running;
    const isAborted = () => this.#options.signal?.aborted === true;
    const results: ScenarioResult[] = [];
    const deviations: string[] = [];
    for (const scenario of scenarios) {
      if (isAborted()) break;
      try {
        // Roofs write as much as saturation does, so they come with it, after everything that wants a quiet disk.
        if (scenario.load.kind === "saturating") await this.#measureRoofs();
        const result = await this.#runOne(scenario);
        results.push(result);
        meter.line(`${scenario.name}: ${summaryOf(result)}`);
      } catch (error) {
        if (isAborted()) {
          deviations.push(`"${scenario.name}" was interrupted and left out.`);
          break;
        }
        throw new Error(`Scenario "${scenario.name}" could not be measured.`, { cause: error });
      }
    }
    const isInterrupted = isAborted();
    const missing = scenarios.length - results.length;
    if (isInterrupted && missing > 0)
      deviations.push(`Interrupted: ${String(missing)} of ${String(scenarios.length)} scenarios have no result.`);
    if (isInterrupted && this.#roofs === null)
      deviations.push("Interrupted before the roofs were measured; they are given as 0.");
    const roofs = isInterrupted ? (this.#roofs ?? NO_ROOFS) : await this.#measureRoofs();
    return { results, roofs, deviations, isInterrupted };
  }

  async #runOne(scenario: Scenario): Promise<ScenarioResult> {
    const { meter, system, sink, client, calibration } = this.#running;
    meter.stage(scenario.name, plannedMs.scenario(scenario));
    return runScenario(scenario, {
      system,
      sink,
      client,
      calibration,
      roofs: this.#roofs ?? NO_ROOFS,
      rawHttpCpuUs: this.#rawHttpCpuUs,
      outDir: this.#options.outDir,
      signal: this.#options.signal,
      onStage: (stage) => meter.line(`${scenario.name}: ${stage}`),
      onInterval: (interval) => meter.live(liveLine(interval)),
    });
  }

  async #measureRoofs(): Promise<Roofs> {
    if (this.#roofs !== null) return this.#roofs;
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
    this.#roofs = roofs;
    return roofs;
  }
}

const NO_ROOFS: Roofs = { copyRowsPerSecond: 0, commitsPerSecond: 0, rawHttpPerSecond: 0 };

function liveLine({ acked, errors, inFlight, waiting }: LoadInterval): string {
  return `${String(acked)} acknowledged, ${String(errors)} errors, ${String(inFlight)} in flight, ${String(waiting)} waiting`;
}

function summaryOf(result: ScenarioResult): string {
  const { ack, done } = result.latency;
  const ms = (value: number | null | undefined) => (value === null || value === undefined ? "–" : value.toFixed(1));
  const rate =
    result.throughput === null ? "audit not clean" : `${Math.round(result.throughput.completedPerSecond)} runs/s`;
  const broken = result.thresholds.filter((threshold) => !threshold.holds).map(({ expression }) => expression);
  return [
    result.status,
    rate,
    `ack p50 ${ms(ack?.p50Ms)} p99 ${ms(ack?.p99Ms)} ms`,
    `done p50 ${ms(done?.p50Ms)} p99 ${ms(done?.p99Ms)} ms`,
    ...(broken.length === 0 ? [] : [`does not hold: ${broken.join(", ")}`]),
  ].join(", ");
}
