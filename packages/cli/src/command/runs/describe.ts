import type { Command } from "commander";

import { addCommand, collect, type CommandContext } from "../../command-line.ts";

/** Options that select runs. */
export interface FilterOptions {
  readonly workflow?: string;
  readonly status?: string;
  readonly code?: string;
  readonly node?: string;
  readonly text?: string;
  readonly after?: string;
  readonly before?: string;
}

/** Options of a command that works on one run or on many. */
export interface ManyOptions extends FilterOptions {
  readonly all?: true;
  readonly dryRun?: true;
  readonly perSecond?: string;
}

const MANY = `
Without a run, the command works on all runs that the filter selects, as a job that continues when this command ends. Look at
--dry-run first. Ctrl-C leaves the job running; meshhook runs stop stops it.`;

/** The commands under `meshhook runs`, with their help. Each is loaded when it is called. */
export function describeRuns(program: Command, { output, resolve, onExit }: CommandContext): void {
  const runs = program.command("runs").description("List, replay, resume, cancel and erase runs, one or many.");

  withFilter(addCommand(runs, "list", "List runs, newest first; failed ones with their errors.", ["client"]))
    .option("--where <condition>", "runs whose delivery fulfils this, such as input.order.id=A-17; reads run after run")
    .option("--limit <number>", "how many", "20")
    .addHelpText(
      "after",
      `
Examples:
  $ meshhook runs list --where input.order.id=A-17
  $ meshhook runs list --workflow orders --where 'input.order.total > \`100\` && input.customer.country == "DE"'`,
    )
    .action(async (options: FilterOptions & { limit: string; where?: string }, command: Command) => {
      const { listRuns } = await import("./list.ts");
      onExit(await listRuns(options, resolve(command).config, output));
    });

  addCommand(runs, "show", "Show a run: its steps, its error with every answer, and its replays.", ["client"])
    .argument("<run>", "id of the run")
    .action(async (runId: string, _options: unknown, command: Command) => {
      const { showRun } = await import("./show.ts");
      onExit(await showRun(runId, resolve(command).config, output));
    });

  withMany(addCommand(runs, "replay", "Start a new run of the same delivery, for one run or many.", ["client"]))
    .argument("[run]", "id of a run")
    .option("--same-version", "use the run's own version instead of the one published last")
    .option(
      "--idempotency-key <key>",
      "repeating the command with the same key does nothing twice (default: a new key)",
    )
    .addHelpText(
      "after",
      `${MANY}

Examples:
  $ meshhook runs replay 019ab2f0-4c00-7000-8010-00000000000a
  $ meshhook runs replay --workflow order-gate --code http_status --dry-run
  $ meshhook runs replay --workflow order-gate --after 2026-11-30T12:00:00Z --per-second 50`,
    )
    .action(
      async (
        runId: string | undefined,
        options: ManyOptions & { sameVersion?: true; idempotencyKey?: string },
        command: Command,
      ) => {
        const { replayRuns } = await import("./replay.ts");
        onExit(await replayRuns(runId ?? null, options, resolve(command).config, output));
      },
    );

  addCommand(runs, "resume", "Start a new run that keeps what a run did before a step, and continues from there.", [
    "client",
  ])
    .argument("<run>", "id of a run that has ended")
    .requiredOption("--step <node>", "node of the step to continue from")
    .option("--iteration <numbers>", "inside loops the iterations, outermost first, such as 3 or 3,0")
    .option("--input <json>", "what `input` is from there on; JSON, or @file")
    .option(
      "--output <node=json>",
      "a different output of an earlier step; JSON, or @file; can be repeated",
      collect,
      [],
    )
    .option(
      "--idempotency-key <key>",
      "repeating the command with the same key does nothing twice (default: a new key)",
    )
    .action(
      async (
        runId: string,
        options: { step: string; iteration?: string; input?: string; output: string[]; idempotencyKey?: string },
        command: Command,
      ) => {
        const { resumeRun } = await import("./resume.ts");
        onExit(await resumeRun(runId, options, resolve(command).config, output));
      },
    );

  withMany(addCommand(runs, "cancel", "Ask one run or many to stop.", ["client"]))
    .argument("[run]", "id of a run")
    .option("--reason <text>", "stored with the run")
    .addHelpText("after", MANY)
    .action(async (runId: string | undefined, options: ManyOptions & { reason?: string }, command: Command) => {
      const { cancelRuns } = await import("./cancel.ts");
      onExit(await cancelRuns(runId ?? null, options, resolve(command).config, output));
    });

  withMany(addCommand(runs, "erase", "Erase one run or many that have ended. This cannot be undone.", ["client"]))
    .argument("[run]", "id of a run")
    .addHelpText("after", MANY)
    .action(async (runId: string | undefined, options: ManyOptions, command: Command) => {
      const { eraseRuns } = await import("./erase.ts");
      onExit(await eraseRuns(runId ?? null, options, resolve(command).config, output));
    });

  addCommand(runs, "jobs", "List the newest jobs on many runs.", ["client"]).action(
    async (_options: unknown, command: Command) => {
      const { listJobs } = await import("./job.ts");
      onExit(await listJobs(resolve(command).config, output));
    },
  );

  addCommand(runs, "stop", "Stop a job; what it has done stays done.", ["client"])
    .argument("<job>", "id of the job")
    .action(async (jobId: string, _options: unknown, command: Command) => {
      const { stopJob } = await import("./job.ts");
      onExit(await stopJob(jobId, resolve(command).config, output));
    });
}

function withFilter(command: Command): Command {
  return command
    .option("--workflow <slug>", "runs of this workflow")
    .option("--status <status>", "running, succeeded, failed or canceled")
    .option("--code <code>", "failed runs with this error code")
    .option("--node <node>", "failed runs whose error is of this node")
    .option("--text <text>", "failed runs with this in the error's message")
    .option("--after <time>", "runs that started at this time or later, such as 2026-11-30T12:00:00Z")
    .option("--before <time>", "runs that started at this time or earlier");
}

function withMany(command: Command): Command {
  return withFilter(command)
    .option("--all", "all runs of the project that the command can work on")
    .option("--dry-run", "only say what would be done")
    .option("--per-second <number>", "the most runs per second", "20");
}
