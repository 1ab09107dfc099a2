import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "pg";
import { auditRuns } from "../audit/audit.ts";
import { auditResults } from "../audit/results.ts";
import { countUnfinished, waitForBacklog } from "../audit/backlog.ts";
import { readRunTimes } from "../audit/run-times.ts";
import type { BenchConnection } from "../database/bench-connection.ts";
import { driverNote } from "../drivers/driver.ts";
import type { LoadDriver } from "../drivers/driver.ts";
import { runFaults } from "../fault/fault.ts";
import type { FaultSpan } from "../fault/fault.ts";
import { refusalsOf } from "../fault/refusal.ts";
import { FaultRefused } from "../fault/system.ts";
import { isAccepted } from "../load/ledger.ts";
import type { Ledger } from "../load/ledger.ts";
import type { Sink } from "../load/sink/sink.ts";
import type { LoadInterval, LoadPlan } from "../load/generator/protocol.ts";
import { startLoad } from "../load/generator/generator.ts";
import { payloadsOf, SMALL } from "../load/payload.ts";
import { Subscribers } from "../load/subscriber/subscribers.ts";
import { checkClock } from "../measure/clock-check.ts";
import {
  activityBetween,
  readExactCounters,
  readPostgresCounters,
  settleCounters,
  statementsBetween,
  uncountedRows,
} from "../measure/postgres-activity.ts";
import type { PostgresCounters } from "../measure/postgres-activity.ts";
import { readProbe } from "../measure/probe/meshhook-probe.ts";
import { DatabaseTimeline } from "../measure/timeline/database-timeline.ts";
import { HostTimeline } from "../measure/timeline/host-timeline.ts";
import { Witness } from "../measure/witness.ts";
import type { Calibration, CanaryReading, ClockCheck, DatabaseActivity } from "../result/result.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { startAlongside } from "../scenario/alongside/alongside.ts";
import type { RunningAlongside } from "../scenario/alongside/alongside.ts";
import { alongsideNotes } from "../scenario/alongside/notes.ts";
import { REQUESTS_MAX } from "../scenario/load.ts";
import { scenarioPayloads } from "../scenario/deliveries.ts";
import { targetPlan } from "../scenario/target.ts";
import { mayCall } from "../scenario/workflow/document.ts";
import { dueOf } from "../scenario/workflow/due.ts";
import { expectedOf } from "../scenario/workflow/expected.ts";
import type { Durability } from "./durability.ts";
import type { Evidence } from "./evidence.ts";
import { linkSystem } from "./fault-links.ts";
import type { LaunchedSystem } from "./launched-system.ts";
import { runMeasuredLoad } from "./measured-load.ts";
import type { Nudge } from "./nudge.ts";
import { quietDatabase } from "./quiet.ts";
import { linesOfSlowest } from "./slow-lines.ts";

/** What a block finds ready when it starts. */
export interface BlockContext {
  readonly system: LaunchedSystem;
  readonly sink: Sink;
  /** Of the benchmark's own role. */
  readonly connection: BenchConnection;
  /** Rows of the journal that PostgreSQL does not count any more, because a crash took its counters. */
  readonly forgotten: { rows: number };
  readonly calibration: Calibration;
  readonly nudge: Nudge;
  /** Sends the load instead of the built-in generator; null for that. */
  readonly driver: LoadDriver | null;
  /** What the payloads follow from. */
  readonly seed: number;
  /** Of this machine, for `cpuBusyShare`. */
  readonly cores: number;
  /** Median flush of the idle disk, milliseconds; null when it could not be taken. */
  readonly idleFlushMs: number | null;
  readonly durability: Pick<Durability, "fsync" | "synchronousCommit">;
  /** The machine just before. */
  readonly canary: CanaryReading;
  /** Reads it again. */
  readonly readCanary: () => Promise<CanaryReading>;
  /** Where the probe inside MeshHook writes. */
  readonly probePath: string;
  /** Of the block's own workflow: the audit accounts for every run of it. */
  readonly name: string;
  /** The run's folder. */
  readonly outDir: string;
  /** Where this block's files go, relative to it, as in `dataset/<scenario>/block-1`. */
  readonly folder: string;
  readonly signal: AbortSignal | undefined;
  readonly onStage: (stage: string) => void;
  readonly onInterval: (interval: LoadInterval) => void;
}

