import { randomUUID } from "node:crypto";

import { shardOfRunId } from "@meshhook/core";
import { temporaryDatabase } from "@meshhook/testkit";
import { Client } from "pg";
import { afterEach, expect, it } from "vitest";

import { createMemoryStore, openPostgresStore, SIGNAL_LIMITS, type Journal } from "../src/index.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const RUN_ID = "019ab2f0-4c00-7000-8010-00000000000a";
const projectId = randomUUID();

const send = (journal: Journal, key?: string): Promise<string> =>
  journal.sendSignal({
    shard: shardOfRunId(RUN_ID),
    runId: RUN_ID,
    projectId,
    kind: "signal",
    name: "paid",
    payload: "1",
    ...(key === undefined ? {} : { key }),
  });

async function expectOneMore(journal: Journal): Promise<void> {
  expect(await send(journal, "last")).toBe("sent");
  expect(await send(journal)).toBe("full");
  expect(await send(journal, "last")).toBe("repeated");
}

it("a run gets as many signals as it may have, and no more, in memory", async () => {
  const store = createMemoryStore();
  closing.push(() => store.close());
  for (let n = 1; n < SIGNAL_LIMITS.count; n++) await send(store.journal);
  await expectOneMore(store.journal);
});

it("a run gets as many signals as it may have, and no more, on Postgres", async () => {
  const database = await temporaryDatabase();
  closing.push(() => database.drop());
  const store = openPostgresStore({ connectionString: database.url });
  closing.push(() => store.close());
  await send(store.journal);
  const client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query(
    `insert into meshhook.signals (shard, id, run_id, project_id, kind, name, payload, dedupe_key)
     select $1, gen_random_uuid(), $2, $3, 'signal', 'paid', '1', 'key ' || n from generate_series(3, $4::int) as n`,
    [shardOfRunId(RUN_ID), RUN_ID, projectId, SIGNAL_LIMITS.count],
  );
  await client.end();
  await expectOneMore(store.journal);
});
