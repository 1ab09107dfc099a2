import type { Command } from "commander";

import { addCommand, type CommandContext } from "../command-line.ts";

/** The command `alerts`, with its help. */
export function describeAlerts(program: Command, { output, resolve, onExit }: CommandContext): void {
  addCommand(
    program,
    "alerts",
    "Show what is watched of the project, and what fires; exits with 1 if something does.",
    ["client"],
  )
    .option("--test <channel>", "send a test message to a channel, by its id or name")
    .option("--json", "rules, channels and messages as one JSON document")
    .addHelpText(
      "after",
      `
Rules and channels are made in the console, under Settings, or through the API.

Examples:
  $ meshhook alerts
  $ meshhook alerts --test "on call"`,
    )
    .action(async (options: { test?: string; json?: true }, command: Command) => {
      const { showAlerts, testChannel } = await import("./alerts.ts");
      const { config } = resolve(command);
      const { json = false, test } = options;
      onExit(await (test === undefined ? showAlerts(json, config, output) : testChannel(test, config, output)));
    });
}