/** Runs must end within this after the last webhook, or count as stuck. */
const BACKLOG_MS_MAX = 15_000;

/** Last lines must reach every viewer within this after the last run has ended, or count as missing. */
const STREAM_MS_MAX = 5_000;

/** What a block leaves behind, apart from what is measured for all of them. */
export type BlockEvidence = Omit<Evidence, "roofs" | "rawHttpCpuUs">;

/** Runs one block of a scenario: quiet, load with its fault, backlog, audit. */
export async function runBlock(scenario: Scenario, context: BlockContext): Promise<BlockEvidence> {
  const { system, sink, connection, onStage, nudge, forgotten } = context;
  let client = await connection.alive();
  const startedAtMs = Date.now();
  const directory = join(context.outDir, context.folder);
  await mkdir(directory, { recursive: true });
  const notes: string[] = [];

  onStage("preparing");
  await sink.reset(targetPlan(scenario.target, context.seed));
  const linked = await linkSystem(scenario.faults, system, { sinkPort: sink.port, seed: context.seed });
  const refusals = await refusalsOf(scenario.faults, linked.faults);
  if (refusals.length > 0) {
    await linked.unlink();
    throw new FaultRefused(refusals.join(" "));
  }
  const intake = await system.createIntake(scenario.workflow, context.name, linked.targetPort, scenario.deliveries);
  if (!(await quietDatabase(client, 10_000))) notes.push("A vacuum was still running when the load began.");
  const subscribers =
    scenario.subscribers === 0
      ? null
      : await Subscribers.start({ meshhookUrl: system.url, apiKey: system.apiKey, count: scenario.subscribers });
  const payloads = scenarioPayloads(scenario, context.seed);
  const readClocks = async (): Promise<ClockCheck[]> => [
    await checkClock("PostgreSQL", async () => (await readExactCounters(client)).atUs ?? 0),
    await checkClock("the call target", () => sink.readClock()),
    ...(subscribers === null ? [] : [await checkClock("the subscribers", () => subscribers.readClock())]),
  ];
  await makeRunsBefore(scenario, context, directory);
  const due = dueOf(scenario.workflow);
  if (due !== null) {
    onStage("waiting for a time after which runs are due together");
    await delay(Math.max(0, due.of(Date.now() * 1_000) / 1_000 - Date.now()), undefined, { signal: context.signal });
  }
  const clocksBefore = await readClocks();
  const before = await readPostgresCounters(client, { nudged: NUDGED_MAX, forgotten: forgotten.rows });
  const database = await DatabaseTimeline.start(system.database.url);
  const witness = Witness.start(join(dirname(system.database.dataDir), "bench-witness"));
  const host = new HostTimeline({ meshhookPid: () => system.pid, postgresPids: () => [...database.processes.keys()] });
  let alongside: RunningAlongside | null = null;
  const spans: FaultSpan[] = [];

  try {
    onStage("measuring");
    alongside = await startAlongside(
      scenario.alongside,
      {
        url: system.url,
        port: system.port,
        apiKey: system.apiKey,
        createNeighbour: () => system.createNeighbour(context.name),
      },
      { payloads: payloadsOf(SMALL, context.seed), directory },
    );
    const measured = await runMeasuredLoad({
      target: { host: "127.0.0.1", port: linked.intakePort, path: intake.path },
      payloads,
      ...keyOf(scenario, startedAtMs),
      load: scenario.load,
      startLoad: context.driver?.startLoad(scenario, directory) ?? startLoad,
      ledgerPath: join(directory, "ledger.bin"),
      readCounters: async () => readExactCounters(await connection.alive()),
      pids: {
        meshhook: system.pid,
        postgres: system.database.pid,
        sink: sink.pid,
        bench: process.pid,
        ...(subscribers === null ? {} : { subscribers: subscribers.pid }),
        ...alongside.pids,
      },
      backends: () => database.processes,
      signal: context.signal,
      runFaults: async (signal, sampler) => {
        const done = await runFaults(scenario.faults, linked.faults, {
          signal,
          onEnd: () => {
            // A process that was started again is another one.
            for (const [name, pid] of [
              ["meshhook", system.pid],
              ["postgres", system.database.pid],
            ] as const)
              sampler.follow(name, pid);
          },
        });
        spans.push(...done.toSorted((a, b) => a.beganUs - b.beganUs));
      },
      onInterval: context.onInterval,
    });
    if (measured.report.driver !== undefined) notes.push(driverNote(measured.report.driver));
    const beside = await alongside.stop();
    notes.push(...alongsideNotes(beside));
    const witnessed = await witness.stop();
    host.stop();
    const endedMs = performance.now();
    client = await connection.alive();
    if (scenario.faults.some(({ kind }) => kind === "postgres-crash")) forgotten.rows = await uncountedRows(client);
    const clocks = [...clocksBefore, ...(await readClocks())];
    onStage("waiting for the backlog");
    const atEnd = await countUnfinished(client, intake.workflowId);
    const dueInMs = due === null ? 0 : Math.max(0, due.of(measured.report.finishedAtUs) / 1_000 - Date.now());
    const unfinished = await waitForBacklog(client, intake.workflowId, dueInMs + BACKLOG_MS_MAX);
    if (unfinished > 0)
      notes.push(
        `${String(unfinished)} runs had not ended ${String(BACKLOG_MS_MAX / 1_000)} s after ${due === null ? "the last webhook was answered" : "they were due"}.`,
      );
    else if (atEnd > 0)
      notes.push(`${String(atEnd)} runs were still in progress when the last webhook was answered; all of them ended.`);
    const stream =
      subscribers === null
        ? null
        : await subscribers.finish(join(directory, "views.tsv"), {
            ends: scenario.subscribers * countAccepted(measured.report.ledger),
            timeoutMs: STREAM_MS_MAX,
          });
    const sampled = await database.stop();

    onStage("auditing");
    const called = mayCall(scenario.workflow) ? await sink.report(join(directory, "effects.tsv")) : null;
    const atEndOfLoad = await readPostgresCounters(client, { timeoutMs: 0, forgotten: forgotten.rows });
    const expected = expectedOf(scenario, payloads);
    const audited = await auditRuns(client, {
      workflowId: intake.workflowId,
      ledger: measured.report.ledger,
      effects: called?.effects ?? null,
      faults: spans,
      expected,
    });
    const runs = await readRunTimes(client);
    const audit = await auditResults(audited.audit, runs, expected, (runId) => system.readResult(runId));
    const { after, nudged } = await settle(client, atEndOfLoad, nudge, { endedMs, forgotten: forgotten.rows });
    const activity = withoutNudge(activityBetween(before, after, sampled), nudged);
    const areCountersSettled = before.isSettled && after.isSettled;
    if (!areCountersSettled)
      notes.push("PostgreSQL had not yet counted every row of the journal, so its table counters are not judged.");
    await writeFile(join(directory, "samples.ndjson"), samplesOf(measured.readings));
    await writeFile(join(directory, "host.ndjson"), linesOf(host.moments));
    await writeFile(join(directory, "waits.ndjson"), linesOf(database.moments));
    await writeFile(join(directory, "database.json"), JSON.stringify(activity, null, 2));
    const evidence: BlockEvidence = {
      scenario,
      startedAtMs,
      measured,
      audit,
      segments: audited.segments,
      runs,
      effects: called?.effects ?? null,
      stream,
      activity,
      faults: spans,
      alongside: beside,
      calibration: context.calibration,
      notes: [...notes, ...measured.notes],
      artifacts: artifactsOf(scenario, context.folder),
      areCountersSettled,
      undoneRows: after.undoneRows - before.undoneRows,
      activityMs: after.atMs - before.atMs,
      statements: statementsBetween(before, after),
      witness: witnessed,
      probe: await readProbe(context.probePath, measured.report.startedAtUs, measured.report.finishedAtUs),
      hostMoments: host.moments,
      databaseMoments: database.moments,
      canary: { before: context.canary, after: await context.readCanary() },
      idleFlushMs: context.idleFlushMs,
      cores: context.cores,
      clocks,
      durability: context.durability,
      ...(called === null ? {} : { reopenedToTarget: called.reopened, targetExtraMsP99: called.extraMsP99 }),
      durationMs: Date.now() - startedAtMs,
    };
    return { ...evidence, lines: await linesOfSlowest(evidence, (runId) => system.readLines(runId)) };
  } finally {
    await alongside?.stop().catch(() => undefined);
    host.stop();
    await witness.stop();
    await database.stop();
    await subscribers?.stop();
    await linked.unlink();
  }
}

