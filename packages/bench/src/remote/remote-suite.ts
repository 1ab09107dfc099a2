import { createHash } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import type { ServerSettings } from "../database/inspect.ts";
import { Child } from "../load/child/child.ts";
import { githubIssuesPayload } from "../load/payload.ts";
import { Sink } from "../load/sink/sink.ts";
import type { BenchResult, Calibration, Environment, ScenarioResult } from "../result/result.ts";
import { calibrateGenerator } from "../roof/generator-roofs.ts";
import { planBlocks, repetitionOf, turnsOf } from "../suite/blocks.ts";
import type { PlannedScenario } from "../suite/blocks.ts";
import { judgeScenario } from "../suite/judge.ts";
import type { BenchOptions, ProgressListener } from "../suite/options.ts";
import { calibrationMs, plannedMs, ProgressMeter, seeded, shortened } from "../suite/plan.ts";
import type { BlockEvidence } from "../suite/run-block.ts";
import { BenchBroken, reasonsOf } from "../suite/broken.ts";
import { BenchInterrupted, runId, worstOf } from "../suite/suite.ts";
import { NO_ROOFS } from "../suite/roofs.ts";
import { readHost } from "../system/environment.ts";
import { UNSEEN } from "./api-audit.ts";
import { whyNotRemote } from "./refusal.ts";
import { runRemoteBlock } from "./remote-block.ts";
import { RemoteDatabase } from "./remote-database.ts";
import { RemoteTarget } from "./remote-target.ts";
import type { RemoteOptions } from "./remote-target.ts";

export interface RemoteSuiteOptions extends RemoteOptions {
  /** Connection string of the target's database, for a role that sees all its rows; null to audit over the API. */
  readonly databaseUrl: string | null;
}

/** What stands while a remote suite runs. */
interface Running {
  readonly target: RemoteTarget;
  readonly database: RemoteDatabase | null;
  readonly sink: Sink | null;
  readonly calibration: Calibration;
  readonly environment: Environment;
}

/**
 * Measures a MeshHook that somebody else has started. Nothing is killed, faulted or read there beyond what the benchmark made itself; what it
 * made is removed, also when it is interrupted.
 *
 * @throws RemoteRefused  when the target cannot be reached, does not know the key, or is not marked as a benchmark environment.
 * @throws BenchInterrupted when it was stopped before the first measurement.
 * @throws BenchBroken when the target or the machinery fails after the first measurement; it has the result of what was measured before.
 */
export async function runRemoteSuite(
  options: BenchOptions,
  remote: RemoteSuiteOptions,
  progress: ProgressListener,
): Promise<BenchResult> {
  const startedAtMs = Date.now();
  const { signal } = options;
  const deviations: string[] = [];
  // Before anything is measured: a refusal is told at once.
  const target = await RemoteTarget.connect(remote);
  const cleanups: (() => Promise<unknown>)[] = [
    async () => deviations.push(...(await target.cleanUp()).map((left) => `Something could not be removed: ${left}`)),
  ];
  const blocks = new Map<PlannedScenario, BlockEvidence[]>();
  let running: Running | null = null;
  let failure: { readonly error: unknown } | null = null;
  const stopChildren = () => void Child.stopAll();
  signal?.addEventListener("abort", stopChildren, { once: true });
  try {
    const repetition = repetitionOf(options.suite, options.blocks ?? null);
    const planned = options.scenarios.flatMap((scenario) => {
      const why = whyNotRemote(scenario, target);
      if (why !== null) {
        deviations.push(`Scenario "${scenario.name}" was left out. ${why}`);
        return [];
      }
      return [planBlocks(seeded(shortened(scenario, options.durationScale), options.seed), repetition)];
    });
    const meter = new ProgressMeter(
      planned.flatMap(({ block, blocks: count }) => Array.from({ length: count }, () => block)),
      options.durationScale,
      progress,
    );
    running = await prepare(options, remote, target, meter, cleanups);
    for (const each of planned) blocks.set(each, []);
    for (const turn of turnsOf(planned, options.seed)) {
      if (turn.kind !== "block") continue;
      signal?.throwIfAborted();
      await runTurn(turn.planned, options, running, meter, blocks);
    }
  } catch (error) {
    if (signal?.aborted !== true) {
      if (running === null || [...blocks.values()].every(({ length }) => length === 0)) throw error;
      failure = { error };
    } else if (running === null)
      throw new BenchInterrupted("The benchmark was stopped before it measured anything, so there is no report.", {
        cause: error,
      });
  } finally {
    signal?.removeEventListener("abort", stopChildren);
    for (const cleanUp of cleanups.reverse()) await cleanUp().catch(() => undefined);
  }
  const results = [...blocks.values()].flatMap((evidences): ScenarioResult[] =>
    evidences.length === 0
      ? []
      : [
          judgeScenario(
            evidences.map((evidence) => ({ ...evidence, roofs: NO_ROOFS, rawHttpCpuUs: null })),
            { seed: options.seed, canaryBest: null },
          ),
        ],
  );
  const isAborted = signal?.aborted === true;
  const result: BenchResult = {
    schemaVersion: 1,
    id: runId(startedAtMs, options.suite),
    suite: options.suite,
    startedAtMs,
    finishedAtMs: Date.now(),
    command: options.command,
    commit: options.commit,
    seed: options.seed,
    environment: running.environment,
    calibration: running.calibration,
    roofs: NO_ROOFS,
    canaryBest: null,
    scenarios: results,
    findings: [],
    verdict: isAborted || failure !== null ? "interrupted" : worstOf(results),
    deviations: [
      `The target, ${target.url.origin}, was running already; its processes and its machine were not watched, and the machine described here is that of the load generator.`,
      ...(target.isMarked ? [] : ["The target is not marked as a benchmark environment; it was named twice."]),
      ...(remote.databaseUrl === null ? [UNSEEN] : []),
      ...options.deviations,
      ...deviations,
      ...(failure === null ? [] : [`The benchmark broke off. ${reasonsOf(failure.error)}`]),
      ...(isAborted || failure !== null
        ? [
            `The benchmark ${failure === null ? "was interrupted" : "broke off"}, so some scenarios have fewer blocks than planned, or none.`,
          ]
        : []),
    ],
  };
  if (failure !== null) throw new BenchBroken(failure.error, result);
  return result;
}

