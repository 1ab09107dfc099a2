import type { CanaryReading, Disturbance } from "../result/result.ts";
import type { Threshold } from "../scenario/scenario.ts";
import { standardThresholds } from "../scenario/standard.ts";
import { judge } from "../scenario/threshold.ts";
import { disturbancesOf } from "./disturbance.ts";
import type { Evidence } from "./evidence.ts";
import { figuresOf } from "./figures.ts";
import type { Figures } from "./figures.ts";
import { hostOf, ownCores } from "./resources.ts";
import { roughFigures } from "./rough-figures.ts";
import { hasOwnTimestamps, IDLE_STATEMENTS_PER_SECOND } from "./work.ts";

/** A block with what it shows on its own. */
export interface JudgedBlock {
  readonly evidence: Evidence;
  readonly figures: Figures;
  readonly disturbances: readonly Disturbance[];
}

/** @param canaryBest  The best that the canary saw of this machine; null when it was not read. */
export function judgedBlock(evidence: Evidence, canaryBest: CanaryReading | null): JudgedBlock {
  return { evidence, figures: figuresOf(evidence), disturbances: disturbancesIn(evidence, canaryBest) };
}

/** Whether its times are MeshHook's: nothing disturbed the machine, and the generator kept up. */
export function isQuiet({ figures, disturbances }: JudgedBlock): boolean {
  return disturbances.length === 0 && figures.generator.isBacked;
}

function disturbancesIn(evidence: Evidence, canaryBest: CanaryReading | null): Disturbance[] {
  const { load } = evidence.scenario;
  return disturbancesOf({
    host: hostOf(evidence),
    // A search goes to the limit and beyond.
    isSaturating: load.kind === "saturating" || load.search !== undefined,
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

/** A scenario's own limits and those of every one like it, as far as they can be judged from these figures. */
export function limitsOf(evidence: Evidence, figures: Figures): readonly Threshold[] {
  const { scenario } = evidence;
  const limits = [...scenario.thresholds, ...standardThresholds(scenario, knownOf(evidence, figures))];
  return limits.filter(({ metric }) => evidence.isRemote !== true || !OF_OWN_SYSTEM.test(metric));
}

/** What is only counted where the benchmark has started the system itself. */
const OF_OWN_SYSTEM = /^(work|roofShare)\.|^memoryGrowth/;

/** Of PostgreSQL; what is written of one to the log is at most as much. */
const PAGE_BYTES = 8_192;

function knownOf(evidence: Evidence, figures: Figures): Parameters<typeof standardThresholds>[1] {
  const { audit, work, connections } = figures;
  return {
    hasWork: work !== null && hasOwnTimestamps(evidence),
    idleStatementsPerRun: (IDLE_STATEMENTS_PER_SECOND * ((evidence.activityMs ?? 0) / 1_000)) / Math.max(1, audit.runs),
    wholePageBytesPerRun: (evidence.activity.walFullPageImages * PAGE_BYTES) / Math.max(1, audit.runs),
    hasMemory: figures.memoryGrowthBytesPerSecond !== null,
    requests: evidence.measured.report.ledger.count,
    calls: audit.effects,
    hasConnections: connections.reopened !== null,
    hasTargetConnections: connections.reopenedToTarget !== null,
  };
}

/** A block that has no figure of its own says nothing, unless what was asked never came. */
export function missesAlone(limit: Threshold, figures: Figures, rough: object = roughFigures(figures)): boolean {
  const [result] = judge([limit], rough);
  if (result === undefined || result.holds) return false;
  const name = /^latency\.(\w+)\./.exec(limit.metric)?.[1];
  return result.actual !== null || (name !== undefined && (figures.latencies[name]?.failed ?? 0) > 0);
}

/** What a block alone measured for a threshold; null where it has no figure. */
export function valueIn(expression: string, figures: Figures): number | null {
  const metric = expression.slice(0, expression.lastIndexOf(" ", expression.lastIndexOf(" ") - 1));
  return judge([{ metric, operator: "<=", limit: 0, reason: "" }], roughFigures(figures))[0]?.actual ?? null;
}
