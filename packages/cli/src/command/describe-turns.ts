import type { Command } from "commander";

import { addCommand, type CommandContext } from "../command-line.ts";

/** The commands that decide whose runs may begin: `pause`, `resume` and `project`. */
export function describeTurns(program: Command, { output, resolve, onExit }: CommandContext): void {
  addCommand(program, "pause", "Pause a workflow: webhooks are accepted, and their runs wait.", ["client"])
    .argument("<workflow>", "slug or id of the workflow")
    .action(async (workflow: string, _options: unknown, command: Command) => {
      const { setPaused } = await import("./pause.ts");
      onExit(await setPaused(workflow, true, resolve(command).config, output));
    });

  addCommand(program, "resume", "Resume a paused workflow: the runs that wait begin, in order.", ["client"])
    .argument("<workflow>", "slug or id of the workflow")
    .action(async (workflow: string, _options: unknown, command: Command) => {
      const { setPaused } = await import("./pause.ts");
      onExit(await setPaused(workflow, false, resolve(command).config, output));
    });

  addCommand(program, "project", "Show projects with their limits, or change the limits of one. Needs an admin key.", [
    "client",
  ])
    .argument("[project]", "slug or id of the project")
    .option("--concurrency <n>", "how many of its runs may go on at the same time, or none for any number")
    .option(
      "--keep-days <n>",
      "for how many days its runs are kept, or none for as long as the installation keeps runs",
    )
    .addHelpText(
      "after",
      `
Examples:
  $ meshhook project
  $ meshhook project shop --concurrency 50 --keep-days 90`,
    )
    .action(
      async (
        name: string | undefined,
        options: { readonly concurrency?: string; readonly keepDays?: string },
        command: Command,
      ) => {
        const { project } = await import("./project.ts");
        const { concurrency = null, keepDays = null } = options;
        onExit(await project({ project: name ?? null, concurrency, keepDays }, resolve(command).config, output));
      },
    );
}
