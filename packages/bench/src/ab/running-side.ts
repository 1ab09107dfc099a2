import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { createBenchRole } from "../database/connect.ts";
import { BenchConnection } from "../database/bench-connection.ts";
import type { Sink } from "../load/sink/sink.ts";
import { probeOptions } from "../measure/probe/meshhook-probe.ts";
import type { BenchResult, Calibration, Environment, ScenarioResult } from "../result/result.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { Canary } from "../suite/canary.ts";
import { digestOf } from "../suite/digest.ts";
import { LaunchedSystem } from "../suite/launched-system.ts";
import type { ProgressMeter } from "../suite/plan.ts";
import { quietDatabase } from "../suite/quiet.ts";
import { NO_ROOFS } from "../suite/roofs.ts";
import { SuiteRun } from "../suite/suite-run.ts";
import { readEnvironment } from "../system/environment.ts";
import { findFreePort } from "../system/free-port.ts";
import type { LaunchedDatabase, SystemLauncher } from "../system/launcher.ts";
import type { AbConfiguration, AbSide } from "./configuration.ts";

export interface SideOptions {
  readonly side: AbSide;
  readonly configuration: AbConfiguration;
  readonly launcher: SystemLauncher;
  /** Everything of this side goes below it. */
  readonly outDir: string;
  readonly seed: number;
  readonly durationScale: number;
  readonly command: string;
  readonly signal: AbortSignal | undefined;
  /** Takes what has to be ended, in the order it was started. */
  readonly onStarting: (end: () => Promise<unknown>) => void;
}

/** What both sides share. */
export interface SharedParts {
  readonly sink: Sink;
  readonly canary: Canary;
  readonly calibration: Calibration;
  readonly meter: ProgressMeter;
}

/** A database and a MeshHook of one side, ready for {@link RunningSide}. */
export interface StartedSide {
  readonly database: LaunchedDatabase;
  readonly system: LaunchedSystem;
  readonly connection: BenchConnection;
  readonly environment: Environment;
}

/** Starts the database and MeshHook of a side. */
export async function startSide(options: SideOptions): Promise<StartedSide> {
  const { configuration, launcher, onStarting } = options;
  const { meshhookEnv, postgresSettings, checkout } = configuration;
  await mkdir(join(options.outDir, "dataset"), { recursive: true });
  await rm(probePathOf(options), { force: true });
  // What is still starting when the comparison is stopped has to be ended as well.
  const starting = launcher.startDatabase(postgresSettings);
  onStarting(async () => (await starting).stop());
  const database = await starting;
  await createBenchRole(database.url);
  const connection = await BenchConnection.open(database.url);
  onStarting(() => connection.close());
  const startingSystem = LaunchedSystem.start({
    launcher: {
      ...launcher,
      startMeshHook: (start) => launcher.startMeshHook(checkout === null ? start : { ...start, checkout }),
    },
    database,
    port: await findFreePort(),
    env: {
      ...meshhookEnv,
      MESHHOOK_EGRESS_ALLOW: "127.0.0.0/8",
      NODE_OPTIONS: probeOptions(probePathOf(options), meshhookEnv["NODE_OPTIONS"]),
    },
  });
  onStarting(async () => (await startingSystem).stop());
  const system = await startingSystem;
  const environment = await readEnvironment(
    await connection.alive(),
    configuration.meshhookVersion,
    dirname(database.dataDir),
  );
  return { database, system, connection, environment };
}

/** One side of a comparison while it runs: it measures a block when it is its turn and is left alone in between. */
export class RunningSide {
  readonly results: BenchResult[] = [];
  readonly #options: SideOptions;
  readonly #started: StartedSide;
  readonly #shared: SharedParts;
  readonly #run: SuiteRun;

  constructor(options: SideOptions, started: StartedSide, shared: SharedParts) {
    this.#options = options;
    this.#started = started;
    this.#shared = shared;
    const { seed, durationScale, outDir, command, signal, configuration } = options;
    this.#run = new SuiteRun(
      {
        suite: SUITE,
        scenarios: [],
        deviations: [],
        seed,
        durationScale,
        outDir,
        command,
        meshhookVersion: configuration.meshhookVersion,
        commit: configuration.commit,
        meshhookEnv: configuration.meshhookEnv,
        ...(signal === undefined ? {} : { signal }),
      },
      {
        system: started.system,
        connection: started.connection,
        environment: started.environment,
        ...shared,
        directory: join(outDir, "dataset"),
        probePath: probePathOf(options),
      },
    );
  }

  warmUp(): Promise<void> {
    return this.#run.warmUp();
  }

  /**
   * Measures one block, writes its `result.json`, and brings the database to rest, so that what the block leaves to be vacuumed and
   * written does not fall into the other side's next block.
   */
  async measure(block: Scenario): Promise<void> {
    const number = String(this.results.length + 1).padStart(2, "0");
    const startedAtMs = Date.now();
    // A name of its own: the audit accounts for every run of its workflow.
    const planned = { scenario: { ...block, name: `${block.name}-${number}` }, block, blocks: 1 };
    await this.#run.run([planned], { blocks: 1, share: 1, extraMax: 0, untilTight: null });
    const [scenario] = this.#run.results([planned]);
    if (scenario === undefined)
      throw new Error(
        `Scenario "${block.name}" could not be measured on side ${this.#options.side.toUpperCase()}. ${this.#run.deviations.join(" ")}`,
      );
    // Every block asks the same, whatever it is called.
    const result = this.#resultOf({ ...scenario, digest: digestOf(block) }, number, startedAtMs);
    const folder = join(this.#options.outDir, number);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "result.json"), `${JSON.stringify(result, null, 2)}\n`);
    this.results.push(result);
    await quietDatabase(await this.#started.connection.alive(), QUIET_MS_MAX);
  }

  #resultOf(scenario: ScenarioResult, number: string, startedAtMs: number): BenchResult {
    const { command, seed, configuration, side } = this.#options;
    return {
      schemaVersion: 1,
      id: `${new Date(startedAtMs).toISOString().slice(0, 19).replaceAll(":", "-")}-${SUITE}-${side}-${number}`,
      suite: SUITE,
      startedAtMs,
      finishedAtMs: Date.now(),
      command,
      commit: configuration.commit,
      seed,
      environment: this.#started.environment,
      calibration: this.#shared.calibration,
      roofs: this.#run.roofs.usual ?? NO_ROOFS,
      canaryBest: this.#run.canaryBest,
      scenarios: [{ ...scenario, artifacts: scenario.artifacts.map((artifact) => `../${artifact}`) }],
      findings: [],
      verdict: scenario.status,
      deviations: [`One block of a comparison: side ${side.toUpperCase()}, ${configuration.description}.`],
    };
  }
}

const SUITE = "ab";

/** What is not vacuumed by then is vacuumed in the next block, as it would be for users. */
const QUIET_MS_MAX = 10_000;

function probePathOf({ outDir }: SideOptions): string {
  return resolve(outDir, "dataset", "meshhook-probe.ndjson");
}
