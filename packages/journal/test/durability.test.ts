import { afterAll, beforeAll, expect, it } from "vitest";
import { SeededRandom, segmentRow, temporaryDatabase, type TemporaryDatabase } from "@meshhook/testkit";
import { Client } from "pg";

import { openPostgresStore } from "../src/index.ts";

const random = new SeededRandom(23);
let database: TemporaryDatabase;
let admin: Client;

/** Notes, for every append, what `synchronous_commit` was in its session. */
const WITNESS = `
  create table public.commits (setting text not null);
  create function public.note_commit() returns trigger language plpgsql security definer as $$
    begin
      insert into public.commits values (current_setting('synchronous_commit'));
      return null;
    end $$;
  create trigger note_commit after insert on meshhook.journal for each statement execute function public.note_commit();`;

beforeAll(async () => {
  database = await temporaryDatabase();
  admin = new Client({ connectionString: database.url });
  await admin.connect();
  await admin.query(WITNESS);
});

afterAll(async () => {
  await admin.end();
  await database.drop();
});

it.each([
  { server: "off", allowUnsafe: false, session: "on" },
  { server: "local", allowUnsafe: false, session: "local" },
  { server: "off", allowUnsafe: true, session: "off" },
])("with $server on the server and allowUnsafe $allowUnsafe, appends commit with $session", async (example) => {
  await admin.query(`alter database "${admin.database}" set synchronous_commit = ${example.server}`);
  await admin.query("truncate public.commits");
  const store = openPostgresStore({ connectionString: database.url, allowUnsafe: example.allowUnsafe });
  const token = await store.journal.join("a");
  await store.journal.claimShards(token, 64);
  expect(await store.journal.append(token, [segmentRow(random)])).toEqual([{ kind: "appended" }]);
  await store.journal.leave(token);
  await store.close();
  const found = await admin.query<{ setting: string }>("select setting from public.commits");
  expect(found.rows).toEqual([{ setting: example.session }]);
});
