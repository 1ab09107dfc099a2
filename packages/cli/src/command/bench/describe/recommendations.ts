import { Option, type Command } from "commander";

import { addSettings, type CommandContext } from "../../../command-line.ts";
import { EXIT_CODES } from "../../../exit-codes.ts";
import type { ReportFormat } from "../compare.ts";
import { AB_SETTINGS, pairsOption } from "./ab.ts";

const REPORT = "a result.json or the folder of a report (default: the newest report)";

/** `meshhook bench recommend` and `retest`: what to change, and whether it helps. */
export function describeRecommendations(bench: Command, context: CommandContext): void {
  describeRecommend(bench, context);
  describeRetest(bench, context);
}

function describeRecommend(bench: Command, { output, resolve, onExit }: CommandContext): void {
  const command = bench
    .command("recommend")
    .description("Show what a result recommends, in the order to act on it.")
    .argument("[report]", REPORT)
    .addOption(
      new Option("--format <format>", "how to print it").choices(["table", "json", "markdown"]).default("table"),
    );
  addSettings(command, ["reportsDir"])
    .addHelpText(
      "after",
      `
Each recommendation says what to change in code, architecture or infrastructure, what to expect for speed and resources,
effort, risk, and the figures it rests on. First come those that concern lost work or trust, then those that a re-test
confirmed, then those that were not re-tested, and last those that a re-test refuted.`,
    )
    .action(async (report: string | undefined, { format }: { format: ReportFormat }, command: Command) => {
      const { reportsDir } = resolve(command).config;
      const { recommend } = await import("../recommend.ts");
      onExit(await recommend({ report: report ?? null, reportsDir, format }, output));
    });
}

function describeRetest(bench: Command, { args, output, resolve, onExit }: CommandContext): void {
  const command = bench
    .command("retest")
    .description("Try one recommendation: change its setting, measured in turns with the setting as it was.")
    .argument("<id>", "id of the recommendation, as `bench recommend` shows it")
    .argument("[report]", REPORT)
    .option("--scenario <name>", "name or file of another scenario than the one that showed it")
    .addOption(pairsOption());
  addSettings(command, ["reportsDir", ...AB_SETTINGS])
    .addHelpText(
      "after",
      `
The outcome is recorded beside the result, in retests/. It is confirmed if a figure that the recommendation promises to
improve did so beyond the smallest change that matters; refuted if none did, or if work was lost; otherwise inconclusive.

Exits with ${EXIT_CODES.ok.code} if confirmed, with ${EXIT_CODES.notMet.code} if refuted, and with ${EXIT_CODES.inconclusive.code} if inconclusive.

Example:
  $ meshhook bench retest batching-ineffective report --pairs 12`,
    )
    .action(
      async (
        finding: string,
        report: string | undefined,
        { scenario, pairs }: { scenario?: string; pairs: number },
        command: Command,
      ) => {
        const { config } = resolve(command);
        const { retest } = await import("../retest.ts");
        const request = { finding, report: report ?? null, scenario: scenario ?? null, pairs, typed: args.slice(1) };
        onExit(await retest(request, config, output));
      },
    );
}
