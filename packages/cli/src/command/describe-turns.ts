import type { Command } from "commander";

import { addCommand, type CommandContext } from "../command-line.ts";

const ENDPOINT = "--endpoint <endpoint>";
const ENDPOINT_TEXT = "an endpoint instead: its name, id or token, or the slug of its workflow";

interface PauseOptions {
  readonly endpoint?: string;
}

/** The commands that decide whose runs may begin: `pause`, `resume` and `project`. */
export function describeTurns(program: Command, { output, resolve, onExit }: CommandContext): void {
  addCommand(
    program,
    "pause",
    "Pause a workflow: webhooks are accepted, and their runs wait. Or pause an endpoint: webhooks are answered 503.",
    ["client"],
  )
    .argument("[workflow]", "slug or id of the workflow")
    .option(ENDPOINT, ENDPOINT_TEXT)
    .action(async (workflow: string | undefined, { endpoint }: PauseOptions, command: Command) => {
      const { setPaused } = await import("./pause.ts");
      onExit(
        await setPaused(
          { workflow: workflow ?? null, endpoint: endpoint ?? null },
          true,
          resolve(command).config,
          output,
        ),
      );
    });

  addCommand(
    program,
    "resume",
    "Resume a paused workflow: the runs that wait begin, in order. Or resume an endpoint.",
    ["client"],
  )
    .argument("[workflow]", "slug or id of the workflow")
    .option(ENDPOINT, ENDPOINT_TEXT)
    .action(async (workflow: string | undefined, { endpoint }: PauseOptions, command: Command) => {
      const { setPaused } = await import("./pause.ts");
      onExit(
        await setPaused(
          { workflow: workflow ?? null, endpoint: endpoint ?? null },
          false,
          resolve(command).config,
          output,
        ),
      );
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
    .option(
      "--webhooks <n/seconds>",
      "how many webhooks its endpoints accept together in how many seconds, such as 600/60, or none for any number",
    )
    .option("--redaction <file>", "a JSON file with the rules for what is not stored, or none to store everything")
    .addHelpText(
      "after",
      `
Examples:
  $ meshhook project
  $ meshhook project shop --concurrency 50 --keep-days 90 --webhooks 600/60`,
    )
    .action(
      async (
        name: string | undefined,
        options: {
          readonly concurrency?: string;
          readonly keepDays?: string;
          readonly webhooks?: string;
          readonly redaction?: string;
        },
        command: Command,
      ) => {
        const { project } = await import("./project.ts");
        const { concurrency = null, keepDays = null, webhooks = null, redaction = null } = options;
        onExit(
          await project(
            { project: name ?? null, concurrency, keepDays, rate: webhooks, redaction },
            resolve(command).config,
            output,
          ),
        );
      },
    );
}
