import { openPostgresStore } from "@meshhook/journal";
import { temporaryDatabase } from "@meshhook/testkit";
import { Client } from "pg";
import { expect, it, onTestFinished } from "vitest";

import type { Logger } from "../src/index.ts";
import { onPostgres, start, status } from "./bench.ts";
import { definitionOf, delay, Gate, silent, transform, until } from "./harness.ts";

const { leaseMs } = onPostgres;

/** A process with a stand-in on a database of its own, and what its log warns of. `prepare` may replace methods of its journal. */
async function startWithStandIn(prepare: (journal: Gate["journal"], observer: Client) => void, resolveMs?: number) {
  const database = await temporaryDatabase();
  onTestFinished(() => database.drop());
  const store = openPostgresStore({
    connectionString: database.url,
    leaseMs,
    ...(resolveMs === undefined ? undefined : { resolveMs }),
  });
  onTestFinished(() => store.close());
  const warnings: string[] = [];
  const log: Logger = { ...silent, warn: (_details, message) => void warnings.push(message) };
  const gate = new Gate(store.journal);
  const observer = new Client({ connectionString: database.url });
  await observer.connect();
  onTestFinished(() => observer.end());
  prepare(gate.journal, observer);
  const limits = { heartbeatMs: leaseMs / 3 };
  const bench = await start({ store, gate, kind: onPostgres, log, hasStandIn: true, limits });
  await until("the stand-in has its connection beside the owner's", async () => {
    const { rowCount } = await observer.query(
      "select from pg_stat_activity where datname = current_database() and query like '%heartbeat_at%' or query like 'set role%'",
    );
    return (rowCount ?? 0) >= 2;
  });
  return { bench, store, warnings };
}

/** What a computation that never yields does to a process. */
function block(): void {
  const end = performance.now() + 3 * leaseMs;
  while (performance.now() < end);
}

/** Blocks when everything that needs no other turn of the event loop has been done: statements are sent, and their answers not read. */
function blockAfterTicks(ticks = 20): void {
  if (ticks === 0) block();
  else process.nextTick(() => queueMicrotask(() => blockAfterTicks(ticks - 1)));
}

it("a process whose event loop is blocked for several leases keeps its shards, and goes on as if nothing had been", async () => {
  let onBeat: (() => void) | null = null;
  const { bench, store, warnings } = await startWithStandIn((journal) => {
    const { heartbeat } = journal;
    journal.heartbeat = async (token) => {
      const answer = await heartbeat(token);
      onBeat?.();
      return answer;
    };
  });
  const version = await bench.publish(definitionOf({ pause: delay(500), after: transform("now") }));
  const runId = await bench.accept(version);
  await new Promise<void>((resolve) => (onBeat = resolve));
  block();
  expect(bench.runtime.isReady).toBe(true);
  expect(await bench.deliver(version)).toMatchObject({ kind: "accepted" });
  await until("the run ended", async () => (await status(store, runId)) === "succeeded");
  expect(bench.runtime.stats().totals.takeovers).toBe(64);
  expect(warnings).toEqual([]);
});

it("a heartbeat that is on its way when the event loop stalls is answered afterwards, and the shards are kept", async () => {
  let mustBlock = false;
  let answered = 0;
  const { bench, warnings } = await startWithStandIn((journal, observer) => {
    const { heartbeat } = journal;
    journal.heartbeat = async (token) => {
      if (mustBlock) await observer.query("begin; select from meshhook.owners for update");
      const beat = heartbeat(token);
      if (mustBlock) {
        // The answer comes while nothing here turns, and not before.
        void observer.query("select pg_sleep(1); commit");
        setImmediate(block);
      }
      mustBlock = false;
      const answer = await beat;
      answered++;
      return answer;
    };
  });
  mustBlock = true;
  await until("a heartbeat met the stall", () => !mustBlock);
  const before = answered;
  await until("it and the next have been answered", () => answered >= before + 2);
  expect(warnings).toEqual([]);
  expect(bench.runtime.isReady).toBe(true);
  expect(bench.runtime.stats().totals.takeovers).toBe(64);
});

it("an append that is on its way when the event loop stalls for longer than appends are resolved is told what became of it", async () => {
  let mustBlock = false;
  const { bench, store, warnings } = await startWithStandIn((journal) => {
    const { append } = journal;
    journal.append = (token, rows) => {
      const outcomes = append(token, rows);
      if (mustBlock) blockAfterTicks();
      mustBlock = false;
      return outcomes;
    };
  }, 2 * leaseMs);
  const version = await bench.publish(definitionOf({ after: transform("now") }));
  // Its writer has a connection from now on.
  await bench.accept(version);
  mustBlock = true;
  const runId = await bench.accept(version);
  expect(await status(store, runId)).toBe("succeeded");
  expect(warnings).toEqual([]);
  expect(bench.runtime.stats().totals.takeovers).toBe(64);
});
