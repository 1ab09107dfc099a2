import { openPostgresStore } from "@meshhook/journal";
import { temporaryDatabase } from "@meshhook/testkit";
import { Client } from "pg";
import { expect, it, onTestFinished } from "vitest";

import { PlanCache, startRuntime } from "../src/index.ts";
import { Gate, silent, until } from "./harness.ts";

const FEW = 5;
const MANY = 65;

it("sends the database only heartbeats when there is nothing to do", async () => {
  const database = await temporaryDatabase();
  onTestFinished(() => database.drop());
  // The first start creates partitions and takes shards that had no owner.
  await live(database.url, FEW);

  // A concurrent vacuum counts too, so of a few lives of each length, only the cheapest are compared.
  const short = await cheapestLife(database.url, FEW);
  const long = await cheapestLife(database.url, MANY);
  const perHeartbeat = (long.transactions - short.transactions) / (long.heartbeats - short.heartbeats);
  // That heartbeats are counted at all. How often inboxes are read at a start depends on how the machine mixes its parts, so a life may cost some
  // transactions more than another; whatever is done regularly comes at least with every second heartbeat.
  expect(perHeartbeat).toBeGreaterThan(0.6);
  expect(perHeartbeat).toBeLessThan(1.4);
});

interface Life {
  readonly heartbeats: number;
  readonly transactions: number;
}

async function cheapestLife(url: string, heartbeats: number): Promise<Life> {
  const lives = [await live(url, heartbeats), await live(url, heartbeats), await live(url, heartbeats)];
  const beyond = ({ transactions, heartbeats: made }: Life) => transactions - made;
  return lives.reduce((best, life) => (beyond(life) < beyond(best) ? life : best));
}

/** Starts a runtime, lets it idle for some heartbeats, ends it, and counts the transactions of its whole life. */
async function live(url: string, heartbeats: number): Promise<Life> {
  const before = await committed(url);
  const store = openPostgresStore({ connectionString: url });
  let beats = 0;
  const { journal } = new Gate(store.journal);
  const runtime = await startRuntime({
    journal: {
      ...journal,
      heartbeat: (token) => {
        beats += 1;
        return journal.heartbeat(token);
      },
    },
    catalog: store.catalog,
    plans: new PlanCache(store.catalog),
    name: "idle",
    egressAllow: [],
    log: silent,
    limits: { heartbeatMs: 10, watermarkMs: 20 },
  });
  await until("its shards have been read", () => runtime.stats().shardsRecovering === 0);
  const read = beats;
  await until("the heartbeats were made", () => beats >= read + heartbeats);
  await runtime.drain(0);
  await store.close();
  return { heartbeats: beats, transactions: (await committed(url)) - before };
}

/** Transactions of the database so far, by sessions that have ended: those of an open session may not be reported yet. */
async function committed(url: string): Promise<number> {
  const { pathname: path } = new URL(url);
  const elsewhere = new URL(url);
  elsewhere.pathname = "/postgres";
  const client = new Client({ connectionString: elsewhere.href });
  await client.connect();
  try {
    const name = path.slice(1);
    await until("the sessions ended", async () => {
      const { rowCount } = await client.query("select from pg_stat_activity where datname = $1", [name]);
      return rowCount === 0;
    });
    const { rows } = await client.query<{ commits: number }>(
      "select xact_commit::int as commits from pg_stat_database where datname = $1",
      [name],
    );
    return rows[0]?.commits ?? 0;
  } finally {
    await client.end();
  }
}
