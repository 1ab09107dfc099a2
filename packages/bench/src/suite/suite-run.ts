import type { BenchConnection } from "../database/bench-connection.ts";
import { FaultRefused } from "../fault/system.ts";
import type { LoadInterval } from "../load/generator/protocol.ts";
import type { Sink } from "../load/sink/sink.ts";
import type { Calibration, CanaryReading, Environment, RateProbe, ScenarioResult } from "../result/result.ts";
import { hasSeveralLoads } from "../scenario/load.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { seededRandom } from "../stats/index.ts";
import type { ProbePhase } from "../stats/index.ts";
import { repetitionOf, ruleOf, shuffled, turnsOf } from "./blocks.ts";
import type { PlannedScenario, Repetition } from "./blocks.ts";
import type { Canary } from "./canary.ts";
import { digestOf } from "./digest.ts";
import { figuresOf } from "./figures.ts";
import { judgeScenario } from "./judge.ts";
import type { JudgeOptions } from "./judge.ts";
import type { LaunchedSystem } from "./launched-system.ts";
import type { Nudge } from "./nudge.ts";
import type { BenchOptions } from "./options.ts";
import { plannedMs } from "./plan.ts";
import type { ProgressMeter } from "./plan.ts";
import { atProbe, isSearched, judgeSearch, nextRate, probeOf } from "./rate-search.ts";
import type { SearchedLoad } from "./rate-search.ts";
import { describeRepetition, mayPass, planMore } from "./repetition.ts";
import type { Budget } from "./repetition.ts";
import { RoofRounds } from "./roofs.ts";
import { runBlock } from "./run-block.ts";
import type { BlockEvidence } from "./run-block.ts";
import { warmSystem } from "./warm-system.ts";
import { isSwept, judgeSweep, withNumber } from "./sweep.ts";
import type { SweptLoad } from "./sweep.ts";

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

interface MeasuredBlock {
  readonly round: number;
  readonly evidence: BlockEvidence;
  /** Of a search. */
  readonly probe: RateProbe | null;
}

/** The part of a suite in which everything stands: rounds of blocks, then blocks that are repeated. What was measured can be read at any time. */
export class SuiteRun {
  readonly deviations: string[] = [];
  readonly #options: BenchOptions;
  readonly #running: Running;
  readonly #blocks = new Map<PlannedScenario, MeasuredBlock[]>();
  readonly roofs = new RoofRounds();
  readonly #forgotten = { rows: 0 };
  /** Scenarios whose faults cannot be done here. */
  readonly #refused = new Set<PlannedScenario>();
  #repetition: Repetition = repetitionOf("quick", null);
  #startedMs = 0;
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

