import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { auditResults } from "../audit/results.ts";
import { runFaults } from "../fault/fault.ts";
import type { FaultSpan } from "../fault/fault.ts";
import { startLoad } from "../load/generator/generator.ts";
import { isAccepted } from "../load/ledger.ts";
import type { LoadInterval } from "../load/generator/protocol.ts";
import { Proxy } from "../load/proxy/proxy.ts";
import type { Sink } from "../load/sink/sink.ts";
import { Subscribers } from "../load/subscriber/subscribers.ts";
import type { Calibration, DatabaseActivity } from "../result/result.ts";
import { scenarioPayloads } from "../scenario/deliveries.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { targetPlan } from "../scenario/target.ts";
import { mayCall } from "../scenario/workflow/document.ts";
import { expectedOf } from "../scenario/workflow/expected.ts";
import { runMeasuredLoad } from "../suite/measured-load.ts";
import type { BlockEvidence } from "../suite/run-block.ts";
import { auditByApi, timesByApi, UNSEEN } from "./api-audit.ts";
import type { RemoteDatabase } from "./remote-database.ts";
import type { RemoteTarget } from "./remote-target.ts";

export interface RemoteBlockContext {
  readonly target: RemoteTarget;
  /** Null where only the API is there. */
  readonly database: RemoteDatabase | null;
  /** Null where calls could not reach it. */
  readonly sink: Sink | null;
  readonly calibration: Calibration;
  readonly seed: number;
  readonly cores: number;
  /** Of the block's own workflow. */
  readonly name: string;
  /** The run's folder. */
  readonly outDir: string;
  /** Where this block's files go, relative to it. */
  readonly folder: string;
  readonly signal: AbortSignal | undefined;
  readonly onStage: (stage: string) => void;
  readonly onInterval: (interval: LoadInterval) => void;
}

/** Runs must end within this after the last webhook, or count as stuck. */
const BACKLOG_MS_MAX = 30_000;
const POLL_MS = 250;
const STREAM_MS_MAX = 10_000;

