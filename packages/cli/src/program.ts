import { inspect } from "node:util";

import { Command, CommanderError, Option } from "commander";

import { fallbackText, configText, configurationMarkdown, entries } from "./config/describe.ts";
import { mistakesText, resolveConfig, type Resolved } from "./config/resolve.ts";
import type { SettingName } from "./config/settings.ts";
import { CommandError, EXIT_CODES, exitCodesText, type ExitName } from "./exit-codes.ts";
import { standardOutput, type Output } from "./terminal/output.ts";
import { visible } from "./terminal/visible.ts";
import { VERSION } from "./version.ts";

/**
 * Reads the command line, runs one command, and gives the process's exit code.
 *
 * Commands are loaded when they are called: `apply` has no need of the database driver.
 *
 * @param args  What was typed after the program's name.
 */
export async function runProgram(
  args: readonly string[],
  environment: { readonly [name: string]: string | undefined },
): Promise<number> {
  let exit: ExitName = "ok";
  const output = standardOutput();
  const program = describeProgram(args, environment, output, (name) => {
    exit = name;
  });
  try {
    await program.parseAsync([...args], { from: "user" });
    await output.settled();
    if (output.failure !== null) {
      throw new CommandError(
        "failed",
        `Not everything could be written to standard output: ${output.failure.message}.`,
      );
    }
    return EXIT_CODES[exit].code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.ok.code : EXIT_CODES.badInput.code;
    if (error instanceof CommandError) {
      process.stderr.write(visible(`Error: ${error.message}\n`));
      return EXIT_CODES[error.exit].code;
    }
    process.stderr.write(visible(`${inspect(error)}\n`));
    return EXIT_CODES.failed.code;
  }
}

