import { payloadText } from "../load/payload.ts";
import { faultText } from "../fault/step.ts";
import type { Effect } from "../load/sink/sink.ts";
import type {
  Block,
  CanaryReading,
  Disturbance,
  FaultResult,
  LoadDescription,
  ScenarioResult,
  ThresholdResult,
} from "../result/result.ts";
import { standardThresholds } from "../scenario/standard.ts";
import type { Scenario, Threshold } from "../scenario/scenario.ts";
import { judge } from "../scenario/threshold.ts";
import { disturbancesOf } from "./disturbance.ts";
import type { Evidence } from "./evidence.ts";
import { figuresOf } from "./figures.ts";
import type { Figures } from "./figures.ts";
import { floorsOf, limitHere } from "./floors.ts";
import type { Floors } from "./floors.ts";
import { intervalsOf } from "./intervals.ts";
import { joinBlocks, offsetsOf } from "./join/join-blocks.ts";
import { IN_FLIGHT_MAX } from "./measured-load.ts";
import { phasesOf } from "./phases.ts";
import { hostOf, ownCores, processesOf } from "./resources.ts";
import { roughFigures } from "./rough-figures.ts";
import { seriesOf } from "./series.ts";
import { reasonsOf, verdictOf } from "./verdict.ts";
import { secondsOf, windowsOf } from "./window.ts";
import { flushesPerCommit, hasOwnTimestamps, IDLE_STATEMENTS_PER_SECOND } from "./work.ts";

export interface JudgeOptions {
  /** Of the intervals' resamples. */
  readonly seed: number;
  /** The best that the canary saw of this machine during the suite; null when it was not read. */
  readonly canaryBest: CanaryReading | null;
}

/** So many quiet blocks are enough to leave out the others. */
const QUIET_BLOCKS_MIN = 2;

interface MeasuredBlock {
  readonly evidence: Evidence;
  readonly figures: Figures;
  readonly disturbances: readonly Disturbance[];
}

/**
 * Turns the blocks of a scenario into its result. Pure.
 *
 * What is counted (audit, answers, rows, statements) comes from all blocks. Times, shares and CPU come from the judged ones: those that
 * nothing disturbed, where there are at least two; otherwise all. Which blocks are disturbed is decided by what was seen of the machine,
 * never by MeshHook's figures.
 */
export function judgeScenario(evidences: readonly Evidence[], { seed, canaryBest }: JudgeOptions): ScenarioResult {
  const blocks = evidences.map((evidence): MeasuredBlock => ({
    evidence,
    figures: figuresOf(evidence),
    disturbances: disturbancesIn(evidence, canaryBest),
  }));
  const quiet = blocks.filter(({ figures, disturbances }) => disturbances.length === 0 && figures.generator.isBacked);
  const judged = quiet.length >= QUIET_BLOCKS_MIN ? quiet : blocks;
  const joined = joinBlocks(evidences);
  const all = figuresOf(joined);
  const joinedJudged = judged.length === blocks.length ? joined : joinBlocks(judged.map(({ evidence }) => evidence));
  const timed = judged.length === blocks.length ? all : figuresOf(joinedJudged);
  const { scenario } = joined;
  const figures = {
    ...all,
    throughput: all.audit.isClean ? timed.throughput : null,
    episodes: { ...all.episodes, period: periodOf(blocks) },
    latency: timed.latency,
    memoryGrowthBytesPerSecond: timed.memoryGrowthBytesPerSecond,
    work:
      all.work === null || timed.work === null
        ? all.work
        : { ...all.work, meshhookCpuMs: timed.work.meshhookCpuMs, postgresCpuMs: timed.work.postgresCpuMs },
    roofShare: all.audit.isClean ? meanShares(judged) : null,
    generator: worstBacking(judged, timed),
  };
  const limits = [...scenario.thresholds, ...standardThresholds(scenario, knownOf(joined, all))];
  const floors = floorsOf(joinedJudged);
  const thresholds = judge(limits, figures).map((threshold, index) => {
    const limit = limits[index];
    return limit === undefined ? threshold : withBlocks(threshold, limit, judged, scenario, floors);
  });
  const disturbances = worstOf(judged.flatMap((block) => block.disturbances));
  const reasons = reasonsOf({
    ...figures,
    thresholds,
    disturbances,
    durability:
      joined.durability === undefined
        ? null
        : { ...joined.durability, flushesPerCommit: flushesPerCommit(joined, scenario) },
    blockValues: ({ expression }) => judged.map(({ figures: block }) => valueIn(expression, block)),
  });
  const offsets = offsetsOf(evidences);
  const faults = blocks.flatMap((block, index) => faultResults(block, offsets[index] ?? 0));
  const { latencies: _l, windows, impossible: _i, isUnsentByGenerator: _u, faultOutcomes: _f, ...shown } = figures;
  return {
    name: scenario.name,
    title: scenario.title,
    question: scenario.question,
    group: scenario.group,
    load: describeLoad(scenario, secondsOf(windows), (windows[0]?.fromUs ?? 0) / 1_000),
    startedAtMs: joined.startedAtMs,
    durationMs: evidences.reduce((sum, { durationMs = 0 }) => sum + durationMs, 0),
    status: verdictOf(reasons),
    reasons,
    blocks: blocks.map((block, index) =>
      describeBlock(block, { isJudged: judged.includes(block), offsetUs: offsets[index] ?? 0, limits }),
    ),
    intervals: intervalsOf(
      judged.map((block) => block.figures),
      seed,
    ),
    ...shown,
    ...(scenario.faults.length === 0 ? {} : { faults }),
    disturbances,
    phases: phasesOf({
      ledger: joinedJudged.measured.report.ledger,
      runs: joinedJudged.runs,
      firstEffectUs: joinedJudged.effects === null ? null : firstEffects(joinedJudged.effects),
      lastLineUs: joinedJudged.stream?.lastLineUs ?? null,
      windows: timed.windows,
    }),
    resources: processesOf(joined),
    database: joined.activity,
    thresholds,
    series: evidences.flatMap(({ measured }, index) =>
      seriesOf(measured.report.ledger, measured.readings).map((point) => ({
        ...point,
        second: point.second + Math.round((offsets[index] ?? 0) / 1e6),
      })),
    ),
    notes: [...joined.notes, ...faultNotes(faults)],
    artifacts: joined.artifacts,
  };
}

