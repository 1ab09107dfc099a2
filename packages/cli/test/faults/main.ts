/**
 * `npm run test:faults`: real processes on a real PostgreSQL fail on purpose, again and again; after each cycle the records of senders,
 * database and target are compared. Ends 1 at the first cycle that breaks a rule.
 *
 *     npm run test:faults -- --cycles 20
 *     npm run test:faults -- --minutes 30 --seed 42
 */
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { startEmbeddedPostgres } from "@meshhook/embedded";

import { FaultCycles } from "./cycle.ts";
import { mountSmallDisk } from "./small-disk.ts";

const { values } = parseArgs({
  options: {
    cycles: { type: "string" },
    minutes: { type: "string" },
    seed: { type: "string" },
    processes: { type: "string", default: "2" },
    "load-ms": { type: "string", default: "4000" },
  },
});
process.exitCode = await run();

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
  say(
    `Seed ${seed}: ${Number.isFinite(cycles) ? `${cycles} cycles` : `${minutes} minutes`} with ${processes} processes.`,
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
    say,
  });
  const totals = { deliveries: 0, runs: 0, ends: 0, postgresStops: 0, fullDisks: 0 };
  const untilMs = performance.now() + minutes * 60_000;
  try {
    for (let cycle = 1; cycle <= cycles && performance.now() < untilMs; cycle++) {
      const { deliveries, ends, failpoints, fault, runs, violations } = await all.run(loadMs);
      totals.deliveries += deliveries;
      totals.runs += runs;
      totals.ends += ends;
      if (fault.kind === "postgres") totals.postgresStops++;
      if (fault.kind === "full-disk") totals.fullDisks++;
      say(
        `Cycle ${cycle}: ${JSON.stringify(fault)}; ${failpoints.join(" | ")}; ${deliveries} deliveries, ${runs} runs, ${ends} ends`,
      );
      if (violations.length === 0) continue;
      for (const { rule, detail } of violations.slice(0, 20)) say(`- ${rule}: ${detail}`);
      say(`${violations.length} rules broken. Again: npm run test:faults -- --seed ${seed} --cycles ${cycle}`);
      return 1;
    }
    say(
      `${totals.deliveries} deliveries, ${totals.runs} runs, ${totals.ends} ends of processes, ${totals.postgresStops} stops of PostgreSQL, ${totals.fullDisks} full disks: no rule was broken.`,
    );
    return 0;
  } finally {
    await all.close();
    await server.stop("immediate");
    await disk?.unmount();
    await rm(directory, { recursive: true, force: true });
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
