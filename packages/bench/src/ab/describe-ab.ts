import { compareResults } from "../compare/compare-results.ts";
import type { BenchResult } from "../result/result.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { AbBlock, AbResult, AbSideResult, AbVerdict, AuditSums } from "./ab-result.ts";
import { variedSettings } from "./configuration.ts";
import type { AbConfiguration, AbSide } from "./configuration.ts";

export interface MeasuredAb {
  readonly startedAtMs: number;
  readonly command: string;
  readonly seed: number;
  readonly scenario: Pick<Scenario, "name" | "title" | "question">;
  readonly order: readonly AbSide[];
  readonly a: MeasuredSide;
  readonly b: MeasuredSide;
}

export interface MeasuredSide {
  readonly configuration: AbConfiguration;
  /** One for each block, in the order they ran; at least one. */
  readonly results: readonly BenchResult[];
}

/**
 * Judges the blocks of both sides and describes them. Pure.
 *
 * @throws RangeError  when a side has no block.
 */
export function describeAb(measured: MeasuredAb): AbResult {
  const { a, b, order, startedAtMs, scenario } = measured;
  const [first] = a.results;
  if (first === undefined || b.results.length === 0) throw new RangeError("each side needs a block");
  const comparison = compareResults(a.results, b.results, { varied: variedSettings(a.configuration, b.configuration) });
  const isVoid = [a, b].some(({ results }) => scenariosOf(results).every(({ status }) => status === "void"));
  const verdict: AbVerdict = isVoid ? "void" : comparison.verdict;
  return {
    schemaVersion: 1,
    kind: "ab",
    id: `${new Date(startedAtMs).toISOString().slice(0, 19).replaceAll(":", "-")}-ab-${scenario.name}`,
    startedAtMs,
    finishedAtMs: Math.max(...[...a.results, ...b.results].map(({ finishedAtMs }) => finishedAtMs)),
    command: measured.command,
    seed: measured.seed,
    scenario: { name: scenario.name, title: scenario.title, question: scenario.question },
    order,
    isInterrupted: a.results.length + b.results.length < order.length,
    verdict,
    a: describeSide("a", a),
    b: describeSide("b", b),
    environment: first.environment,
    comparison,
  };
}

function describeSide(side: AbSide, { configuration, results }: MeasuredSide): AbSideResult {
  const { description, meshhookEnv, postgresSettings, commit } = configuration;
  return {
    description,
    meshhookEnv,
    postgresSettings,
    commit,
    audit: auditSums(results),
    blocks: results.flatMap((result, index) =>
      result.scenarios.map((scenario): AbBlock => ({
        file: `${side}/${String(index + 1).padStart(2, "0")}/result.json`,
        startedAtMs: result.startedAtMs,
        status: scenario.status,
        isBacked: scenario.generator.isBacked,
        disturbances: scenario.disturbances.map(({ text }) => text),
      })),
    ),
  };
}

function auditSums(results: readonly BenchResult[]): AuditSums {
  const audits = scenariosOf(results).map(({ audit }) => audit);
  const sum = (name: Exclude<keyof AuditSums, "isClean">) => audits.reduce((total, audit) => total + audit[name], 0);
  return {
    isClean: audits.every(({ isClean }) => isClean),
    sent: sum("sent"),
    accepted: sum("accepted"),
    lost: sum("lost"),
    duplicated: sum("duplicated"),
    outOfOrder: sum("outOfOrder"),
    stuck: sum("stuck"),
    phantom: sum("phantom"),
    resultsWrong: sum("resultsWrong"),
  };
}

function scenariosOf(results: readonly BenchResult[]): BenchResult["scenarios"] {
  return results.flatMap(({ scenarios }) => scenarios);
}
