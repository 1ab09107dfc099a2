import type { RateProbe, RateSearchResult, ScenarioResult, VerdictReason } from "../result/result.ts";
import { withRate, withTimes } from "../scenario/load.ts";
import type { PacedLoad, RateSearch } from "../scenario/load.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { nextProbe } from "../stats/index.ts";
import type { ProbePhase, SaturationStep } from "../stats/index.ts";
import { judge } from "../scenario/threshold.ts";
import { backlogGrowth } from "./backlog-growth.ts";
import type { Evidence } from "./evidence.ts";
import { isQuiet, judgedBlock, limitsOf, missesAlone } from "./judged-block.ts";
import type { JudgedBlock } from "./judged-block.ts";
import { judgeScenario } from "./judge.ts";
import type { JudgeOptions } from "./judge.ts";
import { loadPoints } from "./load-points.ts";
import { roughFigures } from "./rough-figures.ts";
import { secondsOf } from "./window.ts";
import { verdictOf } from "./verdict.ts";

/** A load whose rate is searched. */
export type SearchedLoad = PacedLoad & { readonly search: RateSearch };

export function isSearched(load: Scenario["load"]): load is SearchedLoad {
  return load.kind === "paced" && load.search !== undefined;
}

/** One rate that was tried, with all that is known of it. */
export interface TriedRate {
  readonly probe: RateProbe;
  readonly evidence: Evidence;
}

/** The scenario at one rate: for as long as a rate is tried, or as it is held in the end. */
export function atProbe(
  scenario: Scenario,
  load: SearchedLoad,
  { ratePerSecond, phase }: { readonly ratePerSecond: number; readonly phase: ProbePhase },
): Scenario {
  const durationMs = phase === "sustain" ? load.search.sustainMs : load.durationMs;
  const timed = withTimes(withRate(load, ratePerSecond), { warmupMs: load.warmupMs, durationMs });
  return { ...scenario, load: { ...timed, search: load.search } };
}

/** The next rate to try, or the end. */
export function nextRate({ ratePerSecond, search }: SearchedLoad, probes: readonly RateProbe[]): SaturationStep {
  return nextProbe(
    probes.map(({ binding, ...probe }) => (binding === null ? probe : { ...probe, binding })),
    { startPerSecond: ratePerSecond, ...search },
  );
}

/**
 * What a block says of its rate. It passes when every limit holds, every webhook was accepted, nothing was lost, and the backlog is flat.
 * A generator that was late is not a miss in itself: its delay is part of every latency, and can only make a rate look worse.
 */
export function probeOf(
  evidence: Evidence,
  { block, phase }: { readonly block: number; readonly phase: ProbePhase },
): RateProbe {
  const { figures } = judgedBlock(evidence, null);
  const limits = limitsOf(evidence, figures).filter(({ kind }) => kind !== "precondition");
  // However few samples there are: a limit that nobody looked at would hold at any rate.
  const rough = roughFigures(figures, 0);
  const missed = judge(
    limits.filter((limit) => missesAlone(limit, figures, rough)),
    rough,
  ).map(
    ({ expression, actual }) =>
      `\`${expression}\`, measured ${actual === null ? "no answer" : String(Number(actual.toPrecision(3)))}`,
  );
  const { due, shed, unsent, unexpected } = figures.answers;
  const refused = Math.max(shed + unsent, unexpected);
  const reasons = [
    ...(figures.audit.isClean ? [] : ["the audit is not clean"]),
    ...(refused === 0 ? [] : [`${count(refused)} of ${count(due)} webhooks were not accepted`]),
    ...missed,
  ];
  const growth = backlogGrowth(evidence);
  const words = [
    ...reasons,
    ...(growth.isFlat ? [] : [`the backlog grew by ${count(growth.perSecond)} a second`]),
    ...(figures.generator.isBacked
      ? []
      : [`the load generator could not keep up: ${figures.generator.reasons.join("; ")}`]),
  ];
  const { load } = evidence.scenario;
  const times = rough.latency["ack"];
  const completed = figures.throughput?.completedPerSecond;
  return {
    block,
    phase,
    ratePerSecond: load.kind === "paced" ? load.ratePerSecond : 0,
    achievedPerSecond: completed ?? 0,
    ackP50Ms: times?.p50Ms ?? null,
    ackP99Ms: times?.p99Ms ?? null,
    durationMs: secondsOf(figures.windows) * 1_000,
    holds: reasons.length === 0,
    isBacklogFlat: growth.isFlat,
    backlogGrowthPerSecond: growth.perSecond,
    binding: reasons.length === 0 && growth.isFlat ? null : words.join("; "),
  };
}

