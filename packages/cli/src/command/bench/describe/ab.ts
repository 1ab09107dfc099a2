import { InvalidArgumentError, Option, type Command } from "commander";

import { addSettings, collect, type CommandContext } from "../../../command-line.ts";
import { EXIT_CODES } from "../../../exit-codes.ts";
import type { ReportFormat } from "../compare.ts";
import { pairsOf } from "../../../bench/named-values.ts";

/** The settings of a comparison in blocks; the others choose suites and scenarios. */
export const AB_SETTINGS = ["benchOut", "benchDuration", "benchRate", "benchSeed", "benchDurationScale"] as const;

interface AbFlags {
  readonly a?: string;
  readonly b?: string;
  readonly aSet: string[];
  readonly bSet: string[];
  readonly set: string[];
  readonly pairs: number;
  readonly strict?: true;
  readonly format: ReportFormat;
}

/** `meshhook bench ab`: two configurations or versions in turns. */
export function describeAb(bench: Command, { args, output, resolve, onExit }: CommandContext): void {
  const command = bench
    .command("ab")
    .description("Compare two configurations or versions, measured in turns.")
    .argument("<scenario>", "name or file of the scenario")
    .option("--a <version>", "baseline: a git revision, or the folder of a checkout (default: this checkout)")
    .option("--b <version>", "candidate: the same")
    .option("--a-set <name=value>", "setting of side A; can be repeated", collect, [])
    .option("--b-set <name=value>", "setting of side B; can be repeated", collect, [])
    .option("--set <name=value>", "a value of the scenario file, for both sides; can be repeated", collect, [])
    .addOption(pairsOption())
    .option("--strict", "end with another exit code if figures are not decided")
    .addOption(
      new Option("--format <format>", "how to print it").choices(["table", "json", "markdown"]).default("table"),
    );
  addSettings(command, AB_SETTINGS)
    .addHelpText(
      "after",
      `
Both systems run at the same time, each with a database of its own. Blocks alternate in the order A B B A or B A A B, with
the same payloads; the system whose turn it is not receives nothing. A setting in capitals is an environment variable of
MeshHook, any other is a setting of PostgreSQL. A block lasts a third of the scenario's time, or as long as --duration
says. Each figure of B is better, the same, worse or inconclusive (and then about how many more pairs are needed).

A revision is checked out into a temporary folder. Its dependencies are linked if its package-lock.json is the same as
here, and installed otherwise.

Exits with ${EXIT_CODES.notMet.code} if B is worse, with ${EXIT_CODES.void.code} if no block of a side is valid, with ${EXIT_CODES.inconclusive.code} if figures are not decided and --strict is given,
and with ${EXIT_CODES.ok.code} otherwise.

Examples:
  $ meshhook bench ab webhook-ack-nominal --b-set MESHHOOK_WRITERS=4
  $ meshhook bench ab dag-pure-saturation --b-set wal_compression=lz4 --pairs 12 --duration 10s
  $ meshhook bench ab webhook-ack-nominal --a v0.1.0 --format markdown`,
    )
    .action(async (scenario: string, flags: AbFlags, command: Command) => {
      const side = (name: "a" | "b") => ({
        checkout: flags[name] ?? null,
        settings: pairsOf(`--${name}-set`, flags[`${name}Set`], "MESHHOOK_WRITERS=4 or wal_compression=lz4"),
      });
      const request = {
        scenario,
        a: side("a"),
        b: side("b"),
        pairs: flags.pairs,
        overrides: pairsOf("--set", flags.set, "load.rate=200/s").map(({ name, value }) => ({
          path: name,
          value,
          source: "--set",
        })),
        format: flags.format,
        isStrict: flags.strict === true,
        typed: args.slice(1),
      };
      const { config } = resolve(command);
      const { compareConfigurations } = await import("../ab.ts");
      onExit(await compareConfigurations(request, config, output));
    });
}

const PAIRS_MAX = 200;

/** With fewer than four pairs there is no interval, so there is no verdict on times. */
export function pairsOption(): Option {
  return new Option("--pairs <count>", "blocks of each side; with fewer than 4, times are not judged")
    .default(8)
    .argParser((text) => {
      const pairs = /^\d+$/.test(text) ? Number(text) : Number.NaN;
      if (!(pairs >= 1 && pairs <= PAIRS_MAX)) throw new InvalidArgumentError(`It must be 1 to ${String(PAIRS_MAX)}.`);
      return pairs;
    });
}