  async warmUp(): Promise<void> {
    this.#running.meter.stage("warming up", plannedMs.warmUp(this.#options.durationScale));
    this.#nudge = await warmSystem(this.#running, {
      durationMs: Math.max(500, 2_000 * this.#options.durationScale),
      seed: this.#options.seed,
    });
  }

  /** Runs every round, and then again what did not pass or is not known well enough, one block at a time. */
  async run(planned: readonly PlannedScenario[], repetition: Repetition): Promise<void> {
    this.#repetition = repetition;
    this.#startedMs = performance.now();
    // Of a comparison, the other side ran since the last reading.
    this.#canaryNow = null;
    for (const turn of turnsOf(planned, this.#options.seed)) {
      if (turn.kind === "roofs") await this.#measureRoofs(turn.round);
      else if (turn.kind === "block") await this.#runBlock(turn.planned, turn.round);
      else await this.#runSeveral(turn.planned);
    }
    const rounds = Math.max(0, ...planned.map(({ blocks }) => blocks));
    let isOver = false;
    for (let extra = 0; !isOver; extra += 1) {
      isOver = true;
      for (const each of planned) {
        const why = this.#whyAgain(each, extra);
        if (why === null) continue;
        isOver = false;
        const isSaturating = each.scenario.load.kind === "saturating";
        const roofsMs = isSaturating ? plannedMs.roofs(this.#options.durationScale) : 0;
        this.#running.meter.extend(plannedMs.block(each.block) + roofsMs);
        this.#running.meter.line(`${each.scenario.name}: ${why}; one more block`);
        if (isSaturating) await this.#measureRoofs(rounds + extra);
        await this.#runBlock(each, rounds + extra);
      }
    }
    // A suite without saturation has roofs as well: limits are judged by them.
    if (this.roofs.isEmpty) await this.#measureRoofs(0);
  }

  /** Of every scenario that has a block. */
  results(planned: readonly PlannedScenario[]): ScenarioResult[] {
    return planned.flatMap((each) => {
      const result = this.#judge(each);
      if (result === null) return [];
      const asked = { ...result, digest: digestOf(each.scenario) };
      if (hasSeveralLoads(each.scenario.load)) return [asked];
      const rule = ruleOf(each, this.#repetition);
      return [{ ...asked, repetition: describeRepetition(result, rule, this.#budgetOf(result)) }];
    });
  }

  #judge(planned: PlannedScenario): ScenarioResult | null {
    const blocks = this.#blocks.get(planned) ?? [];
    if (blocks.length === 0) return null;
    const { load } = planned.scenario;
    const { rawHttpCpuUs } = this.roofs;
    const options: JudgeOptions = { seed: this.#options.seed, canaryBest: this.#canaryBest };
    const complete = ({ evidence, round }: MeasuredBlock) => ({
      ...evidence,
      roofs: this.roofs.near(round),
      rawHttpCpuUs,
    });
    if (isSearched(load)) {
      const tried = blocks.flatMap((block) =>
        block.probe === null ? [] : [{ probe: block.probe, evidence: complete(block) }],
      );
      return judgeSearch(load, tried, options);
    }
    return isSwept(load) ? judgeSweep(blocks.map(complete), options) : judgeScenario(blocks.map(complete), options);
  }

  async #runSeveral(planned: PlannedScenario): Promise<void> {
    const { load } = planned.scenario;
    if (isSearched(load)) await this.#search(planned, load);
    else if (isSwept(load)) await this.#sweep(planned, load);
  }

  async #search(planned: PlannedScenario, load: SearchedLoad): Promise<void> {
    const { scenario } = planned;
    const blocks = this.#blocksOf(planned);
    for (;;) {
      const step = nextRate(
        load,
        blocks.flatMap(({ probe }) => probe ?? []),
      );
      if (step.kind === "done" || this.#refused.has(planned)) return;
      await this.#runBlock(planned, 0, { block: atProbe(scenario, load, step), phase: step.phase });
      const probe = blocks.at(-1)?.probe;
      if (probe !== null && probe !== undefined)
        this.#running.meter.line(
          `${scenario.name}: ${String(probe.ratePerSecond)}/s ${probe.binding === null ? "holds" : `does not hold: ${probe.binding}`}`,
        );
    }
  }

  /** Each round has every number of senders or processes, in an order of its own. */
  async #sweep(planned: PlannedScenario, load: SweptLoad): Promise<void> {
    const random = seededRandom(this.#options.seed);
    const { system } = this.#running;
    for (let round = 0; round < planned.blocks; round += 1)
      for (const n of shuffled(load.sweep, random)) {
        if (load.swept === "processes") await system.restartAs(n);
        await this.#runBlock(planned, round, { block: withNumber(planned.scenario, load, n) });
      }
    if (load.swept === "processes") await system.restartAs(null);
  }

  /** Those that were measured; what is measured later is added to them. */
  #blocksOf(planned: PlannedScenario): MeasuredBlock[] {
    const blocks = this.#blocks.get(planned) ?? [];
    this.#blocks.set(planned, blocks);
    return blocks;
  }

  /** Why a scenario deserves one more block; null when it does not. Lost work stays lost. */
  #whyAgain(planned: PlannedScenario, extra: number): string | null {
    if (hasSeveralLoads(planned.scenario.load) || this.#refused.has(planned)) return null;
    const result = this.#judge(planned);
    if (result === null || !result.audit.isClean) return null;
    const budget = this.#budgetOf(result);
    const hasTime = this.#repetition.untilTight === null || budget.leftMs > 0;
    if (hasTime && extra < this.#repetition.extraMax && mayPass(result)) return "did not pass";
    const plan = planMore(result, ruleOf(planned, this.#repetition), budget);
    if (plan.kind === "done") return null;
    return `its figures are not tight yet${plan.about === null ? "" : ` (about ${String(plan.about)} more)`}`;
  }

  #budgetOf({ durationMs }: ScenarioResult): Budget {
    const suiteMs = this.#repetition.untilTight?.suiteMs ?? 0;
    return { usedMs: durationMs, leftMs: suiteMs - (performance.now() - this.#startedMs) };
  }

  /** @param one  Of a scenario with several loads, the one to run, and the phase of its search. */
  async #runBlock(
    planned: PlannedScenario,
    round: number,
    one: { readonly block: Scenario; readonly phase?: ProbePhase } | null = null,
  ): Promise<void> {
    const { meter, system, sink, connection, calibration, environment, probePath } = this.#running;
    const { signal } = this.#options;
    const { name } = planned.scenario;
    if (this.#refused.has(planned)) return;
    const block = one?.block ?? planned.block;
    const blocks = this.#blocksOf(planned);
    const number = String(blocks.length + 1);
    const label = `${name}, ${one === null ? `block ${number}` : sizeText(block)}`;
    signal?.throwIfAborted();
    meter.stage(label, plannedMs.block(block));
    try {
      const evidence = await runBlock(block, {
        system,
        sink,
        connection,
        forgotten: this.#forgotten,
        calibration,
        nudge: this.#needNudge(),
        driver: this.#options.driver ?? null,
        seed: this.#options.seed,
        cores: environment.host.cores,
        idleFlushMs: environment.fdatasyncUsP50 === null ? null : environment.fdatasyncUsP50 / 1_000,
        durability: { fsync: environment.fsync === true, synchronousCommit: environment.synchronousCommit },
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
      const complete = { ...evidence, roofs: this.roofs.near(round), rawHttpCpuUs: null };
      const phase = one?.phase;
      blocks.push({
        round,
        evidence,
        probe: phase === undefined ? null : probeOf(complete, { block: blocks.length + 1, phase }),
      });
      meter.line(`${label}: ${blockLine(complete)}`);
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
    meter.line(`roofs: ${await this.roofs.measure(round, { databaseUrl: system.database.url, directory, scale })}`);
    // Something else ran since the last reading.
    this.#canaryNow = null;
  }
}

function sizeText({ load }: Scenario): string {
  if (load.kind === "paced") return `${String(load.ratePerSecond)}/s`;
  return load.processes !== undefined
    ? `${String(load.processes)} process${load.processes === 1 ? "" : "es"}`
    : `${String(load.senders)} sender${load.senders === 1 ? "" : "s"}`;
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