/** Runs one block of a scenario on a target that somebody else has started: load, backlog, audit. */
export async function runRemoteBlock(scenario: Scenario, context: RemoteBlockContext): Promise<BlockEvidence> {
  const { target, database, sink, onStage } = context;
  const startedAtMs = Date.now();
  const directory = join(context.outDir, context.folder);
  await mkdir(directory, { recursive: true });
  onStage("preparing");
  await sink?.reset(targetPlan(scenario.target, context.seed));
  const intake = await target.createIntake(scenario.workflow, context.name, sink?.port ?? 9, scenario.deliveries);
  await database?.requireWorkflow(intake.workflowId);
  const payloads = scenarioPayloads(scenario, context.seed);
  const cleanups: (() => Promise<unknown>)[] = [];
  const host = target.url.hostname.replace(/^\[|\]$/g, "");
  const base = target.url.pathname.replace(/\/$/, "");
  const spans: FaultSpan[] = [];
  try {
    const proxy = scenario.faults.length === 0 ? null : await Proxy.start({ host, port: target.port }, context.seed);
    if (proxy !== null) cleanups.push(() => proxy.stop());
    const subscribers =
      scenario.subscribers === 0
        ? null
        : await Subscribers.start({
            meshhookUrl: target.url.href.replace(/\/$/, ""),
            apiKey: target.apiKey,
            count: scenario.subscribers,
          });
    if (subscribers !== null) cleanups.push(() => subscribers.stop());
    const clocksBefore = database === null ? [] : [await database.checkClock()];
    onStage("measuring");
    const measured = await runMeasuredLoad({
      startLoad,
      target: {
        host: proxy === null ? host : "127.0.0.1",
        port: proxy?.port ?? target.port,
        path: `${base}${intake.path}`,
        isTls: target.url.protocol === "https:",
      },
      payloads,
      ...(scenario.deliveries.key === null
        ? {}
        : {
            key: {
              header: scenario.deliveries.key,
              prefix: `${context.name}-${String(startedAtMs)}`,
              repeats: scenario.deliveries.repeats,
            },
          }),
      load: scenario.load,
      ledgerPath: join(directory, "ledger.bin"),
      readCounters: () => Promise.resolve({ walBytes: 0, writeTransactions: 0 }),
      pids: { bench: process.pid, ...(sink === null ? {} : { sink: sink.pid }) },
      backends: () => new Map(),
      signal: context.signal,
      runFaults: async (signal) => {
        const proxies = proxy === null ? {} : { client: proxy };
        const system = { isRemote: true, proxies, meshhook: null, database: null };
        spans.push(...(await runFaults(scenario.faults, system, { signal })));
      },
      onInterval: context.onInterval,
    });
    const { ledger } = measured.report;
    onStage("waiting for the backlog");
    await untilIdle(() => (database ?? target).hasRunning(intake.workflowId), context.signal);
    const accepted = ledger.outcome.reduce((count, outcome) => count + (isAccepted(outcome) ? 1 : 0), 0);
    const stream =
      subscribers === null
        ? null
        : await subscribers.finish(join(directory, "views.tsv"), {
            ends: scenario.subscribers * accepted,
            timeoutMs: STREAM_MS_MAX,
          });
    onStage("auditing");
    const called =
      sink !== null && mayCall(scenario.workflow) ? await sink.report(join(directory, "effects.tsv")) : null;
    const expected = expectedOf(scenario, payloads);
    const listed = await target.listRuns(intake.workflowId);
    const byDatabase =
      database === null
        ? null
        : await database.audit({
            workflowId: intake.workflowId,
            ledger,
            effects: called?.effects ?? null,
            faults: spans,
            expected,
          });
    // A server that keeps no commit times has none for its runs.
    const hasTimes = byDatabase !== null && byDatabase.runs.length > 0;
    const runs = hasTimes ? byDatabase.runs : timesByApi(ledger, listed);
    const audit =
      byDatabase?.audit ??
      (await auditByApi({ ledger, runs: listed, expected, requestOf: (runId) => target.requestOf(runId) }));
    return {
      scenario,
      isRemote: true,
      startedAtMs,
      measured,
      audit: await auditResults(audit, runs, expected, (runId) => target.readResult(runId)),
      segments: byDatabase?.segments ?? 0,
      runs,
      // Without commit times, nothing can be said about what came before them.
      effects: hasTimes ? (called?.effects ?? null) : null,
      stream,
      activity: UNWATCHED,
      faults: spans,
      calibration: context.calibration,
      notes: [
        ...(byDatabase === null ? [UNSEEN] : []),
        ...(hasTimes
          ? []
          : ["The ends of runs are by the target's own clock, whose times were laid from the instant of the send."]),
        ...measured.notes,
      ],
      artifacts: [
        `${context.folder}/ledger.bin`,
        ...(called === null ? [] : [`${context.folder}/effects.tsv`]),
        ...(stream === null ? [] : [`${context.folder}/views.tsv`]),
      ],
      cores: context.cores,
      clocks: database === null || !hasTimes ? [] : [...clocksBefore, await database.checkClock()],
      durationMs: Date.now() - startedAtMs,
    };
  } finally {
    for (const cleanUp of cleanups.reverse()) await cleanUp().catch(() => undefined);
  }
}

async function untilIdle(hasRunning: () => Promise<boolean>, signal: AbortSignal | undefined): Promise<void> {
  const deadline = performance.now() + BACKLOG_MS_MAX;
  while ((await hasRunning()) && performance.now() < deadline)
    await delay(POLL_MS, undefined, signal === undefined ? {} : { signal });
}

/** Nobody looked. */
const UNWATCHED: DatabaseActivity = {
  commits: 0,
  rollbacks: 0,
  walBytes: 0,
  walRecords: 0,
  walFullPageImages: 0,
  walFlushes: null,
  checkpoints: 0,
  tables: [],
  statements: [],
  waits: [],
  connectionsMax: 0,
};
