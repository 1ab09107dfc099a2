import { inspect } from "node:util";

import { Command, CommanderError } from "commander";

import { describeAlerts } from "./command/describe-alerts.ts";
import { describeAudit } from "./command/describe-audit.ts";
import { describeBench } from "./command/bench/describe/index.ts";
import { describeRuns } from "./command/runs/describe.ts";
import { describeDeliveries } from "./command/describe-deliveries.ts";
import { describeSecrets } from "./command/secrets/describe.ts";
import { describeUsers } from "./command/users/describe.ts";
import { describeTurns } from "./command/describe-turns.ts";
import { addCommand, collect, resolver } from "./command-line.ts";
import { configText, configurationMarkdown } from "./config/describe.ts";
import { armListedFailpoints } from "./config/failpoint-list.ts";
import { CommandError, EXIT_CODES, exitCodesText, type ExitName } from "./exit-codes.ts";
import { EXAMPLES, IS_CLONE, PROGRAM, START } from "./installation.ts";
import { START_WORKER } from "./start/worker-messages.ts";
import { standardOutput, type Output } from "./terminal/output.ts";
import { visible } from "./terminal/visible.ts";
import { VERSION } from "./version.ts";

/**
 * Reads the command line, runs one command, and gives the process's exit code.
 *
 * Commands are loaded when they are called: `apply` does not need the database driver.
 *
 * @param args  The command line after the program's name.
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
        `Cannot write to standard output: ${output.failure.message}. The output is incomplete.`,
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
  const resolve = resolver(environment);
  const program = new Command("meshhook")
    .description("A workflow engine for webhooks: durable, deterministic and built on PostgreSQL.")
    .version(VERSION)
    .helpCommand(true)
    .exitOverride()
    .configureOutput({
      writeErr: (text) => void process.stderr.write(visible(text)),
      // Commander writes "error:", every other message of the program "Error:".
      outputError: (text, write) => write(text.replace(/^error:/, "Error:")),
    })
    .showHelpAfterError("(Run meshhook --help to list all commands.)")
    .addHelpText(
      "after",
      `
${IS_CLONE ? "In a clone, run commands through npm" : "Examples"}:
  $ ${START}
  $ ${PROGRAM} apply ${EXAMPLES}/order-gate/workflow.json
  $ ${PROGRAM} run order-gate --payload ${EXAMPLES}/order-gate/payload.json --follow

Exit codes:
${exitCodesText()}`,
    );

  addCommand(program, "start", "Start MeshHook and run until SIGTERM or Ctrl-C.", ["start"])
    .addHelpText(
      "after",
      `
Without DATABASE_URL, an embedded PostgreSQL is started in the data directory. The first start generates an admin key,
prints it and keeps it in the file admin.key in the same directory.

Examples:
  $ meshhook start
  $ meshhook start --processes 2
  $ PORT=8080 DATABASE_URL=postgres://user:password@db.example/meshhook meshhook start`,
    )
    .action(async (_options: unknown, command: Command) => {
      const resolved = resolve(command);
      if (resolved.config.failpoints !== null) armListedFailpoints(resolved.config.failpoints, environment);
      const { start } = await import("./command/start.ts");
      onExit(await start(resolved));
    });

  // Called by start, with what it shall do in its first message.
  program.command(START_WORKER, { hidden: true }).action(async () => {
    const { startWorker } = await import("./command/start-worker.ts");
    onExit(await startWorker());
  });

  addCommand(program, "apply", "Validate and publish workflow files, and show where to send webhooks.", ["client"])
    .argument("<file...>", "workflow definitions, JSON or YAML")
    .option("--dry-run", "only validate; does not need a running MeshHook")
    .option("--signature <kind>", "how senders sign: github-sha256, stripe, slack, standard-webhooks, …")
    .option("--signature-settings <file>", "JSON with the details of the signature")
    .option("--endpoint <file>", 'JSON with other settings of the endpoint, such as { "methods": ["PUT"] }')
    .addHelpText(
      "after",
      `
If any file has a mistake, every mistake is listed and nothing is applied. Applying the same file again changes nothing.
The secret of a signature is read from MESHHOOK_SIGNING_SECRET. An endpoint that already checks this signature keeps its keys.

Examples:
  $ meshhook apply examples/order-gate/workflow.json
  $ MESHHOOK_SIGNING_SECRET=whsec_… meshhook apply payments.yaml --signature stripe
  $ meshhook apply orders.yaml --endpoint endpoint.json
  $ meshhook apply --dry-run workflows/*.yaml`,
    )
    .action(
      async (
        paths: string[],
        options: { dryRun?: true; signature?: string; signatureSettings?: string; endpoint?: string },
        command: Command,
      ) => {
        const { apply } = await import("./command/apply.ts");
        const { dryRun = false, signature = null, signatureSettings = null, endpoint = null } = options;
        const request = { paths, isDryRun: dryRun, signature, signatureSettings, endpoint };
        onExit(await apply(request, resolve(command).config, output));
      },
    );

  addCommand(program, "run", "Send a payload as a webhook; with --follow, watch the run until it ends.", ["client"])
    .argument("<endpoint|workflow>", "token, id or name of an endpoint; slug or id of a workflow")
    .option("--payload <file>", "file to send, or - for standard input (default: an empty object)")
    .option("--header <line>", 'request header, such as "x-github-event: issues"; can be repeated', collect, [])
    .option("--idempotency-key <key>", "idempotency key; sending the same key again returns the same run")
    .option("--follow", "show the live log until the run ends; the exit code says how it ended")
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

  addCommand(
    program,
    "replay",
    "Fold the facts of runs again on this machine and compare the result with the server.",
    ["client"],
  )
    .argument("[run]", "id of the run")
    .option("--all", "replay every run, and compare state hashes only")
    .option("--workflow <workflow>", "with --all: only the runs of this workflow, by its slug or id")
    .option("--since <time>", "with --all: only runs that started at this time or later, such as 2026-11-24T00:00:00Z")
    .addHelpText(
      "after",
      `\nIf state or events differ, the command lists the differences and exits with ${EXIT_CODES.failed.code}.`,
    )
    .action(
      async (
        runId: string | undefined,
        options: { all?: true; workflow?: string; since?: string },
        command: Command,
      ) => {
        const { all, workflow = null, since = null } = options;
        const isMany = all === true;
        if ((runId !== undefined) === isMany || (!isMany && (workflow ?? since) !== null)) {
          const remedy = "Give the id of one run, or --all, with --workflow and --since to choose among them.";
          throw new CommandError("badInput", `It is not clear which runs are meant. ${remedy}`);
        }
        const { replay, replayAll } = await import("./command/replay.ts");
        const { config } = resolve(command);
        const report = (line: string): void => void process.stderr.write(visible(`${line}\n`));
        onExit(
          runId === undefined
            ? await replayAll({ workflow, since }, config, output, report)
            : await replay(runId, config, output),
        );
      },
    );

  addCommand(program, "try", "Try a draft, a version or a file against recorded runs before it is published.", [
    "client",
  ])
    .argument("<draft|version|file>", "the word draft, the number of a version, or a workflow definition")
    .requiredOption("--against <workflow>", "slug or id of the workflow whose runs are tried")
    .option("--runs <n>", "how many runs to try, the newest first: 1 to 200 (default: 50)")
    .option("--run <id>", "try this run only")
    .option("--since <time>", "only runs that started at this time or later, such as 2026-11-24T00:00:00Z")
    .addHelpText(
      "after",
      `
Nothing is run, sent or stored: the recorded answers of each run stand in for the world. If every run would do the same,
the exit code is ${EXIT_CODES.ok.code}, otherwise ${EXIT_CODES.failed.code}.

Examples:
  $ meshhook try draft --against order-gate
  $ meshhook try order-gate.yaml --against order-gate --runs 200`,
    )
    .action(
      async (
        tried: string,
        options: { against: string; runs?: string; run?: string; since?: string },
        command: Command,
      ) => {
        const { tryVersion } = await import("./command/try.ts");
        const { against: workflow, runs = null, run: runId = null, since = null } = options;
        onExit(await tryVersion({ tried, workflow, runs, runId, since }, resolve(command).config, output));
      },
    );

  program
    .command("import")
    .description("Turn a workflow of n8n, or a document of nodes and edges, into a workflow definition.")
    .argument("<file>", "the workflow as JSON, as the other tool exports it")
    .option("--from <format>", "n8n or upstream (default: found out from the document)")
    .option("--out <file>", "where to write the definition, JSON or YAML (default: standard output)")
    .addHelpText(
      "after",
      `
Lists everything that was not understood or works differently here: docs/guide/import.md. If something was not
understood or the result is not valid yet, the exit code is ${EXIT_CODES.failed.code}.

Examples:
  $ meshhook import my-workflow.json --out my-workflow.yaml
  $ meshhook import --from upstream old.json > new.json`,
    )
    .action(async (path: string, options: { from?: string; out?: string }) => {
      const { importFile } = await import("./command/import.ts");
      const { from = null, out = null } = options;
      const report = (line: string): void => void process.stderr.write(visible(`${line}\n`));
      onExit(await importFile({ path, from, out }, output, report));
    });

  addCommand(program, "signal", "Send a run a signal that its workflow waits for, or will wait for.", ["client"])
    .argument("<run>", "id of the run")
    .argument("<name>", "name of the signal")
    .argument("[payload]", "JSON, or @FILE with JSON; null if omitted")
    .option("--key <key>", "your key for this signal: of several signals with the same key the run gets the first")
    .option("--link", "make a link with which a person sends the signal, instead of sending it now")
    .addHelpText("after", '\nExample: meshhook signal 019ab2f0-4c00-7000-8010-00000000000a approve \'{"by":"Ann"}\'')
    .action(
      async (
        runId: string,
        name: string,
        payload: string | undefined,
        options: { readonly key?: string; readonly link?: true },
        command: Command,
      ) => {
        const { signal } = await import("./command/signal.ts");
        const { key = null, link: isLink = false } = options;
        const request = { runId, name, payload: payload ?? null, key, isLink };
        onExit(await signal(request, resolve(command).config, output));
      },
    );

  describeDeliveries(program, { args, output, resolve, onExit });
  describeAudit(program, { args, output, resolve, onExit });
  describeAlerts(program, { args, output, resolve, onExit });
  describeUsers(program, { args, output, resolve, onExit });
  describeSecrets(program, { args, output, resolve, onExit });
  describeTurns(program, { args, output, resolve, onExit });

  addCommand(program, "release", "Release a run that is set aside; without a run, list those that are.", ["client"])
    .argument("[run]", "id of the run")
    .addHelpText(
      "after",
      "\nA run is set aside when two processes in a row ended while they loaded it: docs/guide/operations.md.",
    )
    .action(async (runId: string | undefined, _options: unknown, command: Command) => {
      const { release } = await import("./command/release.ts");
      onExit(await release(runId ?? null, resolve(command).config, output));
    });

  addCommand(
    program,
    "doctor",
    "Look at a running MeshHook, the mail server and the certificate, and say what to do.",
    ["client"],
  )
    .option("--json", "everything as one JSON document")
    .addHelpText(
      "after",
      `
With an admin key: the health of the database, shards, queues, partitions, clock and disk, and the shards of each process. Also runs that wait
for a newer version, and what MESHHOOK_SMTP_URL and MESHHOOK_TLS_CERT_FILE name, where they are set. Unless all is well, the exit code is ${EXIT_CODES.failed.code}.`,
    )
    .action(async (options: { json?: true }, command: Command) => {
      const { doctor } = await import("./command/doctor.ts");
      onExit(await doctor(options.json === true, resolve(command).config, output));
    });

  describeRuns(program, { args, output, resolve, onExit });
  describeBench(program, { args, output, resolve, onExit });

  addCommand(program, "migrate", "Update the database schema and exit. The start command does this too.", ["start"])
    .option("--format <name>", "write the migrations as files for another tool, instead of running them: supabase")
    .option("--out <folder>", "folder for these files, such as supabase/migrations")
    .action(async (options: { format?: string; out?: string }, command: Command) => {
      const { migrateDatabase, writeMigrations } = await import("./command/migrate.ts");
      const { format, out } = options;
      if (format === undefined && out === undefined) return onExit(await migrateDatabase(resolve(command), output));
      onExit(await writeMigrations({ format: format ?? null, out: out ?? null }, output));
    });

  addCommand(program, "retention", "Remove old runs now. A running MeshHook does this every day.", ["start"])
    .option("--dry-run", "only show what would be removed, and what keeps the rest")
    .addHelpText(
      "after",
      `
Examples:
  $ meshhook retention --dry-run
  $ meshhook retention --retention-days 90 --retention-export-dir ./exports`,
    )
    .action(async (options: { dryRun?: true }, command: Command) => {
      const { removeOldRuns } = await import("./command/retention.ts");
      onExit(await removeOldRuns(resolve(command), options.dryRun === true, output));
    });

  addCommand(program, "config", "Show all settings with their values and where each came from. Secrets are hidden.", [
    "start",
    "client",
    "bench",
  ])
    .option("--markdown", "print the reference page in Markdown instead")
    .action((options: { markdown?: true }, command: Command) => {
      output.line((options.markdown === true ? configurationMarkdown() : configText(resolve(command))).trimEnd());
    });

  program
    .command("version")
    .description("Show the version.")
    .action(() => output.line(VERSION));
  return program;
}
