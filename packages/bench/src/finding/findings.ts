import type { BenchResult, Finding } from "../result/result.ts";
import { auditNotClean } from "./rule/audit-not-clean.ts";
import { clocksDisagree } from "./rule/clocks-disagree.ts";
import { connectionsNotKept } from "./rule/connections-not-kept.ts";
import { moreStatements } from "./rule/more-statements.ts";
import { stalls } from "./rule/stalls.ts";
import { batchingIneffective } from "./rule/batching-ineffective.ts";
import { checkpointTail } from "./rule/checkpoint-tail.ts";
import { completionLagsIntake } from "./rule/completion-lags-intake.ts";
import { connectionsNearLimit } from "./rule/connections-near-limit.ts";
import { databaseCpuBound } from "./rule/database-cpu-bound.ts";
import { durabilityOff } from "./rule/durability-off.ts";
import { durableDominates } from "./rule/durable-dominates.ts";
import { errorsUnderNominalLoad } from "./rule/errors-under-nominal-load.ts";
import { fullPageImages } from "./rule/full-page-images.ts";
import { generatorNotBacked } from "./rule/generator-not-backed.ts";
import { hostDisturbed } from "./rule/host-disturbed.ts";
import { hotTableChurn } from "./rule/hot-table-churn.ts";
import { memoryGrowth } from "./rule/memory-growth.ts";
import { meshhookCpuBound } from "./rule/meshhook-cpu-bound.ts";
import { receiveDominates } from "./rule/receive-dominates.ts";
import { rollbacks } from "./rule/rollbacks.ts";
import { roofShareLow } from "./rule/roof-share-low.ts";
import { streamLagDominates } from "./rule/stream-lag-dominates.ts";
import { vacuumBacklog } from "./rule/vacuum-backlog.ts";
import { waitDominates } from "./rule/wait-dominates.ts";
import { batchesFull } from "./rule/batches-full.ts";
import { checkpointsTooOften } from "./rule/checkpoints-too-often.ts";
import { indexBloat } from "./rule/index-bloat.ts";
import { oldTransaction } from "./rule/old-transaction.ts";
import { pagesReadFromDisk } from "./rule/pages-read-from-disk.ts";
import { poolExhausted } from "./rule/pool-exhausted.ts";
import { slowRequestRules } from "./rule/slow-requests.ts";
import { targetDominates } from "./rule/target-dominates.ts";
import { walBesideJournal } from "./rule/wal-beside-journal.ts";
import type { Diagnosis, Rule } from "./rule.ts";
import { sourceOf } from "./source.ts";

/** Every rule, trust first, then time, CPU and the database. The order breaks ties in the ranking. */
export const rules: readonly Rule[] = [
  auditNotClean,
  durabilityOff,
  clocksDisagree,
  errorsUnderNominalLoad,
  completionLagsIntake,
  generatorNotBacked,
  hostDisturbed,
  stalls,
  moreStatements,
  connectionsNotKept,
  receiveDominates,
  durableDominates,
  streamLagDominates,
  targetDominates,
  ...slowRequestRules,
  meshhookCpuBound,
  databaseCpuBound,
  roofShareLow,
  memoryGrowth,
  batchingIneffective,
  batchesFull,
  hotTableChurn,
  walBesideJournal,
  fullPageImages,
  checkpointTail,
  checkpointsTooOften,
  waitDominates,
  pagesReadFromDisk,
  poolExhausted,
  oldTransaction,
  vacuumBacklog,
  indexBloat,
  connectionsNearLimit,
  rollbacks,
];

/**
 * Finds what limits or distorts a result, ranked: what loses work or trust first, then by the share of a figure that the
 * recommended change could take away. Pure; `result.findings` is not read. A healthy result has none.
 */
export function findBottlenecks(result: BenchResult): readonly Finding[] {
  const quiet = {
    ...result,
    scenarios: result.scenarios.filter(({ disturbances, status }) => disturbances.length === 0 && status !== "void"),
  };
  return rules
    .flatMap((rule) => {
      const diagnosis = rule.diagnose(rule.needsQuietMachine === true ? quiet : result);
      return diagnosis === null ? [] : [toFinding(rule, diagnosis, result)];
    })
    .toSorted((a, b) => b.recommendation.rank - a.recommendation.rank);
}

/** Critical findings come first: a faster system that loses work is not an improvement. */
const CRITICAL_FIRST = 100;

function toFinding(
  rule: Rule,
  { effect, advice, tryIn, knob = rule.knob, ...diagnosis }: Diagnosis,
  result: BenchResult,
): Finding {
  const percent = Math.round(Math.min(1, effect.share) * 100);
  const isCritical = diagnosis.severity === "critical";
  const turned = tryIn === undefined || knob === undefined ? null : { scenario: tryIn, ...knob };
  return {
    ...diagnosis,
    id: rule.name,
    rule: rule.name,
    evidence: diagnosis.evidence.map((row) => ({ ...row, ...sourceOf(row, result) })),
    recommendation: {
      ...rule.advice,
      ...advice,
      rank: percent + (isCritical ? CRITICAL_FIRST : 0),
      rankReason: `affects up to ${percent} % of ${effect.of}${isCritical ? "; correctness and trust rank above speed" : ""}`,
      experiment:
        turned === null ? null : `npm run bench -- ab ${turned.scenario} --b-set ${turned.name}=${turned.value}`,
      knob: turned,
    },
  };
}
