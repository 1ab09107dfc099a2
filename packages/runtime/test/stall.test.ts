import { openPostgresStore } from "@meshhook/journal";
import { temporaryDatabase } from "@meshhook/testkit";
import { Client } from "pg";
import { expect, it } from "vitest";

import type { Logger } from "../src/index.ts";
import { closeAfterTest, onPostgres, start, status } from "./bench.ts";
import { definitionOf, delay, Gate, silent, transform, until } from "./harness.ts";

it("a process whose event loop is blocked for several leases keeps its shards, and continues as if nothing had happened", async () => {
  const database = await temporaryDatabase();
  closeAfterTest(() => database.drop());
  const { leaseMs } = onPostgres;
  const store = openPostgresStore({ connectionString: database.url, leaseMs });
  closeAfterTest(() => store.close());
  const warnings: string[] = [];
  const log: Logger = { ...silent, warn: (_details, message) => void warnings.push(message) };
  const gate = new Gate(store.journal);
  const { heartbeat } = gate.journal;
  let onBeat: (() => void) | null = null;
  gate.journal.heartbeat = async (token) => {
    const answer = await heartbeat(token);
    onBeat?.();
    return answer;
  };
  const limits = { heartbeatMs: leaseMs / 3 };
  const bench = await start({ store, gate, kind: onPostgres, log, hasStandIn: true, limits });
  const version = await bench.publish(definitionOf({ pause: delay(500), after: transform("now") }));
  const runId = await bench.accept(version);
  const observer = new Client({ connectionString: database.url });
  await observer.connect();
  closeAfterTest(() => observer.end());
  await until("the stand-in has its connection beside the owner's", async () => {
    const { rowCount } = await observer.query(
      "select from pg_stat_activity where datname = current_database() and query like '%heartbeat_at%' or query like 'set role%'",
    );
    return (rowCount ?? 0) >= 2;
  });
  // Between two heartbeats, because one that is in flight when the loop stops is lost, and ownership with it.
  await new Promise<void>((resolve) => (onBeat = resolve));
  const end = performance.now() + 3 * leaseMs;
  while (performance.now() < end);
  expect(bench.runtime.isReady).toBe(true);
  expect(await bench.deliver(version)).toMatchObject({ kind: "accepted" });
  await until("the run ended", async () => (await status(store, runId)) === "succeeded");
  expect(bench.runtime.stats().totals.takeovers).toBe(64);
  expect(warnings).toEqual([]);
});
