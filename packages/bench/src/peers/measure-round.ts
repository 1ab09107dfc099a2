import { join } from "node:path";
import type { Client } from "pg";
import { startLoad } from "../load/generator/generator.ts";
import type { LoadReport } from "../load/generator/generator.ts";
import type { LoadPlan, Payload } from "../load/generator/protocol.ts";
import { isAccepted } from "../load/ledger.ts";
import { constant } from "../load/profile/profile.ts";
import type { Sink } from "../load/sink/sink.ts";
import { LatencyRecorder } from "../measure/latency.ts";
import { cpuSecondsBetween, ResourceSampler } from "../measure/resource-sampler.ts";
import { isCarriedBy } from "../stats/index.ts";
import { auditPeer } from "./audit.ts";
import type { Contestant, Place, RunningContestant } from "./contestant.ts";
import type { PeersPlan, RoundFigures } from "./result.ts";

export interface RoundContext {
  readonly place: Place;
  readonly plan: PeersPlan;
  readonly payloads: readonly Payload[];
  readonly sink: Sink;
  /** Of the benchmark, to the server that holds the contestants' databases. */
  readonly client: Client;
  readonly postgresPid: number;
  readonly isOnPostgres: boolean;
  readonly signal: AbortSignal | undefined;
}

const REQUESTS_MAX = 2_000_000;
const BACKLOG_MS_MAX = 60_000;
const POLL_MS = 100;

/** Starts a contestant, loads it, waits for what it has accepted, audits and stops it. */
export async function measureRound(
  contestant: Contestant,
  context: RoundContext,
): Promise<Omit<RoundFigures, "round" | "contestant" | "workflow">> {
  const { place, plan, payloads, sink, client, signal } = context;
  await sink.reset(0);
  const running = await contestant.start(place);
  try {
    const load = async (name: string, model: LoadPlan["model"]): Promise<LoadReport> => {
      const sending = await startLoad(
        {
          target: running.target,
          model,
          payloads,
          timeoutMs: 10_000,
          requestsMax: REQUESTS_MAX,
          ledgerPath: join(place.directory, `${name}.bin`),
        },
        () => undefined,
      );
      const abort = () => void sending.abort();
      signal?.addEventListener("abort", abort, { once: true });
      return sending.finished.finally(() => signal?.removeEventListener("abort", abort));
    };
    const saturating = (durationMs: number) => ({ kind: "closed", senders: plan.senders, durationMs }) as const;
    const warmUp = plan.warmUpMs === 0 ? null : await load("warm-up", saturating(plan.warmUpMs));
    await waitForBacklog(running, signal);
    // Nobody pays for what those before left to be written.
    await client.query("checkpoint");
    const nominal = await load("nominal", {
      kind: "open",
      profile: constant(plan.ratePerSecond, plan.nominalMs),
      inFlightMax: 256,
      unsentAfterMs: 5_000,
    });
    await waitForBacklog(running, signal);

    const sampler = new ResourceSampler({ engine: running.pid, postgres: context.postgresPid });
    const [logBefore, before] = [await readLogPosition(client), sampler.read()];
    const saturated = await load("saturated", saturating(plan.saturatedMs));
    await waitForBacklog(running, signal);
    const [after, logAfter] = [sampler.read(), await readLogPosition(client)];
    sampler.stop();

    const ended = await running.readEnded();
    const called = place.workflow === "pure" ? null : await sink.report(join(place.directory, "effects.tsv"));
    const ledgers = [warmUp, nominal, saturated].flatMap((report) => report?.ledger ?? []);
    const endOf = new Map(ended.map(({ runId, atUs }) => [runId, atUs]));
    const { count, lastUs } = endsOf(saturated, endOf);
    const cpuSeconds = cpuSecondsBetween(before, after, "engine") + cpuSecondsBetween(before, after, "postgres");
    return {
      ...latenciesOf(nominal, endOf),
      runsPerSecond: count === 0 ? null : (count / (lastUs - saturated.startedAtUs)) * 1e6,
      cpuSecondsPer1000: count === 0 ? null : (cpuSeconds / count) * 1_000,
      walBytesPerRun: count === 0 || !context.isOnPostgres ? null : (logAfter - logBefore) / count,
      generatorShare: saturated.cpuUs / Math.max(1, saturated.finishedAtUs - saturated.startedAtUs),
      drainMs: count === 0 ? 0 : Math.max(0, lastUs - saturated.finishedAtUs) / 1_000,
      audit: auditPeer({ ledgers, payloads, ended, effects: called?.effects ?? null }),
    };
  } finally {
    await running.stop();
  }
}

/** What has not ended by then is lost, which the audit says. */
async function waitForBacklog(running: RunningContestant, signal: AbortSignal | undefined): Promise<void> {
  const untilMs = performance.now() + BACKLOG_MS_MAX;
  while ((await running.countUnfinished()) > 0 && performance.now() < untilMs) {
    signal?.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Runs of a load that ended, and when the last did. */
function endsOf({ ledger, startedAtUs }: LoadReport, endOf: ReadonlyMap<string, number>) {
  let count = 0;
  let lastUs = startedAtUs;
  for (let n = 0; n < ledger.count; n += 1) {
    const atUs = endOf.get(ledger.runIdOf(n) ?? "");
    if (atUs === undefined) continue;
    count += 1;
    lastUs = Math.max(lastUs, atUs, startedAtUs + (ledger.answeredUs[n] ?? 0));
  }
  return { count, lastUs };
}

/**
 * From the intended send. Nobody knows of a run before its webhook is answered, so a run is not done before that: it also makes ends
 * comparable that are known by when a transaction began and by when it was committed.
 */
function latenciesOf({ ledger, startedAtUs }: LoadReport, endOf: ReadonlyMap<string, number>) {
  const [ack, done] = [new LatencyRecorder(), new LatencyRecorder()];
  for (let n = 0; n < ledger.count; n += 1) {
    const [intendedUs, answeredUs] = [ledger.intendedUs[n] ?? 0, ledger.answeredUs[n] ?? 0];
    if (isAccepted(ledger.outcome[n] ?? 0)) ack.record(answeredUs - intendedUs);
    else ack.fail();
    const atUs = endOf.get(ledger.runIdOf(n) ?? "");
    if (atUs === undefined) done.fail();
    else done.record(Math.max(answeredUs, atUs - startedAtUs) - intendedUs);
  }
  const p99 = (recorder: LatencyRecorder) => (isCarriedBy(ledger.count, 0.99) ? recorder.percentileMs(99) : null);
  return { ackP50Ms: ack.percentileMs(50), ackP99Ms: p99(ack), doneP99Ms: p99(done) };
}

async function readLogPosition(client: Client): Promise<number> {
  const { rows } = await client.query<{ bytes: number }>(
    "select (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::float8 as bytes",
  );
  return rows[0]?.bytes ?? 0;
}