/** All commands with their help. */
function describeProgram(
  args: readonly string[],
  environment: { readonly [name: string]: string | undefined },
  output: Output,
  onExit: (exit: ExitName) => void,
): Command {
  const program = new Command("meshhook")
    .description("Runs workflows that webhooks start: durable, deterministic, on PostgreSQL.")
    .version(VERSION)
    .helpCommand(true)
    .exitOverride()
    .configureOutput({ writeErr: (text) => void process.stderr.write(visible(text)) })
    .showHelpAfterError("(meshhook --help shows all commands)")
    .addHelpText(
      "after",
      `
From a clone, every command is called through npm:
  $ npm start
  $ npm run meshhook -- apply examples/order-gate/workflow.json
  $ npm run meshhook -- run order-gate --payload examples/order-gate/payload.json --follow

Exit codes:
${exitCodesText()}`,
    );

  const resolve = (command: Command): Resolved => {
    const resolved = resolveConfig(givenFlags(command), environment);
    if ("mistakes" in resolved) {
      throw new CommandError(
        "badInput",
        `Wrong configuration, nothing was started:\n${mistakesText(resolved.mistakes)}`,
      );
    }
    return resolved;
  };

  add(program, "start", "Start MeshHook and run until SIGTERM or Ctrl-C.", ["start"])
    .addHelpText(
      "after",
      `
Without DATABASE_URL an embedded PostgreSQL is started in the data directory. The first start shows an admin key
and keeps it there, in the file admin.key.

Examples:
  $ meshhook start
  $ PORT=8080 DATABASE_URL=postgres://user:password@db.example/meshhook meshhook start`,
    )
    .action(async (_options: unknown, command: Command) => {
      const resolved = resolve(command);
      const { start } = await import("./command/start.ts");
      onExit(await start(resolved));
    });

  add(program, "apply", "Validate workflow files, publish them, and show where to send webhooks.", ["client"])
    .argument("<file...>", "workflow documents, JSON or YAML")
    .option("--dry-run", "only validate; needs no running MeshHook")
    .addHelpText(
      "after",
      `
All mistakes of all files are listed at once; then nothing is applied. Applying the same file again changes nothing.

Examples:
  $ meshhook apply examples/order-gate/workflow.json
  $ meshhook apply --dry-run workflows/*.yaml`,
    )
    .action(async (files: string[], options: { dryRun?: true }, command: Command) => {
      const { apply } = await import("./command/apply.ts");
      onExit(await apply(files, options.dryRun === true, resolve(command).config, output));
    });

  add(program, "run", "Send a payload as a webhook; with --follow, watch the run to its end.", ["client"])
    .argument("<endpoint|workflow>", "token, id or name of an endpoint; slug or id of a workflow")
    .option("--payload <file>", "what to send, - for standard input (default: an empty object)")
    .option("--header <line>", 'a request header, as in "x-github-event: issues"; may be repeated', collect, [])
    .option("--idempotency-key <key>", "sending the same key again gives the same run")
    .option("--follow", "show the live log until the run ends; the exit code tells how it ended")
    .addHelpText(
      "after",
      `
Examples:
  $ meshhook run order-gate --payload order.json --follow
  $ echo '{"total":5}' | meshhook run order-gate --payload -`,
    )
    .action(
      async (
        target: string,
        options: { payload?: string; header: string[]; idempotencyKey?: string; follow?: true },
        command: Command,
      ) => {
        const { run } = await import("./command/run.ts");
        const request = {
          target,
          payload: options.payload ?? null,
          headers: options.header,
          idempotencyKey: options.idempotencyKey ?? null,
          isFollowed: options.follow === true,
        };
        onExit(await run(request, resolve(command).config, output));
      },
    );

  add(program, "replay", "Fold a run's facts again, here, and compare with what the server says.", ["client"])
    .argument("<run>", "the run's id")
    .addHelpText("after", `\nExits with ${EXIT_CODES.failed.code} and lists the places where state or events differ.`)
    .action(async (runId: string, _options: unknown, command: Command) => {
      const { replay } = await import("./command/replay.ts");
      onExit(await replay(runId, resolve(command).config, output));
    });

  add(program, "bench", "Measure MeshHook on this machine and write a report.", ["bench"])
    .option("--set <variable=value>", "extra environment for the measured process; may be repeated", collect, [])
    .addHelpText(
      "after",
      `
Starts a PostgreSQL and a MeshHook of its own; takes about four minutes. Exits with 0 only when every audit is clean and every
threshold holds. Ctrl-C stops early with what there is.

Examples:
  $ meshhook bench --out report
  $ meshhook bench --scenarios webhook-ack-nominal --set MESHHOOK_WRITERS=4`,
    )
    .action(async (options: { set: string[] }, command: Command) => {
      const meshhookEnv = parsePairs(options.set);
      const { config } = resolve(command);
      const { bench } = await import("./command/bench.ts");
      onExit(await bench({ meshhookEnv, typed: args.slice(1) }, config, output));
    });

  add(program, "migrate", "Bring the database's schema up to date and end (start does it by itself).", [
    "start",
  ]).action(async (_options: unknown, command: Command) => {
    const { migrateDatabase } = await import("./command/migrate.ts");
    onExit(await migrateDatabase(resolve(command), output));
  });

  add(program, "config", "Show all settings, their values and where each came from; secrets are hidden.", [
    "start",
    "client",
    "bench",
  ])
    .option("--markdown", "print the reference page instead")
    .action((options: { markdown?: true }, command: Command) => {
      output.line((options.markdown === true ? configurationMarkdown() : configText(resolve(command))).trimEnd());
    });

  program
    .command("version")
    .description("Show the release.")
    .action(() => output.line(VERSION));
  return program;
}

/** Adds a command with one option per setting of the groups. */
function add(
  program: Command,
  name: string,
  description: string,
  groups: readonly ("start" | "client" | "bench")[],
): Command {
  const command = program.command(name).description(description);
  for (const [, setting] of entries()) {
    if (setting.flag === null || !groups.includes(setting.group)) continue;
    const fallback = `${fallbackText(setting)}${setting.unit === undefined ? "" : ` ${setting.unit}`}`;
    command.addOption(new Option(setting.flag, `${setting.description} (${setting.env}; default: ${fallback})`));
  }
  return command;
}

/** The settings that were given as flags, by setting name. */
function givenFlags(command: Command): { [N in SettingName]?: string | true } {
  const values: { readonly [attribute: string]: unknown } = command.opts();
  const flags: { [N in SettingName]?: string | true } = {};
  for (const [name, setting] of entries()) {
    if (setting.flag === null) continue;
    const value = values[new Option(setting.flag).attributeName()];
    if (typeof value === "string" || value === true) flags[name] = value;
  }
  return flags;
}

function collect(value: string, earlier: readonly string[]): string[] {
  return [...earlier, value];
}

function parsePairs(pairs: readonly string[]): { readonly [name: string]: string } {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1) throw new CommandError("badInput", `--set "${pair}" is not variable=value, as in MESHHOOK_WRITERS=4`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
