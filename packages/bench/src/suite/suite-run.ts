import { join } from "node:path";
import { waitForBacklog } from "../audit/backlog.ts";
import type { BenchConnection } from "../database/bench-connection.ts";
import { FaultRefused } from "../fault/system.ts";
import { startLoad } from "../load/generator/generator.ts";
import type { LoadInterval } from "../load/generator/protocol.ts";
import { githubIssuesPayload, payloadsOf, SMALL } from "../load/payload.ts";
import type { Sink } from "../load/sink/sink.ts";
import type { Calibration, CanaryReading, Environment, Roofs, ScenarioResult } from "../result/result.ts";
import { measureDatabaseRoofs } from "../roof/database-roofs.ts";
import { measureRawHttpRoof } from "../roof/generator-roofs.ts";
import { turnsOf } from "./blocks.ts";
import type { PlannedScenario, Repetition } from "./blocks.ts";
import type { Canary } from "./canary.ts";
import { figuresOf } from "./figures.ts";
import { judgeScenario } from "./judge.ts";
import type { LaunchedSystem } from "./launched-system.ts";
import { Nudge } from "./nudge.ts";
import type { BenchOptions } from "./options.ts";
import { plannedMs } from "./plan.ts";
import type { ProgressMeter } from "./plan.ts";
import { runBlock } from "./run-block.ts";
import type { BlockEvidence } from "./run-block.ts";

/** Everything that stands while a suite runs. */
export interface Running {
  readonly system: LaunchedSystem;
  readonly sink: Sink;
  readonly connection: BenchConnection;
  readonly canary: Canary;
  readonly calibration: Calibration;
  readonly environment: Environment;
  readonly meter: ProgressMeter;
  readonly directory: string;
  readonly probePath: string;
}

/** The roofs of one round. */
interface RoundRoofs {
  readonly round: number;
  readonly roofs: Roofs;
  readonly rawHttpCpuUs: number;
}

interface MeasuredBlock {
  readonly round: number;
  readonly evidence: BlockEvidence;
}

/** The part of a suite in which everything stands: rounds of blocks, then blocks that are repeated. What was measured can be read at any time. */
export class SuiteRun {
  readonly deviations: string[] = [];
  readonly #options: BenchOptions;
  readonly #running: Running;
  readonly #blocks = new Map<PlannedScenario, MeasuredBlock[]>();
  readonly #roofs: RoundRoofs[] = [];
  readonly #forgotten = { rows: 0 };
  /** Scenarios whose faults cannot be done here. */
  readonly #refused = new Set<PlannedScenario>();
  #nudge: Nudge | null = null;
  #canaryBest: CanaryReading | null = null;
  #canaryNow: CanaryReading | null = null;

  constructor(options: BenchOptions, running: Running) {
    this.#options = options;
    this.#running = running;
  }

  /** The best that the canary saw of this machine; null before its first reading. */
  get canaryBest(): CanaryReading | null {
    return this.#canaryBest;
  }

