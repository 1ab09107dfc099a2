import { payloadText } from "../load/payload.ts";
import { faultText } from "../fault/step.ts";
import type { Effect } from "../load/sink/sink.ts";
import type {
  CanaryReading,
  Disturbance,
  FaultResult,
  LoadDescription,
  ScenarioResult,
  ThresholdResult,
} from "../result/result.ts";
import type { Scenario, Threshold } from "../scenario/scenario.ts";
import { judge } from "../scenario/threshold.ts";
import { describeBlock } from "./describe-block.ts";
import type { Evidence } from "./evidence.ts";
import { figuresOf } from "./figures.ts";
import type { Figures } from "./figures.ts";
import { floorsOf, limitHere } from "./floors.ts";
import type { Floors } from "./floors.ts";
import { intervalsOf } from "./intervals.ts";
import { joinAudits } from "./join/counts.ts";
import { joinBlocks, offsetsOf } from "./join/join-blocks.ts";
import { isQuiet, judgedBlock, limitsOf, missesAlone, valueIn } from "./judged-block.ts";
import type { JudgedBlock } from "./judged-block.ts";
import { IN_FLIGHT_MAX } from "./measured-load.ts";
import { heatmapOf } from "./heatmap.ts";
import { phasesOf } from "./phases.ts";
import { processesOf } from "./resources.ts";
import { seriesOf } from "./series.ts";
import { reasonsOf, verdictOf } from "./verdict.ts";
import { secondsOf } from "./window.ts";
import { flushesPerCommit } from "./work.ts";

export interface JudgeOptions {
  /** Of the intervals' resamples. */
  readonly seed: number;
  /** The best that the canary saw of this machine during the suite; null when it was not read. */
  readonly canaryBest: CanaryReading | null;
  /** Blocks of the same scenario with other loads: nothing may be lost in them either, and their times are not looked at. */
  readonly elsewhere?: readonly Evidence[];
}

/** So many quiet blocks are enough to leave out the others. */
const QUIET_BLOCKS_MIN = 2;

/**
 * Turns the blocks of a scenario into its result. Pure.
 *
 * What is counted (audit, answers, rows, statements) comes from all blocks. Times, shares and CPU come from the judged ones: those that
 * nothing disturbed, where there are at least two; otherwise all. Which blocks are disturbed is decided by what was seen of the machine,
 * never by MeshHook's figures. A limit for a percentile that needs more samples than the judged blocks have holds if it holds over all.
 */
