import { Option, type Command } from "commander";

import { addCommand, collect, type CommandContext } from "../../command-line.ts";
import { CommandError, EXIT_CODES } from "../../exit-codes.ts";
import type { ReportFormat } from "./compare.ts";

/** The commands under `meshhook bench`, with their help. Each is loaded when it is called. */
export function describeBench(program: Command, context: CommandContext): void {
  const bench = program
    .command("bench")
    .description("Measure MeshHook on this machine and write a report.")
    .addHelpText("after", "\nWithout a command, `meshhook bench` means `meshhook bench run`.");
  describeRun(bench, context);
  describeCompare(bench, context);
  describeTrend(bench, context);
}

function describeRun(bench: Command, { args, output, resolve, onExit }: CommandContext): void {
  addCommand(bench, "run", "Run the benchmark. The default command.", ["bench"], { isDefault: true })
    .argument("[what...]", "suites, scenarios and scenario files (default: quick)")
    .option(
      "--set <name=value>",
      "a value of the scenario files, such as load.rate=200/s, or an environment variable for the measured process, such as MESHHOOK_WRITERS=4; can be repeated",
      collect,
      [],
    )
    .addHelpText(
      "after",
      `
Starts its own PostgreSQL and MeshHook; the quick suite takes about four minutes. Exits with 0 only if every audit is clean
and every threshold holds. Press Ctrl-C to stop early and report what was measured so far.

Examples:
  $ meshhook bench --out report
  $ meshhook bench run webhook-ack-nominal --rate 200/s --set MESHHOOK_WRITERS=4
  $ meshhook bench run ./orders.yaml --duration 30s --set target.delay=100ms`,
    )
    .action(async (what: string[], options: { set: string[] }, command: Command) => {
      const pairs = pairsOf(options.set);
      const { config } = resolve(command);
      const { runBenchmark } = await import("./run.ts");
      const request = {
        what,
        overrides: pairs
          .filter(({ name }) => !isVariable(name))
          .map(({ name, value }) => ({ path: name, value, source: "--set" })),
        meshhookEnv: Object.fromEntries(
          pairs.filter(({ name }) => isVariable(name)).map(({ name, value }) => [name, value] as const),
        ),
        typed: args.slice(1),
      };
      onExit(await runBenchmark(request, config, output));
    });
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
      const { compareReports } = await import("./compare.ts");
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
      const { showTrend } = await import("./trend.ts");
      onExit(await showTrend({ ...options, add: options.add ?? null }, output));
    });
}

function formatOption(): Option {
  return new Option("--format <format>", "how to print it").choices(["table", "json", "markdown"]).default("table");
}

/** Splits every pair, or names every one that is none. */
function pairsOf(texts: readonly string[]): readonly { readonly name: string; readonly value: string }[] {
  const wrong = texts.filter((text) => text.indexOf("=") < 1);
  if (wrong.length > 0) {
    const lines = wrong.map(
      (text) => `--set "${text}" is not of the form name=value, such as load.rate=200/s or MESHHOOK_WRITERS=4.`,
    );
    throw new CommandError("badInput", lines.join("\n"));
  }
  return texts.map((text) => {
    const at = text.indexOf("=");
    return { name: text.slice(0, at), value: text.slice(at + 1) };
  });
}

/** Names of environment variables are in capitals, those of a scenario's fields are not. */
function isVariable(name: string): boolean {
  return /^[A-Z]/.test(name);
}