/** Where the search stands: its end, or how far it came. */
function searchResult(load: SearchedLoad, probes: readonly RateProbe[]): RateSearchResult {
  const next = nextRate(load, probes);
  const step =
    next.kind === "done"
      ? next
      : nextProbe(
          probes.map(({ binding, ...probe }) => (binding === null ? probe : { ...probe, binding })),
          { startPerSecond: load.ratePerSecond, ...load.search, probesMax: probes.length },
        );
  if (step.kind !== "done") throw new Error("A search without probes left has ended.");
  return {
    ...step.result,
    because: next.kind === "done" ? step.result.because : "stopped",
    sustainMs: load.search.sustainMs,
    probes,
  };
}

/**
 * Judges a search: its figures are those at the highest rate that passed (held for the longer time, if it was), or at the lowest that was
 * tried when none did. What is counted comes from all rates: a lost run is lost at any of them.
 */
export function judgeSearch(load: SearchedLoad, tried: readonly TriedRate[], options: JudgeOptions): ScenarioResult {
  const search = searchResult(
    load,
    tried.map(({ probe }) => probe),
  );
  const shown = shownRates(search, tried);
  const result = judgeScenario(
    shown.map(({ evidence }) => evidence),
    { ...options, elsewhere: tried.filter((each) => !shown.includes(each)).map(({ evidence }) => evidence) },
  );
  const blocks = tried.map(({ evidence }) => judgedBlock(evidence, options.canaryBest));
  const failing = blocks.filter((_, index) => tried[index]?.probe.ratePerSecond === search.firstFailingPerSecond);
  const reasons = [...result.reasons, ...openQuestions(search, failing)];
  return { ...result, reasons, status: verdictOf(reasons), search, curve: loadPoints(blocks) };
}

function shownRates(search: RateSearchResult, tried: readonly TriedRate[]): readonly TriedRate[] {
  const highest = search.lastPassingPerSecond;
  if (highest === null) {
    const lowest = Math.min(...tried.map(({ probe }) => probe.ratePerSecond));
    return tried.filter(({ probe }) => probe.ratePerSecond === lowest);
  }
  const passed = tried.filter(({ probe }) => probe.ratePerSecond === highest && probe.holds && probe.isBacklogFlat);
  const held = passed.filter(({ probe }) => probe.phase === "sustain");
  return held.length > 0 ? held : passed;
}

/** What keeps the boundary from being an answer. */
function openQuestions(search: RateSearchResult, failing: readonly JudgedBlock[]): VerdictReason[] {
  const { because, lastPassingPerSecond, firstFailingPerSecond, isSustained, sustainMs, probes } = search;
  const open = (text: string, next: string): VerdictReason => ({ verdict: "inconclusive", text, next });
  if (because === "stopped" || because === "probes")
    return [
      open(
        `The search ended after ${String(probes.length)} rates, before the boundary was known.`,
        "Measure again, from a rate closer to the boundary.",
      ),
    ];
  // What was missed at the lowest rate is told by its figures.
  if (lastPassingPerSecond === null) return [];
  if (because === "maximum")
    return [
      open(
        `The highest rate to be tried, ${count(lastPassingPerSecond)}/s, holds, so the boundary lies beyond it.`,
        "Raise `load.max`.",
      ),
    ];
  if (!isSustained)
    return [
      open(
        `${count(lastPassingPerSecond)}/s holds for a short time, and did not hold for ${count(sustainMs / 1_000)} s.`,
        "Measure again with a longer `load.each`.",
      ),
    ];
  if (firstFailingPerSecond === null || failing.some(isQuiet)) return [];
  const words = [...new Set(failing.flatMap(({ disturbances }) => disturbances.map(({ text }) => text)))];
  const why = words.length === 0 ? "the load generator could not keep up" : words.slice(0, 2).join("; ");
  return [
    open(
      `At ${count(firstFailingPerSecond)}/s, the lowest rate that fails, MeshHook did not have the machine to itself (${why}), so it may sustain more than ${count(lastPassingPerSecond)}/s.`,
      "Measure again on a machine that is not used by anything else.",
    ),
  ];
}

function count(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: value < 100 ? 1 : 0 });
}
