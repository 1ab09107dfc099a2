import { Option, type Command } from "commander";

import type { CommandContext } from "../../../command-line.ts";
import { EXIT_CODES } from "../../../exit-codes.ts";
import type { ReportFormat } from "../compare.ts";

/** `meshhook bench compare` and `meshhook bench trend`: results beside each other. */
export function describeComparison(bench: Command, context: CommandContext): void {
  describeCompare(bench, context);
  describeTrend(bench, context);
}

function describeCompare(bench: Command, { output, onExit }: CommandContext): void {
  bench
    .command("compare")
    .description("Compare the results of two versions, figure by figure.")
    .argument("<baseline>", "a result.json, the folder of a report, or a folder with the folders of several reports")
    .argument("<candidate>", "the same for the version that is to be judged")
    .addOption(formatOption())
    .addHelpText(
      "after",
      `
Each figure is better, the same, worse or inconclusive. Counts of work (rows, statements, commits, log) are judged in any
order. Times and speeds are judged only if the runs of both sides were interleaved (A B B A). With at least four runs on
each side, every figure has an interval. Results from different machines, settings or seeds are refused.

Exits with ${EXIT_CODES.ok.code} if the candidate is better or the same, with ${EXIT_CODES.notMet.code} if it is worse, and with ${EXIT_CODES.inconclusive.code} otherwise.

Examples:
  $ meshhook bench compare reports/before reports/after
  $ meshhook bench compare before/result.json after/result.json --format markdown`,
    )
    .action(async (baseline: string, candidate: string, { format }: { format: ReportFormat }) => {
      const { compareReports } = await import("../compare.ts");
      onExit(await compareReports(baseline, candidate, format, output));
    });
}

function describeTrend(bench: Command, { output, onExit }: CommandContext): void {
  bench
    .command("trend")
    .description("Show lasting changes in the history of results.")
    .option("--history <folder>", "folder of the history, one small JSON file per result", "benchmarks")
    .option("--add <report>", "first add this result: a result.json, the folder of a report, or a folder of reports")
    .addOption(formatOption())
    .addHelpText(
      "after",
      `
Looks at the results that have the environment and the seed of the newest one, and names the two results between which a
figure changed. Changes are warnings, so the command exits with ${EXIT_CODES.ok.code}. At least six results are needed.

Examples:
  $ meshhook bench trend --add report
  $ meshhook bench trend --format markdown`,
    )
    .action(async (options: { history: string; add?: string; format: ReportFormat }) => {
      const { showTrend } = await import("../trend.ts");
      onExit(await showTrend({ ...options, add: options.add ?? null }, output));
    });
}

function formatOption(): Option {
  return new Option("--format <format>", "how to print it").choices(["table", "json", "markdown"]).default("table");
}
