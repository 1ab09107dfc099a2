import { chmod, mkdtemp, rm } from "node:fs/promises";

import { temporaryDatabase } from "@meshhook/testkit";
import { expect, test, vi } from "vitest";

import { FaultCycles } from "./cycle.ts";

vi.setConfig({ testTimeout: 120_000 });

test("two processes that are killed at failpoints under load lose, duplicate and reorder nothing", async () => {
  const database = await temporaryDatabase();
  const directory = await mkdtemp("/tmp/meshhook-faults-");
  await chmod(directory, 0o711);
  const cycles = await FaultCycles.open({
    seed: 1,
    processes: 2,
    databaseUrl: database.url,
    dataDir: directory,
    postgres: null,
    disk: null,
    kinds: [],
    bug: null,
    say: (line) => void process.stderr.write(`${line}\n`),
  });
  try {
    const report = await cycles.run(1_000, { kind: "kill", process: 0 });
    expect(report.violations).toEqual([]);
    expect(report.runs).toBeGreaterThan(0);
    expect(report.ends).not.toEqual([]);
  } finally {
    await cycles.close();
    await database.drop();
    await rm(directory, { recursive: true, force: true });
  }
});
