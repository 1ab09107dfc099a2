import { afterAll, beforeAll, expect, it } from "vitest";
import { emptyDatabase, type TemporaryDatabase } from "@meshhook/testkit";
import { Client } from "pg";

import { checkDatabaseSafety, UnsafeDatabase } from "./safety.ts";

let database: TemporaryDatabase;

beforeAll(async () => {
  database = await emptyDatabase();
});

afterAll(async () => {
  await database.drop();
});

it("accepts a database that writes commits to disk", async () => {
  expect(await checkDatabaseSafety(database.url)).toMatchObject({
    fsync: "on",
    synchronousCommit: "on",
    fullPageWrites: "on",
    risks: [],
  });
});

it("refuses a database that may lose commits, with the setting and how to change it", async () => {
  await onDatabase("set synchronous_commit = off");
  await expect(checkDatabaseSafety(database.url)).rejects.toThrow(UnsafeDatabase);
  await expect(checkDatabaseSafety(database.url)).rejects.toThrow(
    /synchronous_commit is off.*alter system set synchronous_commit = on.*MESHHOOK_ALLOW_UNSAFE_DATABASE/s,
  );
  const allowed = await checkDatabaseSafety(database.url, { allowUnsafe: true });
  expect(allowed.risks).toEqual([expect.stringMatching(/synchronous_commit is off/)]);
  await onDatabase("reset synchronous_commit");
});

it("refuses a database in which nothing can be stored, whatever is allowed, with the setting and how to change it", async () => {
  await onDatabase("set default_transaction_read_only = on");
  await expect(checkDatabaseSafety(database.url, { allowUnsafe: true })).rejects.toThrow(
    /default_transaction_read_only is on.*set default_transaction_read_only = off; .*alter database … reset default_transaction_read_only/s,
  );
  await onDatabase("reset default_transaction_read_only");
});

async function onDatabase(change: string): Promise<void> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query("set default_transaction_read_only = off");
  await client.query(`alter database "${new URL(database.url).pathname.slice(1)}" ${change}`);
  await client.end();
}