function disturbancesIn(evidence: Evidence, canaryBest: CanaryReading | null): Disturbance[] {
  return disturbancesOf({
    host: hostOf(evidence),
    isSaturating: evidence.scenario.load.kind === "saturating",
    ownCores: ownCores(evidence),
    cores: evidence.cores ?? null,
    checkpoints: evidence.activity.checkpoints,
    targetExtraMsP99: evidence.targetExtraMsP99 ?? null,
    witness: evidence.witness ?? null,
    canary: evidence.canary ?? null,
    canaryBest,
    idleFlushMs: evidence.idleFlushMs ?? null,
  });
}

/** One of each kind, the worst. */
function worstOf(disturbances: readonly Disturbance[]): Disturbance[] {
  const worst = new Map<string, Disturbance>();
  for (const disturbance of disturbances) {
    const known = worst.get(disturbance.metric);
    if (known === undefined || disturbance.value > known.value) worst.set(disturbance.metric, disturbance);
  }
  return [...worst.values()];
}

/** Two periods are one when they differ by less. */
const PERIOD_SCATTER = 0.15;

/**
 * What comes back at regular intervals does so within a block, because between blocks time was cut out; and it does so in most of them:
 * among several short blocks of a restless machine, one finds a period by chance.
 */
function periodOf(blocks: readonly MeasuredBlock[]): ScenarioResult["episodes"]["period"] {
  const periods = blocks.flatMap(({ figures: { episodes } }) => (episodes.period === null ? [] : [episodes.period]));
  const agreeing = (everyMs: number) =>
    periods.filter((other) => Math.abs(other.everyMs - everyMs) <= PERIOD_SCATTER * everyMs).length;
  return periods.find(({ everyMs }) => 2 * agreeing(everyMs) > blocks.length) ?? null;
}

/** Each block is compared with the roofs that were measured near it. */
function meanShares(blocks: readonly MeasuredBlock[]): ScenarioResult["roofShare"] {
  const shares = blocks.flatMap(({ figures: { roofShare } }) => (roofShare === null ? [] : [roofShare]));
  const [first] = shares;
  if (first === undefined) return null;
  return Object.fromEntries(
    Object.keys(first).map((roof) => [
      roof,
      shares.reduce((sum, share) => sum + (share[roof] ?? 0), 0) / shares.length,
    ]),
  );
}

/** Backed when every block is; the reasons are those of all of them together, or else of the first that is not. */
function worstBacking(blocks: readonly MeasuredBlock[], { generator }: Figures): ScenarioResult["generator"] {
  const unbacked = blocks.find(({ figures }) => !figures.generator.isBacked);
  if (unbacked === undefined || !generator.isBacked) return generator;
  return { ...generator, isBacked: false, reasons: unbacked.figures.generator.reasons };
}

/** More whole pages in the log are those of a checkpoint that ran just before. */
const FULL_PAGES_PER_RUN_MAX = 0.05;

function knownOf(joined: Evidence, figures: Figures): Parameters<typeof standardThresholds>[1] {
  const { audit, work, connections } = figures;
  return {
    hasWork: work !== null && hasOwnTimestamps(joined),
    idleStatementsPerRun: (IDLE_STATEMENTS_PER_SECOND * ((joined.activityMs ?? 0) / 1_000)) / Math.max(1, audit.runs),
    hasCheckpoint:
      joined.activity.checkpoints > 0 || joined.activity.walFullPageImages > FULL_PAGES_PER_RUN_MAX * audit.runs,
    hasMemory: figures.memoryGrowthBytesPerSecond !== null,
    requests: joined.measured.report.ledger.count,
    calls: audit.effects,
    hasConnections: connections.reopened !== null,
    hasTargetConnections: connections.reopenedToTarget !== null,
  };
}