/** After the database was quiet: what these runs leave to be vacuumed and written is what users meet as well. */
async function makeRunsBefore(
  { before }: Scenario,
  { name, system, sink, connection, seed, onStage }: BlockContext,
  directory: string,
): Promise<void> {
  if (before === null) return;
  onStage("making the runs that are there before");
  const workflow = { kind: "built-in", name: "pure" } as const;
  const intake = await system.createIntake(workflow, `${name}-before`, sink.port);
  const load = await startLoad(
    {
      target: { host: "127.0.0.1", port: system.port, path: intake.path },
      model: { kind: "closed", senders: before.senders, durationMs: before.durationMs },
      payloads: payloadsOf(SMALL, seed),
      timeoutMs: 10_000,
      requestsMax: REQUESTS_MAX,
      ledgerPath: join(directory, "before.bin"),
    },
    () => undefined,
  );
  await load.finished;
  await waitForBacklog(await connection.alive(), intake.workflowId, BACKLOG_MS_MAX);
}

/** Keys of an earlier run of the same scenario must not be met again. */
function keyOf({ name, deliveries: { key, repeats } }: Scenario, startedAtMs: number): Pick<LoadPlan, "key"> {
  return key === null ? {} : { key: { header: key, prefix: `${name}-${String(startedAtMs)}`, repeats } };
}

