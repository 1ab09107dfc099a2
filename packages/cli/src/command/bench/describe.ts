import type { Command } from "commander";

import { addCommand, collect, type CommandContext } from "../../command-line.ts";
import { CommandError } from "../../exit-codes.ts";

/** The commands under `meshhook bench`, with their help. Each is loaded when it is called. */
export function describeBench(program: Command, context: CommandContext): void {
  const bench = program
    .command("bench")
    .description("Measure MeshHook on this machine and write a report.")
    .addHelpText("after", "\nWithout a command, `meshhook bench` means `meshhook bench run`.");
  describeRun(bench, context);
}

function describeRun(bench: Command, { args, output, resolve, onExit }: CommandContext): void {
  addCommand(bench, "run", "Run the benchmark. The default command.", ["bench"], { isDefault: true })
    .option("--set <variable=value>", "environment variable for the measured process; can be repeated", collect, [])
    .addHelpText(
      "after",
      `
Starts its own PostgreSQL and MeshHook and takes about four minutes. Exits with 0 only if every audit is clean and every
threshold holds. Press Ctrl-C to stop early and report what was measured so far.

Examples:
  $ meshhook bench --out report
  $ meshhook bench --scenarios webhook-ack-nominal --set MESHHOOK_WRITERS=4`,
    )
    .action(async (options: { set: string[] }, command: Command) => {
      const meshhookEnv = parsePairs(options.set);
      const { config } = resolve(command);
      const { runBenchmark } = await import("./run.ts");
      onExit(await runBenchmark({ meshhookEnv, typed: args.slice(1) }, config, output));
    });
}

function parsePairs(pairs: readonly string[]): { readonly [name: string]: string } {
  const wrong = pairs.filter((pair) => pair.indexOf("=") < 1);
  if (wrong.length > 0) {
    const lines = wrong.map((pair) => `--set "${pair}" is not of the form variable=value, such as MESHHOOK_WRITERS=4.`);
    throw new CommandError("badInput", lines.join("\n"));
  }
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
