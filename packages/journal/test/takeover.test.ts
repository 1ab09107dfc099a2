import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SeededRandom, segmentRow, temporaryDatabase, waitFor, type TemporaryDatabase } from "@meshhook/testkit";
import { Client } from "pg";

import { openPostgresStore, OwnerLost, type OwnerToken, type PostgresStore } from "../src/index.ts";
import { batchParameters } from "../src/postgres/batch.ts";
import { queries } from "../src/postgres/queries.ts";

const random = new SeededRandom(11);
/** Of an owner that claimed all shards of a new database. */
const FIRST_EPOCHS = new Map(Array.from({ length: 64 }, (_, shard) => [shard, 1]));
const FIRST_RUN_ID = "00000000-0000-7000-8000-000000000000";
let database: TemporaryDatabase;
let a: PostgresStore;
let b: PostgresStore;
let observer: Client;

beforeEach(async () => {
  database = await temporaryDatabase();
  a = openPostgresStore({ connectionString: database.url });
  b = openPostgresStore({ connectionString: database.url });
  observer = await connect();
});

afterEach(async () => {
  await observer.end();
  await a.close();
  await b.close();
  await database.drop();
});

describe("an owner that was paused with an append", () => {
  it("cannot commit a new run after another owner took over and looked for unfinished runs", async () => {
    const { tokenA, tokenB } = await twoOwners();
    const paused = await connect();
    await paused.query("begin");
    // The paused owner read that it owns the shard, and then stood still.
    await paused.query(queries["read-held-shards"].text, [tokenA]);

    await b.journal.claimShards(tokenB, 64);
    expect(await b.journal.loadUnfinished({ shard: 0, fromRunId: FIRST_RUN_ID, limit: 10, bytesMax: 1e6 })).toEqual([]);

    const late = segmentRow(random);
    const inserted = await paused.query(queries["append-segments"].text, batchParameters(tokenA, FIRST_EPOCHS, [late]));
    await paused.query("commit");
    await paused.end();
    expect(inserted.rowCount).toBe(0);
    expect(await b.journal.readRun(late.runId)).toEqual([]);
  });

  it("is refused when its append waits for the takeover, whichever of the two statements it uses", async () => {
    const { tokenA, tokenB } = await twoOwners();
    const takeover = await connect();
    await takeover.query("begin");
    await takeover.query(queries["claim-shards"].text, [tokenB, [0], [1]]);

    const plain = segmentRow(random);
    const keyed = segmentRow(random, { dedupe: { endpointId: plain.projectId, key: "k", bodyHash: "aa" } });
    const parked = segmentRow(random, { parkedUntil: 1_000_000 });
    const appends = Promise.all([plain, keyed, parked].map((row) => a.journal.append(tokenA, [row])));
    await waitForLockWaits(2);
    await takeover.query("commit");
    await takeover.end();

    expect((await appends).flat()).toEqual([{ kind: "fenced" }, { kind: "fenced" }, { kind: "fenced" }]);
    expect((await observer.query("select from meshhook.journal")).rowCount).toBe(0);
    expect((await observer.query("select from meshhook.deduplications")).rowCount).toBe(0);
    expect((await observer.query("select from meshhook.timers")).rowCount).toBe(0);
  });

  it("is refused when the shard went to another owner and came back meanwhile, whichever of the statements it uses", async () => {
    const { tokenA, tokenB } = await twoOwners();
    const changes = await connect();
    await changes.query("begin");
    await changes.query(queries["release-shards"].text, [tokenA, [0]]);
    const plain = segmentRow(random);
    const keyed = segmentRow(random, { dedupe: { endpointId: plain.projectId, key: "k", bodyHash: "aa" } });
    const appends = Promise.all([plain, keyed].map((row) => a.journal.append(tokenA, [row])));
    const storing = a.journal.storeWatermarks(tokenA, [
      { shard: 0, lowRunId: plain.runId, timersFrom: 1_000_000, signalsAfter: FIRST_RUN_ID },
    ]);
    await waitForLockWaits(3);
    // The second owner reads what there is, and continues from there; then the first has the shard again, and does the same.
    await changes.query(queries["claim-shards"].text, [tokenB, [0], [1]]);
    await changes.query(queries["release-shards"].text, [tokenB, [0]]);
    await changes.query(queries["claim-shards"].text, [tokenA, [0], [2]]);
    await changes.query("commit");
    await changes.end();

    expect((await appends).flat()).toEqual([{ kind: "fenced" }, { kind: "fenced" }]);
    await storing;
    expect((await observer.query("select from meshhook.journal")).rowCount).toBe(0);
    expect((await observer.query("select from meshhook.deduplications")).rowCount).toBe(0);
    expect((await observer.query("select from meshhook.watermarks where token is not null")).rowCount).toBe(0);
  });

  it("cannot store a watermark that waited for the takeover", async () => {
    const { tokenA, tokenB } = await twoOwners();
    const takeover = await connect();
    await takeover.query("begin");
    await takeover.query(queries["claim-shards"].text, [tokenB, [0], [1]]);
    const storing = a.journal.storeWatermarks(tokenA, [
      { shard: 0, lowRunId: segmentRow(random).runId, timersFrom: 1_000_000, signalsAfter: FIRST_RUN_ID },
    ]);
    await waitForLockWaits(1);
    await takeover.query("commit");
    await takeover.end();
    await storing;
    const stored = await observer.query(
      "select token, timers_from = 'epoch' as untouched from meshhook.watermarks where shard = 0",
    );
    expect(stored.rows).toEqual([{ token: null, untouched: true }]);
  });
});