  /** The usual of several rounds; null before the first. */
  get roofs(): Roofs | null {
    if (this.#roofs.length === 0) return null;
    const of = (name: keyof Roofs) => middle(this.#roofs.map(({ roofs }) => roofs[name]));
    return {
      copyRowsPerSecond: of("copyRowsPerSecond"),
      commitsPerSecond: of("commitsPerSecond"),
      rawHttpPerSecond: of("rawHttpPerSecond"),
    };
  }

  /** Lets MeshHook's and Postgres' own warm-up happen before anything is measured: compiled code, caches, connections. */
  async warmUp(): Promise<void> {
    const { system, sink, connection, meter, directory } = this.#running;
    meter.stage("warming up", plannedMs.warmUp(this.#options.durationScale));
    const durationMs = Math.max(500, 2_000 * this.#options.durationScale);
    for (const name of ["pure", "one-call"] as const) {
      const intake = await system.createIntake({ kind: "built-in", name }, `warm-up-${name}`, sink.port);
      if (name === "pure") this.#nudge = Nudge.on(system, intake.path, githubIssuesPayload("github-issues-small"));
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
      await waitForBacklog(await connection.alive(), intake.workflowId, 10_000);
    }
    await this.#nudge?.send(performance.now());
  }

  /** Runs every round, and then again what did not pass, one block at a time. */
  async run(planned: readonly PlannedScenario[], { extraMax }: Repetition): Promise<void> {
    // Of a comparison, the other side ran since the last reading.
    this.#canaryNow = null;
    for (const turn of turnsOf(planned, this.#options.seed)) {
      if (turn.kind === "roofs") await this.#measureRoofs(turn.round);
      else await this.#runBlock(turn.planned, turn.round);
    }
    const rounds = Math.max(0, ...planned.map(({ blocks }) => blocks));
    for (let extra = 0; extra < extraMax; extra += 1) {
      for (const each of planned) {
        if (!this.#mayChange(each)) continue;
        this.#running.meter.line(`${each.scenario.name}: did not pass; one more block`);
        if (each.scenario.load.kind === "saturating") await this.#measureRoofs(rounds + extra);
        await this.#runBlock(each, rounds + extra);
      }
    }
    // A suite without saturation has roofs as well: limits are judged by them.
    if (this.#roofs.length === 0) await this.#measureRoofs(0);
  }

  /** Of every scenario that has a block. */
  results(planned: readonly PlannedScenario[]): ScenarioResult[] {
    return planned.flatMap((each) => this.#judge(each) ?? []);
  }

  #judge(planned: PlannedScenario): ScenarioResult | null {
    const blocks = this.#blocks.get(planned) ?? [];
    if (blocks.length === 0) return null;
    const rawHttpCpuUs = this.#roofs.length === 0 ? null : Math.min(...this.#roofs.map((roofs) => roofs.rawHttpCpuUs));
    return judgeScenario(
      blocks.map(({ evidence, round }) => ({ ...evidence, roofs: this.#roofsNear(round), rawHttpCpuUs })),
      { seed: this.#options.seed, canaryBest: this.#canaryBest },
    );
  }

  #roofsNear(round: number): Roofs {
    const near = this.#roofs.toSorted((a, b) => Math.abs(a.round - round) - Math.abs(b.round - round))[0];
    return near?.roofs ?? NO_ROOFS;
  }

  /** Whether one more block could change the verdict. Lost work stays lost, and a machine that was never quiet will not be now. */
  #mayChange(planned: PlannedScenario): boolean {
    const result = this.#judge(planned);
    if (result === null || !result.audit.isClean) return false;
    const quiet = (result.blocks ?? []).filter(({ disturbances, isBacked }) => disturbances.length === 0 && isBacked);
    return result.status === "failed" || (result.status === "inconclusive" && quiet.length > 0);
  }

  async #runBlock(planned: PlannedScenario, round: number): Promise<void> {
    const { meter, system, sink, connection, calibration, environment, probePath } = this.#running;
    const { signal } = this.#options;
    const { name } = planned.scenario;
    if (this.#refused.has(planned)) return;
    const blocks = this.#blocks.get(planned) ?? [];
    this.#blocks.set(planned, blocks);
    const number = String(blocks.length + 1);
    const label = `${name}, block ${number}`;
    signal?.throwIfAborted();
    meter.stage(label, plannedMs.scenario(planned.block));
    try {
      const evidence = await runBlock(planned.block, {
        system,
        sink,
        connection,
        forgotten: this.#forgotten,
        calibration,
        nudge: this.#needNudge(),
        seed: this.#options.seed,
        cores: environment.host.cores,
        idleFlushMs: environment.fdatasyncUsP50 === null ? null : environment.fdatasyncUsP50 / 1_000,
        durability: { fsync: environment.fsync, synchronousCommit: environment.synchronousCommit },
        canary: this.#canaryNow ?? (await this.#readCanary()),
        readCanary: () => this.#readCanary(),
        probePath,
        outDir: this.#options.outDir,
        name: `${name}-${number}`,
        folder: `dataset/${name}/block-${number}`,
        signal,
        onStage: (stage) => meter.line(`${label}: ${stage}`),
        onInterval: (interval) => meter.live(liveLine(interval)),
      });
      blocks.push({ round, evidence });
      meter.line(`${label}: ${blockLine({ ...evidence, roofs: this.#roofsNear(round), rawHttpCpuUs: null })}`);
    } catch (error) {
      if (signal?.aborted === true) {
        this.deviations.push(`A block of scenario "${name}" was interrupted and left out.`);
        throw error;
      }
      if (error instanceof FaultRefused) {
        this.#refused.add(planned);
        this.deviations.push(`Scenario "${name}" was left out. ${error.message}`);
        return;
      }
      throw new Error(`Scenario "${name}" could not be measured.`, { cause: error });
    }
  }

  #needNudge(): Nudge {
    if (this.#nudge === null) throw new Error("Blocks run after the warm-up.");
    return this.#nudge;
  }

  async #readCanary(): Promise<CanaryReading> {
    const reading = await this.#running.canary.read();
    const best = this.#canaryBest ?? reading;
    this.#canaryBest = {
      cpuMs: Math.min(best.cpuMs, reading.cpuMs),
      flushMs: Math.min(best.flushMs, reading.flushMs),
      roundTripMs: Math.min(best.roundTripMs, reading.roundTripMs),
    };
    this.#canaryNow = reading;
    return reading;
  }

  async #measureRoofs(round: number): Promise<void> {
    const { meter, system, directory } = this.#running;
    this.#options.signal?.throwIfAborted();
    const scale = this.#options.durationScale;
    meter.stage("measuring this machine's roofs", plannedMs.roofs(scale));
    const payload = githubIssuesPayload("github-issues-small");
    const durationMs = Math.max(300, ROOF_MS * scale);
    const database = await measureDatabaseRoofs(system.database.url, durationMs, payload.body);
    const rawHttp = await measureRawHttpRoof({ durationMs: Math.max(500, ROOF_MS * scale), payload, directory });
    const roofs = { ...database, rawHttpPerSecond: rawHttp.perSecond };
    meter.line(
      `roofs: ${String(Math.round(roofs.copyRowsPerSecond))} rows/s by COPY, ${String(Math.round(roofs.commitsPerSecond))} commits/s, ${String(Math.round(rawHttp.perSecond))} raw HTTP requests/s (${rawHttp.serverCpuUsPerRequest.toFixed(0)} µs of CPU each)`,
    );
    this.#roofs.push({ round, roofs, rawHttpCpuUs: rawHttp.serverCpuUsPerRequest });
    // Something else ran since the last reading.
    this.#canaryNow = null;
  }
}

/** Each of three roofs, in each round. */
const ROOF_MS = 1_000;

export const NO_ROOFS: Roofs = { copyRowsPerSecond: 0, commitsPerSecond: 0, rawHttpPerSecond: 0 };

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function liveLine({ acked, errors, inFlight, waiting }: LoadInterval): string {
  return `${String(acked)} acknowledged, ${String(errors)} errors, ${String(inFlight)} in flight, ${String(waiting)} waiting`;
}

function blockLine(evidence: Parameters<typeof figuresOf>[0]): string {
  const { latencies, throughput, answers } = figuresOf(evidence);
  const ms = (name: string) => latencies[name]?.percentileMs(50)?.toFixed(1) ?? "no answer";
  return [
    throughput === null ? "audit not clean" : `${String(Math.round(throughput.completedPerSecond))} runs/s`,
    `ack p50 ${ms("ack")} ms`,
    `done p50 ${ms("done")} ms`,
    ...(answers.failed === 0 ? [] : [`${String(answers.failed)} of ${String(answers.due)} requests not accepted`]),
  ].join(", ");
}
