import { join, resolve } from "node:path";

import { findBottlenecks, judgeRetest, readRetests, ruleCatalogue, writeReports, writeRetest } from "@meshhook/bench";
import type { AbResult, BenchResult, Finding } from "@meshhook/bench";

import { isVariable, type NamedValue } from "../../bench/named-values.ts";
import { readReport, type ReportOnDisk } from "../../bench/read-report.ts";
import { fallbackText } from "../../config/describe.ts";
import { SETTINGS, type Config } from "../../config/settings.ts";
import type { Setting } from "../../config/setting.ts";
import { CommandError, type ExitName } from "../../exit-codes.ts";
import type { Output } from "../../terminal/output.ts";
import { measureAb } from "./ab.ts";

export interface RetestRequest {
  /** Id of the finding. */
  readonly finding: string;
  /** A `result.json` or the folder of a report; null for the newest. */
  readonly report: string | null;
  /**
   * A scenario's name or file in place of the one that showed the finding; null for that one. Without a report, the knob is tried in it
   * whether or not a result showed the finding.
   */
  readonly scenario: string | null;
  readonly pairs: number;
  /** The arguments as typed, for the record. */
  readonly typed: readonly string[];
}

/** What is turned, and where the record goes. */
interface Turn {
  readonly finding: Pick<Finding, "id" | "title">;
  readonly knob: NonNullable<Finding["recommendation"]["knob"]>;
  /** The report that showed the finding; null when the record goes beside the blocks of the retest. */
  readonly report: Pick<ReportOnDisk, "folder" | "result"> | null;
  /** What the result was measured with, for both sides. */
  readonly asItWas: readonly NamedValue[];
}

/** Turns the knob of one recommendation in interleaved blocks and records whether it did what the recommendation promises. */
export async function retest(request: RetestRequest, config: Config, output: Output): Promise<ExitName> {
  const { finding, knob, report, asItWas } = await turnOf(request, config);
  const time = new Date().toISOString().slice(0, 19).replaceAll(":", "");
  const outDir = resolve(config.benchOut ?? join(config.reportsDir, `${time}-retest-${finding.id}`));
  const environment = asItWas.filter(({ name }) => isVariable(name));
  const others = environment.filter(({ name }) => name !== knob.name);
  const ab = await measureAb(
    {
      scenario: knob.scenario,
      a: { checkout: null, settings: environment },
      b: { checkout: null, settings: [...others, { name: knob.name, value: knob.value }] },
      pairs: request.pairs,
      overrides: asItWas
        .filter(({ name }) => !isVariable(name))
        .map(({ name, value }) => ({ path: name, value, source: "the command of the result" })),
      format: "table",
      isStrict: false,
      typed: request.typed,
    },
    config,
    outDir,
  );
  const judged = judgeRetest({
    finding,
    knob: { ...knob, scenario: ab.scenario.name },
    from: valueBefore(knob.name, ab),
    result: report?.result.id ?? null,
    ab,
  });
  const path = await writeRetest(report?.folder ?? outDir, judged);
  // The pages of the report say what came out.
  if (report !== null) await writeReports(report.result, report.folder, await readRetests(report.folder));
  output.line(`${judged.outcome.toUpperCase()}: ${judged.text}`);
  output.line(`Recorded in ${path}; the blocks are in ${outDir}`);
  return ab.isInterrupted ? "failed" : EXITS[judged.outcome];
}

const EXITS = { confirmed: "ok", refuted: "notMet", inconclusive: "inconclusive" } as const;

async function turnOf(request: RetestRequest, config: Config): Promise<Turn> {
  const { finding: id, scenario } = request;
  const rule = ruleCatalogue().find(({ name }) => name === id);
  if (rule === undefined)
    throw new CommandError(
      "badInput",
      `There is no recommendation "${id}". \`meshhook bench recommend\` shows those of a report.`,
    );
  if (rule.knob === null)
    throw new CommandError(
      "badInput",
      `"${id}" cannot be re-tested, because no single setting tests it. What it recommends: ${rule.advice.change}`,
    );
  if (request.report === null && scenario !== null)
    return {
      finding: { id, title: rule.looksFor },
      knob: { scenario, ...rule.knob },
      report: null,
      asItWas: [],
    };
  const { result, folder } = await readReport(request.report, config.reportsDir);
  const findings = findBottlenecks(result);
  const finding = findings.find((each) => each.id === id);
  const knob = finding?.recommendation.knob ?? null;
  if (finding === undefined || knob === null) {
    const known = findings.flatMap((each) => (each.recommendation.knob ? [each.id] : [])).join(", ");
    throw new CommandError(
      "badInput",
      `${folder} has no finding "${id}" with a setting to try. ${known === "" ? "It has none at all." : `It has ${known}.`} With --scenario and without a report, the setting is tried anyway.`,
    );
  }
  const turned = scenario === null ? knob : { ...knob, scenario };
  return { finding, knob: turned, report: { result, folder }, asItWas: settingsIn(result) };
}

/** What was given with `--set` when the result was measured. */
function settingsIn({ command }: BenchResult): readonly NamedValue[] {
  return [...command.matchAll(/(?<= )--set[ =]([\w.]+)=(\S+)/g)].map(([, name = "", value = ""]) => ({ name, value }));
}

/** What the knob is without the change. */
function valueBefore(name: string, { a, environment }: AbResult): string | null {
  if (!isVariable(name)) return environment.postgres.settings[name] ?? null;
  const setting: Setting<unknown> | undefined = Object.values(SETTINGS).find(({ env }) => env === name);
  return a.meshhookEnv[name] ?? (setting === undefined ? null : fallbackText(setting));
}
