import type { Command } from "commander";

import { addCommand, collect, type CommandContext } from "../command-line.ts";
import type { DeliveriesOptions } from "./deliveries.ts";

/** The commands about what endpoints receive: `deliveries` and `send`. */
export function describeDeliveries(program: Command, { output, resolve, onExit }: CommandContext): void {
  addCommand(program, "deliveries", "List what came in at endpoints, newest first, and why it was rejected.", [
    "client",
  ])
    .argument("[endpoint]", "name, id or token of an endpoint, or its workflow; all endpoints if omitted")
    .option("--workflow <workflow>", "slug or id of a workflow")
    .option("--outcome <outcome>", "accepted, duplicate or rejected")
    .option("--code <code>", "code of the rejection, such as signature_invalid")
    .option("--address <address>", "the sender's address")
    .option("--after <time>", "not before this time, such as 2026-11-30T12:00:00Z")
    .option("--before <time>", "not after this time")
    .option("--limit <number>", "how many", "20")
    .option("--json", "print the deliveries as JSON, with their headers")
    .addHelpText(
      "after",
      `
To send an accepted delivery again: meshhook runs replay <run>

Examples:
  $ meshhook deliveries orders --outcome rejected
  $ meshhook deliveries --code signature_invalid --after 2026-11-30T12:00:00Z`,
    )
    .action(async (target: string | undefined, options: DeliveriesOptions, command: Command) => {
      const { listDeliveries } = await import("./deliveries.ts");
      onExit(await listDeliveries(target ?? null, options, resolve(command).config, output));
    });

  addCommand(program, "send", "Send a test delivery, signed as the endpoint requires, and show the answer.", ["client"])
    .argument("<endpoint>", "name, id or token of an endpoint, or its workflow")
    .option("--payload <file>", "file to send, - for standard input (default: {})")
    .option("--header <line>", 'such as "x-github-event: push"; can be repeated', collect, [])
    .option("--no-sign", "send it without a signature, to see it refused")
    .addHelpText(
      "after",
      `
The delivery passes every check that a sender's delivery passes. It is marked as a test, and its run is a real one.`,
    )
    .action(
      async (
        target: string,
        options: { readonly payload?: string; readonly header: string[]; readonly sign: boolean },
        command: Command,
      ) => {
        const { send } = await import("./send.ts");
        const request = { target, payload: options.payload ?? null, headers: options.header, isSigned: options.sign };
        onExit(await send(request, resolve(command).config, output));
      },
    );
}