function withBlocks(
  threshold: ThresholdResult,
  limit: Threshold,
  judged: readonly MeasuredBlock[],
  scenario: Scenario,
  floors: Floors,
): ThresholdResult {
  if (threshold.kind !== "limit") return { ...threshold, limitHere: null, blocks: null };
  const missed = judged.filter(({ figures }) => missesAlone(limit, figures)).length;
  const isUpper = limit.operator === "<=" || limit.operator === "<";
  return {
    ...threshold,
    limitHere: isUpper ? limitHere(limit.metric, limit.limit, scenario, floors) : null,
    blocks: { judged: judged.length, missed },
  };
}

/** A block that has no figure of its own says nothing, unless what was asked never came. */
function missesAlone(limit: Threshold, figures: Figures): boolean {
  const [result] = judge([limit], roughFigures(figures));
  if (result === undefined || result.holds) return false;
  const name = /^latency\.(\w+)\./.exec(limit.metric)?.[1];
  return result.actual !== null || (name !== undefined && (figures.latencies[name]?.failed ?? 0) > 0);
}

function valueIn(expression: string, figures: Figures): number | null {
  const metric = expression.slice(0, expression.lastIndexOf(" ", expression.lastIndexOf(" ") - 1));
  return judge([{ metric, operator: "<=", limit: 0, reason: "" }], roughFigures(figures))[0]?.actual ?? null;
}

function describeBlock(
  { evidence, figures, disturbances }: MeasuredBlock,
  of: { readonly isJudged: boolean; readonly offsetUs: number; readonly limits: readonly Threshold[] },
): Block {
  const [window] = windowsOf(evidence);
  return {
    startedAtMs: evidence.startedAtMs,
    fromMs: ((window?.fromUs ?? 0) + of.offsetUs) / 1_000,
    untilMs: ((window?.untilUs ?? 0) + of.offsetUs) / 1_000,
    isJudged: of.isJudged,
    disturbances,
    isBacked: figures.generator.isBacked,
    canary: evidence.canary ?? null,
    meshhookRssBytes: evidence.measured.readings[0]?.processes.get("meshhook")?.rssBytes ?? null,
    latency: Object.fromEntries(
      Object.entries(roughFigures(figures).latency).map(([name, { count, failed, p50Ms, p99Ms }]) => [
        name,
        { count, failed, p50Ms, p99Ms },
      ]),
    ),
    completedPerSecond: figures.throughput?.completedPerSecond ?? null,
    missed: judge(
      of.limits.filter(({ kind = "limit" }) => kind === "limit"),
      roughFigures(figures),
    ).flatMap(({ holds, actual, expression }) => (holds || actual === null ? [] : [expression])),
  };
}

/** What each fault of each block did, on the scenario's timeline. */
function faultResults({ evidence: { measured }, figures }: MeasuredBlock, offsetUs: number): FaultResult[] {
  const onTimeline = (us: number) => Math.max(0, (us - measured.report.startedAtUs + offsetUs) / 1_000);
  return figures.faultOutcomes.map((outcome) => ({
    kind: outcome.step.kind,
    text: faultText(outcome.step),
    beganMs: onTimeline(outcome.beganUs),
    endedMs: onTimeline(outcome.endedUs),
    failedRequests: outcome.failedRequests,
    firstFailedMs: outcome.firstFailedUs === null ? null : onTimeline(outcome.firstFailedUs),
    lastFailedMs: outcome.lastFailedUs === null ? null : onTimeline(outcome.lastFailedUs),
    clientsMs: outcome.clientsMs,
    rateBackMs: outcome.rateBackMs,
    p50BackMs: outcome.p50BackMs,
  }));
}

function faultNotes(faults: readonly FaultResult[]): string[] {
  const ms = (value: number) => `${value.toLocaleString("en-US", { maximumFractionDigits: 0 })} ms`;
  return faults.map(({ text, failedRequests, clientsMs, rateBackMs }) => {
    if (failedRequests === 0) return `${text} No request failed.`;
    const requests = `${failedRequests.toLocaleString("en-US")} request${failedRequests === 1 ? "" : "s"}`;
    const back =
      rateBackMs === null ? "" : ` ${ms(rateBackMs)} after its end, requests were accepted at the usual rate again.`;
    return `${text} Clients saw an outage of ${ms(clientsMs)}, during which ${requests} failed.${back}`;
  });
}

function firstEffects(effects: readonly Effect[]): ReadonlyMap<string, number> {
  const first = new Map<string, number>();
  for (const { runId, atUs } of effects) if (!first.has(runId)) first.set(runId, atUs);
  return first;
}

function describeLoad(scenario: Scenario, seconds: number, warmupMs: number): LoadDescription {
  const { load } = scenario;
  return {
    model: load.kind === "paced" ? "open" : "closed",
    ratePerSecond: load.kind === "paced" ? load.ratePerSecond : null,
    inFlightMax: load.kind === "paced" ? IN_FLIGHT_MAX : load.senders,
    senders: load.kind === "paced" ? 0 : load.senders,
    durationMs: Math.round(seconds * 1_000),
    warmupMs: Math.round(warmupMs),
    payload: payloadText(scenario.payload),
    subscribers: scenario.subscribers,
  };
}
