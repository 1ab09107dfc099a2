import type { Command } from "commander";

import { addCommand, type CommandContext } from "../command-line.ts";

/** Options of `meshhook audit`, as they were given. */
export interface AuditOptions {
  readonly action?: string;
  readonly actor?: string;
  readonly resource?: string;
  readonly after?: string;
  readonly before?: string;
  readonly limit: string;
  readonly json?: true;
}

/** The command `audit`, with its help. */
export function describeAudit(program: Command, { output, resolve, onExit }: CommandContext): void {
  addCommand(program, "audit", "List who changed what, and which secrets runs used, newest first.", ["client"])
    .option("--action <name>", "only this action, such as updateEndpoint or useSecret")
    .option("--actor <id>", "only what was done with the API key of this id")
    .option("--resource <id>", "only what was done to the thing with this id, or the secret with this name")
    .option("--after <time>", "only entries from this time on, such as 2026-11-24T00:00:00Z")
    .option("--before <time>", "only entries from before this time")
    .option("--limit <number>", "how many, or all", "50")
    .option("--json", "one entry as JSON per line, for export")
    .addHelpText(
      "after",
      `
Examples:
  $ meshhook audit --action putSecret
  $ meshhook audit --limit all --json > audit.ndjson`,
    )
    .action(async (options: AuditOptions, command: Command) => {
      const { listAudit } = await import("./audit.ts");
      onExit(await listAudit(options, resolve(command).config, output));
    });
}
