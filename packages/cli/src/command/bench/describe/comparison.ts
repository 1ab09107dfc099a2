import { Option, type Command } from "commander";

import type { CommandContext } from "../../../command-line.ts";
import { EXIT_CODES } from "../../../exit-codes.ts";
import type { ReportFormat } from "../compare.ts";

/** `meshhook bench compare`, `gate` and `trend`: results beside each other. */
export function describeComparison(bench: Command, context: CommandContext): void {
  describeCompare(bench, context);
  describeGate(bench, context);
  describeTrend(bench, context);
}

function describeCompare(bench: Command, { output, onExit }: CommandContext): void {
  bench
    .command("compare")
    .description("Compare the results of two versions, figure by figure.")
    .argument("<baseline>", "a result.json, the folder of a report, or a folder with the folders of several reports")
    .argument("<candidate>", "the same for the version that is to be judged")
    .option("--html <file>", "also write the comparison as a page, with every figure and its interval")
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
  $ meshhook bench compare before/result.json after/result.json --format markdown
  $ meshhook bench compare reports/before reports/after --html comparison.html`,
    )
    .action(async (baseline: string, candidate: string, options: { format: ReportFormat; html?: string }) => {
      const { compareReports } = await import("../compare.ts");
      onExit(await compareReports({ baseline, candidate, format: options.format, html: options.html ?? null }, output));
    });
}

function describeGate(bench: Command, { output, onExit }: CommandContext): void {
  bench
    .command("gate")
    .description("Say whether a change may go in, for a build server.")
    .argument("<report>", "a result.json, the folder of a report, or a folder with the folders of several reports")
    .option("--baseline <report>", "the same for what the change is compared with")
    .option("--strict", "stop on open questions as well")
    .addOption(formatOption("junit"))
    .addHelpText(
      "after",
      `
A change is stopped if an audit is not clean, if a gate is missed, if more than half of several runs failed, or if a count
of work (or, from interleaved runs, a time) is worse than the baseline's. What the machine may have caused is an open
question and does not stop it.

Exits with ${EXIT_CODES.notMet.code} if the change is stopped, with ${EXIT_CODES.void.code} if a scenario has no valid run, with ${EXIT_CODES.inconclusive.code} on open questions with --strict, and
with ${EXIT_CODES.ok.code} otherwise.

Examples:
  $ meshhook bench gate report
  $ meshhook bench gate candidate --baseline main --format markdown`,
    )
    .action(
      async (candidate: string, options: { baseline?: string; strict?: true; format: ReportFormat | "junit" }) => {
        const { gateChange } = await import("../gate.ts");
        const { baseline = null, strict, format } = options;
        onExit(await gateChange({ candidate, baseline, format, isStrict: strict === true }, output));
      },
    );
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

function formatOption(...more: readonly string[]): Option {
  const formats = ["table", "json", "markdown", ...more];
  return new Option("--format <format>", "how to print it").choices(formats).default("table");
}
