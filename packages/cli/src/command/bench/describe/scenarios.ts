import type { Command } from "commander";

import { addCommand, type CommandContext } from "../../../command-line.ts";

/** `meshhook bench list` and `meshhook bench explain`: what there is to run. */
export function describeScenarios(bench: Command, context: CommandContext): void {
  describeList(bench, context);
  describeExplain(bench, context);
}

function describeList(bench: Command, { output, onExit }: CommandContext): void {
  addCommand(bench, "list", "List the scenarios: suites, group, length and question.", []).action(async () => {
    const { list } = await import("../list.ts");
    onExit(list(output));
  });
}

function describeExplain(bench: Command, { output, onExit }: CommandContext): void {
  addCommand(bench, "explain", "Say in words what a scenario does and what must hold.", [])
    .argument("<what...>", "suites, scenarios and scenario files")
    .addHelpText("after", "\nA scenario file is checked, too: every mistake in it is listed.")
    .action(async (what: string[]) => {
      const { explain } = await import("../explain.ts");
      onExit(explain(what, output));
    });
}
