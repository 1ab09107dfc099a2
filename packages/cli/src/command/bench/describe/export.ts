import { Argument, type Command } from "commander";

import { addCommand, addSettings, type CommandContext } from "../../../command-line.ts";

/** `meshhook bench export`: the load of a scenario for other load generators. */
export function describeExport(bench: Command, { output, resolve, onExit }: CommandContext): void {
  const command = addCommand(bench, "export", "Write the load of a scenario as a k6 script or a JMeter plan.", []);
  addSettings(command, ["benchDuration", "benchRate", "benchSeed"])
    .addArgument(new Argument("<tool>", "who will send the load").choices(["k6", "jmeter"]))
    .argument("<scenario>", "a scenario or a scenario file")
    .requiredOption("--out <file>", "where to write it; JMeter's schedule and payloads go beside it")
    .addHelpText(
      "after",
      `
Examples:
  $ meshhook bench export k6 webhook-ack-nominal --out webhooks.js
  $ meshhook bench export jmeter ./orders.yaml --rate 50/s --out orders.jmx`,
    )
    .action(async (tool: "k6" | "jmeter", what: string, options: { out: string }, given: Command) => {
      const { config } = resolve(given);
      const { exportLoad } = await import("../export.ts");
      onExit(await exportLoad({ tool, what, path: options.out }, config, output));
    });
}