export function judgeScenario(
  evidences: readonly Evidence[],
  { seed, canaryBest, elsewhere = [] }: JudgeOptions,
): ScenarioResult {
  const blocks = evidences.map((evidence) => judgedBlock(evidence, canaryBest));
  const quiet = blocks.filter(isQuiet);
  const judged = quiet.length >= QUIET_BLOCKS_MIN ? quiet : blocks;
  const joined = joinBlocks(evidences);
  const all = figuresOf(joined);
  const joinedJudged = judged.length === blocks.length ? joined : joinBlocks(judged.map(({ evidence }) => evidence));
  const timed = judged.length === blocks.length ? all : figuresOf(joinedJudged);
  const { scenario } = joined;
  const others = elsewhere.map((evidence) => figuresOf(evidence).audit);
  // Work for each run is that of these blocks; the others count only where something is wrong in them.
  const audit = others.every(({ isClean }) => isClean) ? all.audit : joinAudits([all.audit, ...others]);
  const figures = {
    ...all,
    audit,
    throughput: audit.isClean ? timed.throughput : null,
    episodes: { ...all.episodes, period: periodOf(blocks) },
    latency: timed.latency,
    memoryGrowthBytesPerSecond: timed.memoryGrowthBytesPerSecond,
    work:
      all.work === null || timed.work === null
        ? all.work
        : { ...all.work, meshhookCpuMs: timed.work.meshhookCpuMs, postgresCpuMs: timed.work.postgresCpuMs },
    roofShare: audit.isClean ? meanShares(judged) : null,
    generator: worstBacking(judged, timed),
  };
  const limits = limitsOf(joined, all);
  const floors = floorsOf(joinedJudged);
  const thresholds = judge(limits, figures).map((threshold, index) => {
    const limit = limits[index];
    if (limit === undefined) return threshold;
    const known = threshold.actual === null ? heldByAll(limit, figures, all) : null;
    return withBlocks(known ?? threshold, limit, judged, scenario, floors);
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
    load: describeLoad(joined, secondsOf(windows), (windows[0]?.fromUs ?? 0) / 1_000),
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
    phases:
      joined.isRemote === true
        ? []
        : phasesOf({
            ledger: joinedJudged.measured.report.ledger,
            runs: joinedJudged.runs,
            firstEffectUs: joinedJudged.effects === null ? null : firstEffects(joinedJudged.effects),
            lastLineUs: joinedJudged.stream?.lastLineUs ?? null,
            windows: timed.windows,
          }),
    resources: processesOf(joined),
    database: joined.isRemote === true ? null : joined.activity,
    thresholds,
    heatmap: heatmapOf(joined.measured.report.ledger),
    series: evidences.flatMap((evidence, index) =>
      seriesOf(evidence).map((point) => ({
        ...point,
        second: point.second + Math.round((offsets[index] ?? 0) / 1e6),
      })),
    ),
    notes: [...joined.notes, ...faultNotes(faults)],
    artifacts: joined.artifacts,
  };
}

/**
 * A percentile that the quiet blocks are too few to carry comes from all blocks, where its limit holds in them: a disturbance only adds to
 * times. Null where all blocks do not carry it either, or where it does not hold.
 */
function heldByAll(limit: Threshold, figures: Pick<Figures, "latency">, { latency }: Figures): ThresholdResult | null {
  if (!limit.metric.startsWith("latency.") || !limit.operator.startsWith("<")) return null;
  const [threshold] = judge([limit], { ...figures, latency });
  return threshold?.holds === true ? threshold : null;
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
function periodOf(blocks: readonly JudgedBlock[]): ScenarioResult["episodes"]["period"] {
  const periods = blocks.flatMap(({ figures: { episodes } }) => (episodes.period === null ? [] : [episodes.period]));
  const agreeing = (everyMs: number) =>
    periods.filter((other) => Math.abs(other.everyMs - everyMs) <= PERIOD_SCATTER * everyMs).length;
  return periods.find(({ everyMs }) => 2 * agreeing(everyMs) > blocks.length) ?? null;
}

/** Each block is compared with the roofs that were measured near it. */
function meanShares(blocks: readonly JudgedBlock[]): ScenarioResult["roofShare"] {
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
function worstBacking(blocks: readonly JudgedBlock[], { generator }: Figures): ScenarioResult["generator"] {
  const unbacked = blocks.find(({ figures }) => !figures.generator.isBacked);
  if (unbacked === undefined || !generator.isBacked) return generator;
  return { ...generator, isBacked: false, reasons: unbacked.figures.generator.reasons };
}

function withBlocks(
  threshold: ThresholdResult,
  limit: Threshold,
  judged: readonly JudgedBlock[],
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

/** What each fault of each block did, on the scenario's timeline. */
function faultResults({ evidence: { measured }, figures }: JudgedBlock, offsetUs: number): FaultResult[] {
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

function describeLoad({ scenario, measured }: Evidence, seconds: number, warmupMs: number): LoadDescription {
  const { load } = scenario;
  const { driver } = measured.report;
  return {
    model: load.kind === "paced" ? "open" : "closed",
    ratePerSecond: load.kind === "paced" ? load.ratePerSecond : null,
    inFlightMax: load.kind === "paced" ? IN_FLIGHT_MAX : load.senders,
    senders: load.kind === "paced" ? 0 : load.senders,
    durationMs: Math.round(seconds * 1_000),
    warmupMs: Math.round(warmupMs),
    payload: payloadText(scenario.payload),
    subscribers: scenario.subscribers,
    ...(driver === undefined ? {} : { driver }),
  };
}
