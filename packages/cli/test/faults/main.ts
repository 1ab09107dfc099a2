/**
 * `npm run test:faults`: real processes on a real PostgreSQL fail on purpose, again and again; after each cycle the records of senders,
 * database and target are compared. Ends 1 at the first cycle that breaks a rule.
 *
 *     npm run test:faults -- --cycles 20
 *     npm run test:faults -- --minutes 30 --seed 42
 *     npm run test:faults -- --faults postgres,kill --processes 3
 *     npm run test:faults -- --bug segment-skipped
 */
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { startEmbeddedPostgres } from "@meshhook/embedded";

import { FaultCycles } from "./cycle.ts";
import { OUTSIDE_KINDS } from "./plan.ts";
import { HARNESS_BUGS, isHarnessBug } from "./plant/harness-bugs.ts";
import { mountSmallDisk } from "./small-disk.ts";

const { values } = parseArgs({
  options: {
    cycles: { type: "string" },
    minutes: { type: "string" },
    seed: { type: "string" },
    processes: { type: "string", default: "2" },
    "load-ms": { type: "string", default: "10000" },
    faults: { type: "string" },
    bug: { type: "string" },
  },
});
// Of a cycle that was interrupted, loops still wait for what does not come any more.
process.exit(await run());

async function run(): Promise<number> {
  const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000_000));
  const cycles = Number(values.cycles ?? (values.minutes === undefined ? 10 : Infinity));
  const minutes = Number(values.minutes ?? Infinity);
  const processes = Number(values.processes);
  const loadMs = Number(values["load-ms"]);
  if (
    ![seed, processes, loadMs].every((value) => Number.isSafeInteger(value) && value >= 0) ||
    !(cycles >= 1) ||
    !(minutes > 0) ||
    processes < 1
  ) {
    say("--seed, --cycles, --processes and --load-ms take whole numbers, --minutes a number above 0.");
    return 2;
  }
  const kinds = OUTSIDE_KINDS.filter((kind) => values.faults === undefined || values.faults.split(",").includes(kind));
  if (kinds.length === 0) {
    say(`--faults takes a list of faults from outside: ${[...new Set(OUTSIDE_KINDS)].join(", ")}.`);
    return 2;
  }
  const { bug = null } = values;
  if (bug !== null && !isHarnessBug(bug)) {
    say(`No bug "${bug}" can be planted here. There are: ${Object.keys(HARNESS_BUGS).join(", ")}.`);
    return 2;
  }
  say(
    `Seed ${seed}: ${Number.isFinite(cycles) ? `${cycles} cycles` : `${minutes} minutes`} with ${processes} processes${bug === null ? "" : `, and the bug ${bug} (${HARNESS_BUGS[bug]})`}.`,
  );
  const directory = await mkdtemp(join(tmpdir(), "meshhook-faults-"));
  await chmod(directory, 0o711);
  const disk = await mountSmallDisk(directory);
  if (disk === null)
    say("A full disk is not tried: a file system for it cannot be mounted here, because that takes Linux and root.");
  const settings = {
    track_commit_timestamp: "on",
    max_connections: "200",
    max_wal_size: "128MB",
    min_wal_size: "64MB",
  };
  const dataDir = join(directory, "postgres");
  let server = await startEmbeddedPostgres({ dataDir, settings });
  const all = await FaultCycles.open({
    seed,
    processes,
    databaseUrl: server.url,
    dataDir: join(directory, "data"),
    postgres: {
      stop: () => server.stop("immediate"),
      start: async () => {
        server = await startEmbeddedPostgres({ dataDir, settings });
      },
    },
    disk,
    kinds,
    bug,
    say,
  });
  const totals = { cycles: 0, deliveries: 0, runs: 0 };
  const ends = new Map<string, number>();
  const faults = new Map<string, number>();
  const untilMs = performance.now() + minutes * 60_000;
  const interrupted = new Promise<null>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => resolve(null));
  });
  try {
    for (let cycle = 1; cycle <= cycles && performance.now() < untilMs; cycle++) {
      const report = await Promise.race([all.run(loadMs), interrupted]);
      if (report === null) {
        say(`Interrupted in cycle ${cycle}; everything that was started is ended.`);
        return 130;
      }
      const { deliveries, runs, violations } = report;
      totals.cycles++;
      totals.deliveries += deliveries;
      totals.runs += runs;
      for (const end of report.ends) count(ends, end);
      for (const { kind } of report.faults) count(faults, kind);
      say(
        `Cycle ${cycle}: ${report.faults.map(({ kind }) => kind).join(", ")}; ends by ${report.ends.join(", ") || "nothing"}; ${deliveries} deliveries, ${runs} runs`,
      );
      if (violations.length === 0) continue;
      for (const { rule, detail } of violations.slice(0, 20)) say(`- ${rule}: ${detail}`);
      say(
        `${violations.length} rules broken. Again: npm run test:faults -- --seed ${seed} --cycles ${cycle}${bug === null ? "" : ` --bug ${bug}`}`,
      );
      return 1;
    }
    say(
      `${totals.cycles} cycles, ${totals.deliveries} deliveries, ${totals.runs} runs, ${sumOf(ends)} ends of processes: no rule was broken.`,
    );
    say(`Ends by failpoint: ${listOf(ends)}.\nFaults from outside: ${listOf(faults)}.`);
    return 0;
  } finally {
    await all.close();
    await server.stop("immediate");
    await disk?.unmount();
    await rm(directory, { recursive: true, force: true });
  }
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function sumOf(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, times) => sum + times, 0);
}

function listOf(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, times]) => `${name} ${times}`)
    .join(", ");
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