describe("a takeover", () => {
  it("waits for appends in flight and then sees what they stored", async () => {
    const { tokenA, tokenB } = await twoOwners();
    const inFlight = await connect();
    await inFlight.query("begin");
    const row = segmentRow(random);
    await inFlight.query(queries["append-segments"].text, batchParameters(tokenA, FIRST_EPOCHS, [row]));

    let isClaimed = false;
    const claim = b.journal.claimShards(tokenB, 64).then((claimed) => {
      isClaimed = true;
      return claimed;
    });
    await waitForLockWaits(1);
    expect(isClaimed).toBe(false);

    await inFlight.query("commit");
    await inFlight.end();
    expect(await claim).toHaveLength(64);
    const found = await b.journal.loadUnfinished({ shard: 0, fromRunId: FIRST_RUN_ID, limit: 10, bytesMax: 1e6 });
    expect(found.map((run) => run.runId)).toEqual([row.runId]);
  });

  it("of a killed owner's shards does not wait for the lease", async () => {
    const killed = await a.journal.join("killed");
    await a.journal.claimShards(killed, 64);
    await a.close(); // Its connections end, as they do with a process; nobody left in order.
    const token = await b.journal.join("b");
    await waitFor("the server noticed the end of the connection", async () => {
      return (await b.journal.heartbeat(token)).shardsFree === 64;
    });
    expect(await b.journal.claimShards(token, 64)).toHaveLength(64);
  });

  it("waits for the lease without liveness locks", async () => {
    const without = openPostgresStore({ connectionString: database.url, hasLivenessLocks: false });
    const killed = await without.journal.join("killed");
    await without.journal.claimShards(killed, 64);
    await without.close();
    const token = await b.journal.join("b");
    expect(await b.journal.heartbeat(token)).toMatchObject({ ownersAlive: 2, shardsFree: 0 });
    await expireLease(killed);
    expect(await b.journal.heartbeat(token)).toMatchObject({ ownersAlive: 1, shardsFree: 64 });
  });

  it("of an owner whose own connection broke happens if another is faster than its next connection", async () => {
    const token = await a.journal.join("a");
    await a.journal.claimShards(token, 64);
    const cut = (): Promise<unknown> =>
      observer.query(
        `select pg_terminate_backend(locks.pid, 5000) from pg_locks as locks
         where locks.locktype = 'advisory' and locks.objsubid = 2
           and locks.objid = (select owners.liveness_key::oid from meshhook.owners as owners where owners.token = '${token}')`,
      );
    await cut();
    await expect(a.journal.heartbeat(token)).rejects.toThrow(/database could not take a heartbeat/);
    expect(await a.journal.heartbeat(token)).toMatchObject({ ownersAlive: 1, shardsFree: 0 });
    expect(await a.journal.append(token, [segmentRow(random)])).toEqual([{ kind: "appended" }]);

    const other = await b.journal.join("b");
    expect(await b.journal.heartbeat(other)).toMatchObject({ ownersAlive: 2, shardsFree: 0 });
    await cut();
    expect(await b.journal.claimShards(other, 64)).toHaveLength(64);
    await expect(a.journal.heartbeat(token)).rejects.toThrow(/database could not take a heartbeat/);
    await expect(a.journal.heartbeat(token)).rejects.toThrow(OwnerLost);
    expect(await a.journal.append(token, [segmentRow(random)])).toEqual([{ kind: "fenced" }]);
  });

  it("by several owners at once, under load, loses and repeats nothing", async () => {
    const stores = [a, b];
    const stored: { readonly runId: string; readonly epochOwner: OwnerToken }[] = [];
    let tokens = await Promise.all(stores.map((store, index) => store.journal.join(`${index}`)));
    await a.journal.claimShards(tokens[0] ?? "", 32);
    await b.journal.claimShards(tokens[1] ?? "", 32);

    for (let round = 0; round < 6; round += 1) {
      const writing = tokens.map(async (token, index) => {
        for (let batch = 0; batch < 10; batch += 1) {
          const rows = Array.from({ length: 20 }, () => segmentRow(random, { shard: random.int(64) }));
          const outcomes = await stores[index]?.journal.append(token, rows);
          rows.forEach((row, position) => {
            if (outcomes?.[position]?.kind === "appended") stored.push({ runId: row.runId, epochOwner: token });
          });
        }
      });
      // In the middle of it, one owner is declared dead, and the other takes its shards.
      const victim = round % 2;
      const survivor = 1 - victim;
      await expireLease(tokens[victim] ?? "");
      await stores[survivor]?.journal.claimShards(tokens[survivor] ?? "", 64);
      await Promise.all(writing);
      const reborn = await stores[victim]?.journal.join(`${victim}`);
      await stores[survivor]?.journal.releaseShards(
        tokens[survivor] ?? "",
        Array.from({ length: 32 }, (_, shard) => shard),
      );
      await stores[victim]?.journal.claimShards(reborn ?? "", 32);
      tokens = tokens.map((token, index) => (index === victim ? (reborn ?? "") : token));
    }

    const journal = await observer.query<{ run_id: string }>("select run_id from meshhook.journal");
    expect(journal.rows.map((row) => row.run_id).sort()).toEqual(stored.map((row) => row.runId).sort());
    expect(new Set(stored.map((row) => row.runId)).size).toBe(stored.length);
    expect(stored.length).toBeGreaterThan(100);
  });
});

async function twoOwners(): Promise<{ tokenA: OwnerToken; tokenB: OwnerToken }> {
  const tokenA = await a.journal.join("a");
  await a.journal.claimShards(tokenA, 64);
  const tokenB = await b.journal.join("b");
  await expireLease(tokenA);
  return { tokenA, tokenB };
}

async function expireLease(token: OwnerToken): Promise<void> {
  await observer.query("update meshhook.owners set heartbeat_at = heartbeat_at - interval '1 hour' where token = $1", [
    token,
  ]);
}

async function waitForLockWaits(atLeast: number): Promise<void> {
  await waitFor(`${atLeast} statements wait for a lock`, async () => {
    const found = await observer.query<{ waiting: number }>(
      "select count(*)::int as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    return (found.rows[0]?.waiting ?? 0) >= atLeast;
  });
}

async function connect(): Promise<Client> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  return client;
}