async function prepare(
  options: BenchOptions,
  remote: RemoteSuiteOptions,
  target: RemoteTarget,
  meter: ProgressMeter,
  cleanups: (() => Promise<unknown>)[],
): Promise<Running> {
  const database = remote.databaseUrl === null ? null : await RemoteDatabase.open(remote.databaseUrl);
  if (database !== null) cleanups.push(() => database.close());
  const directory = join(options.outDir, "dataset");
  await mkdir(directory, { recursive: true });
  meter.stage("calibrating the load generator", plannedMs.calibration(options.durationScale));
  const payload = githubIssuesPayload("github-issues-small");
  const durationMs = calibrationMs(options.durationScale);
  const calibration = await calibrateGenerator({ durationMs, payload, directory });
  options.signal?.throwIfAborted();
  const sink = target.isHere ? await Sink.start() : null;
  if (sink !== null) cleanups.push(() => sink.stop());
  // What an earlier benchmark left in the same place is not of this run.
  for (const { name } of options.scenarios) await rm(join(directory, name), { recursive: true, force: true });
  const server = database === null ? null : await database.readServer();
  return { target, database, sink, calibration, environment: environmentOf(target, server) };
}

async function runTurn(
  planned: PlannedScenario,
  options: BenchOptions,
  running: Running,
  meter: ProgressMeter,
  blocks: ReadonlyMap<PlannedScenario, BlockEvidence[]>,
): Promise<void> {
  const { name } = planned.scenario;
  const done = blocks.get(planned) ?? [];
  const number = String(done.length + 1);
  const label = `${name}, block ${number}`;
  meter.stage(label, plannedMs.scenario(planned.block));
  done.push(
    await runRemoteBlock(planned.block, {
      ...running,
      seed: options.seed,
      cores: cpus().length,
      // Workflows of earlier runs may still be there under their names.
      name: `${name}-${Date.now().toString(36)}-${number}`,
      outDir: options.outDir,
      folder: `dataset/${name}/block-${number}`,
      signal: options.signal,
      onStage: (stage) => meter.line(`${label}: ${stage}`),
      onInterval: ({ acked, errors, inFlight, waiting }) =>
        meter.live(
          `${String(acked)} acknowledged, ${String(errors)} errors, ${String(inFlight)} in flight, ${String(waiting)} waiting`,
        ),
    }),
  );
}

/** The generator's machine, and of the target what its database tells. */
function environmentOf(target: RemoteTarget, server: ServerSettings | null): Environment {
  const host = readHost();
  const version = server?.version ?? "unknown";
  return {
    host,
    node: process.version,
    meshhook: `unknown (${target.url.host})`,
    postgres: { version, settings: {} },
    fsync: server?.fsync ?? null,
    synchronousCommit: server?.synchronousCommit ?? "unknown",
    fdatasyncUsP50: null,
    fingerprint: createHash("sha256")
      .update(JSON.stringify({ host, node: process.version, target: target.url.host, version }))
      .digest("hex"),
  };
}
