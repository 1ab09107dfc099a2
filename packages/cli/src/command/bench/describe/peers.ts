import { InvalidArgumentError, Option, type Command } from "commander";

import { addCommand, type CommandContext } from "../../../command-line.ts";
import { EXIT_CODES } from "../../../exit-codes.ts";

/** `meshhook bench peers`: MeshHook beside what people would pick instead. */
export function describePeers(bench: Command, { args, output, resolve, onExit }: CommandContext): void {
  addCommand(bench, "peers", "Measure MeshHook beside other engines, in turns, on the same PostgreSQL.", [])
    .argument("[peer...]", "names of peers (default: all)")
    .option("--out <folder>", "folder for `peers.md` and `peers.json` (default: MESHHOOK_REPORTS_DIR/<time>-peers)")
    .addOption(
      wholeNumber("--rounds <count>", "how often each is measured; from four on, ratios have intervals", 5, 100),
    )
    .addOption(wholeNumber("--nominal <seconds>", "length of the load at 100 webhooks a second", 10, 600))
    .addOption(wholeNumber("--saturated <seconds>", "length of the load that is as high as it gets", 5, 600))
    .addHelpText(
      "after",
      `
Runs the same two workflows on pg-boss, Graphile Worker, DBOS, BullMQ and Restate, each with its own best settings and behind
the same HTTP intake. Their packages are installed from the npm registry into the data directory when they are first needed;
BullMQ also needs redis-server. A peer that cannot be installed or fails is named as not tried. All peers take about half an
hour. An engine whose audit is not clean has no figures.

Exits with ${EXIT_CODES.ok.code} if MeshHook's audit is clean and a peer was measured, with ${EXIT_CODES.notMet.code} if MeshHook's audit is not clean, and with ${EXIT_CODES.inconclusive.code} if no
peer could be tried.

Examples:
  $ meshhook bench peers
  $ meshhook bench peers pg-boss dbos --rounds 1 --saturated 2`,
    )
    .action(async (peers: string[], options: Options, command: Command) => {
      const { runPeersBenchmark } = await import("../peers.ts");
      const { rounds, nominal, saturated } = options;
      const request = { peers, rounds, nominalSeconds: nominal, saturatedSeconds: saturated, typed: args.slice(1) };
      onExit(await runPeersBenchmark(request, resolve(command).config, output));
    });
}

interface Options {
  readonly rounds: number;
  readonly nominal: number;
  readonly saturated: number;
}

function wholeNumber(flags: string, description: string, fallback: number, max: number): Option {
  return new Option(flags, description).default(fallback).argParser((text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= 1 && value <= max) return value;
    throw new InvalidArgumentError(`Write a whole number from 1 to ${String(max)}.`);
  });
}
