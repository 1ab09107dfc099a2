import type { Command } from "commander";

import { addCommand, collect, type CommandContext } from "../../../command-line.ts";
import { isVariable, pairsOf } from "../../../bench/named-values.ts";

/** `meshhook bench run`, and `meshhook bench` alone. */
export function describeRun(bench: Command, { args, output, resolve, onExit }: CommandContext): void {
  addCommand(bench, "run", "Run the benchmark. The default command.", ["bench"], { isDefault: true })
    .argument("[what...]", "suites, scenarios and scenario files (default: quick)")
    .option(
      "--set <name=value>",
      "a value of the scenario files, such as load.rate=200/s, or an environment variable for the measured process, such as MESHHOOK_WRITERS=4; can be repeated",
      collect,
      [],
    )
    .option(
      "--database-url <url>",
      "database of the MeshHook that --target names; an address with a password belongs in MESHHOOK_BENCH_DATABASE_URL",
    )
    .addHelpText(
      "after",
      `
Starts its own PostgreSQL and MeshHook; the quick suite takes four to six minutes. Exits with 0 only if every audit is clean
and every threshold holds. Press Ctrl-C to stop early and report what was measured so far.

A target that --target names is only loaded if it has a project with the slug \`benchmark\`, in which everything is made and
removed. Without its database, the audit is done over the API and sees less.

Examples:
  $ meshhook bench --out report
  $ meshhook bench run webhook-ack-nominal --rate 200/s --set MESHHOOK_WRITERS=4
  $ meshhook bench run ./orders.yaml --duration 30s --set target.delay=100ms
  $ meshhook bench run webhook-ack-nominal --target https://staging.example.com --rate 20/s`,
    )
    .action(async (what: string[], options: { set: string[]; databaseUrl?: string }, command: Command) => {
      const pairs = pairsOf("--set", options.set, "load.rate=200/s or MESHHOOK_WRITERS=4");
      const { config } = resolve(command);
      const { runBenchmark } = await import("../run.ts");
      const request = {
        what,
        overrides: pairs
          .filter(({ name }) => !isVariable(name))
          .map(({ name, value }) => ({ path: name, value, source: "--set" })),
        meshhookEnv: Object.fromEntries(
          pairs.filter(({ name }) => isVariable(name)).map(({ name, value }) => [name, value] as const),
        ),
        databaseUrl: options.databaseUrl ?? null,
        typed: args.slice(1),
      };
      onExit(await runBenchmark(request, config, output));
    });
}
