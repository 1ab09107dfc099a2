import { median } from "simple-statistics";
import { compareFigures, PAIRS_MIN } from "../stats/index.ts";
import type { Pair } from "../stats/index.ts";
import { MESHHOOK } from "./meshhook-contestant.ts";
import type { PeerAudit, PeerComparison, PeerFigureName, PeerRatio, RoundFigures, RoundSummary } from "./result.ts";

/** Every figure, and which way is good. */
const FIGURES: { readonly [Name in PeerFigureName]: "higher" | "lower" } = {
  runsPerSecond: "higher",
  ackP50Ms: "lower",
  ackP99Ms: "lower",
  doneP99Ms: "lower",
  cpuSecondsPer1000: "lower",
  walBytesPerRun: "lower",
};

const NAMES = Object.keys(FIGURES) as readonly PeerFigureName[];

/**
 * Sums up the rounds of each contestant and workflow, in the order in which they first appear, and compares MeshHook with each within
 * each round. A contestant whose audit is not clean in any of its rounds has no figures at all: fast by losing work is not fast.
 */
export function compareRounds(rounds: readonly RoundFigures[]): PeerComparison[] {
  const groups = Map.groupBy(rounds, ({ workflow, contestant }) => `${workflow} ${contestant}`);
  return [...groups.values()].flatMap((own) => {
    const [first] = own;
    if (first === undefined) return [];
    const { workflow, contestant } = first;
    const meshhook = groups.get(`${workflow} ${MESHHOOK}`) ?? [];
    const audit = sumAudits(own.map((round) => round.audit));
    const isCompared = contestant !== MESHHOOK && audit.isClean && meshhook.every((round) => round.audit.isClean);
    return [
      {
        workflow,
        contestant,
        audit,
        withheld: audit.isClean ? null : `The audit is not clean: ${faultsText(audit)}.`,
        figures: eachFigure((name) => (audit.isClean ? summaryOf(own, name) : null)),
        ratios: eachFigure((name) => (isCompared ? ratioOf(meshhook, own, name) : null)),
      },
    ];
  });
}

function eachFigure<T>(of: (name: PeerFigureName) => T): { readonly [Name in PeerFigureName]: T } {
  // Every name of the type is in FIGURES.
  return Object.fromEntries(NAMES.map((name) => [name, of(name)])) as { readonly [Name in PeerFigureName]: T };
}

function summaryOf(rounds: readonly RoundFigures[], name: PeerFigureName): RoundSummary | null {
  const values = rounds.map((round) => round[name]).filter((value) => value !== null);
  if (values.length === 0) return null;
  return { median: median(values), min: Math.min(...values), max: Math.max(...values), rounds: values.length };
}

function ratioOf(
  meshhook: readonly RoundFigures[],
  peer: readonly RoundFigures[],
  name: PeerFigureName,
): PeerRatio | null {
  const pairs = peer.flatMap((round): Pair[] => {
    const baseline = round[name];
    const candidate = meshhook.find((other) => other.round === round.round)?.[name] ?? null;
    return baseline !== null && candidate !== null && baseline > 0 && candidate > 0 ? [{ baseline, candidate }] : [];
  });
  if (pairs.length === 0) return null;
  if (pairs.length < PAIRS_MIN) {
    const logs = pairs.map(({ baseline, candidate }) => Math.log(candidate / baseline));
    const estimate = Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length);
    return { estimate, low: null, high: null, rounds: pairs.length };
  }
  const [comparison] = compareFigures([{ runs: pairs, isBetter: FIGURES[name], minimumEffect: SMALLEST_EFFECT }]);
  const ratio = comparison?.ratio ?? null;
  return ratio === null ? null : { estimate: ratio.estimate, low: ratio.low, high: ratio.high, rounds: pairs.length };
}

/** Verdicts are not drawn here; the comparison wants one. */
const SMALLEST_EFFECT = 0.05;

function sumAudits(audits: readonly PeerAudit[]): PeerAudit {
  const sum = (count: (audit: PeerAudit) => number) => audits.reduce((total, audit) => total + count(audit), 0);
  return {
    isClean: audits.every(({ isClean }) => isClean),
    accepted: sum((audit) => audit.accepted),
    unknown: sum((audit) => audit.unknown),
    finished: sum((audit) => audit.finished),
    lost: sum((audit) => audit.lost),
    doubled: sum((audit) => audit.doubled),
    phantom: sum((audit) => audit.phantom),
    effects: sum((audit) => audit.effects),
    effectsMissing: sum((audit) => audit.effectsMissing),
    effectsDoubled: sum((audit) => audit.effectsDoubled),
    effectsWrong: sum((audit) => audit.effectsWrong),
  };
}

function faultsText(audit: PeerAudit): string {
  const faults = [
    [audit.lost, "lost"],
    [audit.doubled, "doubled"],
    [audit.phantom, "that no answer named"],
    [audit.effectsMissing, "without their call"],
    [audit.effectsDoubled, "with a call too many"],
    [audit.effectsWrong, "with a wrong call"],
  ] as const;
  const shown = faults.filter(([count]) => count > 0).map(([count, text]) => `${String(count)} ${text}`);
  return `of ${String(audit.accepted)} accepted runs, ${shown.join(", ")}`;
}