/** A nudge reaches the backends that are free just then; another may reach the others. */
const NUDGES_MAX = 4;
const NUDGED_MS_MAX = 300;

/** Reads the counters once every backend has reported them; nudges them for it, and then waits until they do it by themselves. */
async function settle(
  client: Client,
  atEndOfLoad: PostgresCounters,
  nudge: Nudge,
  { endedMs, forgotten }: { readonly endedMs: number; readonly forgotten: number },
): Promise<{ readonly after: PostgresCounters; readonly nudged: number }> {
  let nudged = 0;
  let sinceMs = endedMs;
  for (let attempt = 0; attempt < NUDGES_MAX; attempt += 1) {
    nudged += await nudge.send(sinceMs);
    sinceMs = performance.now();
    const after = await settleCounters(client, atEndOfLoad, {
      nudged: NUDGED_MAX,
      forgotten,
      timeoutMs: NUDGED_MS_MAX,
    });
    if (after.isSettled) return { after, nudged };
  }
  return { after: await settleCounters(client, atEndOfLoad, { nudged: NUDGED_MAX, forgotten }), nudged };
}

/** Rows that a nudge writes at most, and that may be reported with the next one. */
const NUDGED_MAX = 8;

/** The rows of the nudge belong to no scenario. */
function withoutNudge(activity: DatabaseActivity, rows: number): DatabaseActivity {
  return {
    ...activity,
    tables: activity.tables.map((table) =>
      table.name === "journal" ? { ...table, inserts: Math.max(0, table.inserts - rows) } : table,
    ),
  };
}

function countAccepted(ledger: Ledger): number {
  return ledger.outcome.reduce((count, outcome) => count + (isAccepted(outcome) ? 1 : 0), 0);
}

function artifactsOf(scenario: Scenario, folder: string): string[] {
  const files = ["ledger.bin", "samples.ndjson", "host.ndjson", "waits.ndjson", "database.json"];
  if (mayCall(scenario.workflow)) files.push("effects.tsv");
  if (scenario.subscribers > 0) files.push("views.tsv");
  return files.map((file) => `${folder}/${file}`);
}

function linesOf(records: readonly object[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join("");
}

function samplesOf(readings: Awaited<ReturnType<typeof runMeasuredLoad>>["readings"]): string {
  return readings
    .map(
      ({ atUs, host, processes }) =>
        `${JSON.stringify({ atUs: Math.round(atUs), host, processes: Object.fromEntries(processes) })}\n`,
    )
    .join("");
}
