import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Child } from "../load/child/child.ts";
import { githubIssuesPayload } from "../load/payload.ts";
import { Sink } from "../load/sink/sink.ts";
import { calibrateGenerator } from "../roof/generator-roofs.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { interleave } from "../stats/index.ts";
import { planBlocks } from "../suite/blocks.ts";
import { Canary } from "../suite/canary.ts";
import type { ProgressListener } from "../suite/options.ts";
import { calibrationMs, plannedMs, ProgressMeter, seeded, shortened } from "../suite/plan.ts";
import { BenchInterrupted, CLEANUP_MS_MAX, untilDoneOrAborted, within } from "../suite/suite.ts";
import type { SystemLauncher } from "../system/launcher.ts";
import type { AbResult } from "./ab-result.ts";
import type { AbConfiguration, AbSide } from "./configuration.ts";
import { describeAb } from "./describe-ab.ts";
import { RunningSide, startSide } from "./running-side.ts";
import type { SideOptions } from "./running-side.ts";

/** What to compare and how. */
export interface AbOptions {
  readonly scenario: Scenario;
  /** The baseline. */
  readonly a: AbConfiguration;
  /** The candidate. */
  readonly b: AbConfiguration;
  /** Blocks of each side; each block is the neighbour of one of the other side. */
  readonly pairs: number;
  /** Of the scenario's measured time, for each block. */
  readonly blockShare: number;
  /** Payloads, random arrivals and the order of the blocks follow from it; both sides have the same payloads. */
  readonly seed: number;
  readonly durationScale: number;
  /** Where the blocks' results and raw samples go: `a/` and `b/`. */
  readonly outDir: string;
  /** The exact command that was typed, for the record. */
  readonly command: string;
  readonly signal?: AbortSignal;
}

/**
 * Measures two configurations of one scenario in turns. Both systems run all the time, each with a database of its own; the one whose turn
 * it is not gets nothing to do. The order of the blocks is A B B A or B A A B, drawn at random, so that a drift of the machine meets both
 * sides alike.
 *
 * Each block is a result of its own (`a/01/result.json`, `b/01/result.json` and so on), so `bench compare` repeats the comparison. When
 * `options.signal` aborts, everything is ended within seconds, and the blocks that were measured are compared.
 *
 * @throws BenchInterrupted  when it was stopped before each side had a block.
 * @throws UnlikeResults     when the sides ran under different conditions other than those that were asked for.
 */
export async function runAb(
  options: AbOptions,
  launcher: SystemLauncher,
  progress: ProgressListener,
): Promise<AbResult> {
  const { scenario, seed, signal } = options;
  const whole = seeded(shortened(scenario, options.durationScale), seed);
  const { block } = planBlocks(whole, { blocks: 1, share: options.blockShare, extraMax: 0, untilTight: null });
  const order = interleave(options.pairs, seed).map((version): AbSide => (version === "baseline" ? "a" : "b"));
  const meter = new ProgressMeter(
    order.map(() => block),
    options.durationScale,
    progress,
  );
  const startedAtMs = Date.now();
  const cleanups: (() => Promise<unknown>)[] = [];
  const sides: { a: RunningSide | null; b: RunningSide | null } = { a: null, b: null };
  try {
    await untilDoneOrAborted(measureInTurns(options, launcher, { block, order, meter, sides, cleanups }), signal);
  } finally {
    if (signal?.aborted === true) await Promise.all([Child.stopAll(), launcher.endNow()]);
    for (const cleanUp of cleanups.reverse()) await within(CLEANUP_MS_MAX, cleanUp());
  }
  const results = { a: sides.a?.results ?? [], b: sides.b?.results ?? [] };
  if (results.a.length === 0 || results.b.length === 0)
    throw new BenchInterrupted("The comparison was stopped before each side had a block, so there is no result.");
  return describeAb({
    startedAtMs,
    command: options.command,
    seed,
    scenario,
    order,
    a: { configuration: options.a, results: results.a },
    b: { configuration: options.b, results: results.b },
  });
}

interface Turns {
  readonly block: Scenario;
  readonly order: readonly AbSide[];
  readonly meter: ProgressMeter;
  readonly sides: { a: RunningSide | null; b: RunningSide | null };
  readonly cleanups: (() => Promise<unknown>)[];
}

async function measureInTurns(
  options: AbOptions,
  launcher: SystemLauncher,
  { block, order, meter, sides, cleanups }: Turns,
): Promise<void> {
  const { signal, durationScale, outDir } = options;
  await mkdir(outDir, { recursive: true });
  meter.stage("calibrating the load generator", plannedMs.calibration(durationScale));
  const calibration = await calibrateGenerator({
    durationMs: calibrationMs(durationScale),
    payload: githubIssuesPayload("github-issues-small"),
    directory: outDir,
  });
  signal?.throwIfAborted();
  meter.stage("starting PostgreSQL and MeshHook twice", plannedMs.start);
  const optionsOf = (side: AbSide): SideOptions => ({
    side,
    configuration: options[side],
    launcher,
    outDir: join(outDir, side),
    seed: options.seed,
    durationScale,
    command: options.command,
    signal,
    onStarting: (end) => cleanups.push(end),
  });
  // One after the other: a side that cannot start is named, and the other is ended in order.
  const a = await startSide(optionsOf("a")).catch(sideFailed("a", options.a));
  const b = await startSide(optionsOf("b")).catch(sideFailed("b", options.b));
  const sink = await Sink.start();
  cleanups.push(() => sink.stop());
  const canary = await Canary.start(join(dirname(a.database.dataDir), "bench-canary"));
  cleanups.push(() => canary.stop());
  const shared = { sink, canary, calibration, meter };
  const running = {
    a: new RunningSide(optionsOf("a"), a, shared),
    b: new RunningSide(optionsOf("b"), b, shared),
  };
  sides.a = running.a;
  sides.b = running.b;
  await running.a.warmUp();
  await running.b.warmUp();
  for (const side of order) {
    signal?.throwIfAborted();
    meter.line(`Side ${side.toUpperCase()}: ${options[side].description}`);
    await running[side].measure(block);
  }
}

function sideFailed(side: AbSide, { description }: AbConfiguration): (error: unknown) => never {
  return (error) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new SideNotStarted(`Side ${side.toUpperCase()} (${description}) cannot be started. ${why}`, { cause: error });
  };
}

/** One of the two systems does not start, as with a setting that PostgreSQL or MeshHook refuses. */
export class SideNotStarted extends Error {
  override readonly name = "SideNotStarted";
}
