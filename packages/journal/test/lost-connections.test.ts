import { afterEach, beforeEach, expect, it, vi } from "vitest";
import {
  databaseProxy,
  SeededRandom,
  segmentRow,
  temporaryDatabase,
  waitFor,
  type DatabaseProxy,
  type TemporaryDatabase,
} from "@meshhook/testkit";
import { Client } from "pg";

import { JournalUnavailable, migrate, openPostgresStore, OwnerLost, type PostgresStore } from "../src/index.ts";

vi.setConfig({ testTimeout: 60_000 });

const random = new SeededRandom(17);
const CUTS = 36;
let database: TemporaryDatabase;
let proxy: DatabaseProxy;
let store: PostgresStore;
let observer: Client;

beforeEach(async () => {
  database = await temporaryDatabase();
  proxy = await databaseProxy(database.url);
  store = openPostgresStore({ connectionString: proxy.url });
  observer = new Client({ connectionString: database.url });
  await observer.connect();
});

afterEach(async () => {
  await observer.end();
  await store.close();
  await proxy.close();
  await database.drop();
});

it.each([
  ["when the server ends the sessions", () => terminateAll()],
  ["when the network cuts the connections", async () => proxy.cut()],
])("no connection that is lost %s goes unheard, whatever it was doing", async (_, cutAll) => {
  const project = await store.catalog.createProject({ slug: "p", name: "P" });
  const isOver = { value: false };
  const done = new Map<string, number>();
  // An unhandled error would fail this test, because vitest reports uncaught exceptions and rejections.
  const loop = async (name: string, work: () => Promise<unknown>): Promise<void> => {
    while (!isOver.value) {
      try {
        await work();
        done.set(name, (done.get(name) ?? 0) + 1);
      } catch (error) {
        expect(error instanceof JournalUnavailable || error instanceof OwnerLost, String(error)).toBe(true);
      }
    }
  };
  const token = await store.journal.join("steady");
  await store.journal.claimShards(token, 64);
  const { id: projectId } = project;
  const loops = [
    loop("read", () => store.catalog.listProjects()),
    loop("read of a tenant", () => store.journal.listRuns({ projectId, limit: 5 })),
    loop("append", () => store.journal.append(token, [segmentRow(random, { shard: random.int(64) })])),
    loop("transaction", () =>
      store.catalog.saveDraft({ projectId, slug: `w-${random.int(1e9)}`, name: "W", definition: "{}" }),
    ),
    loop("membership", async () => {
      const owner = await store.journal.join("fleeting");
      await store.journal.heartbeat(owner);
      await store.journal.claimShards(owner, 1);
      await store.journal.leave(owner);
    }),
    loop("migration", async () => {
      // Tools that open their own connection give the driver's error and nothing else.
      await migrate(proxy.url).catch(() => undefined);
    }),
  ];
  const names = ["read", "read of a tenant", "append", "transaction", "membership", "migration"];
  for (let cut = 0; cut < CUTS; cut += 1) {
    const before = done.get(names[cut % names.length]!) ?? 0;
    await waitFor("something works again", () => (done.get(names[cut % names.length]!) ?? 0) > before);
    await cutAll();
  }
  isOver.value = true;
  await Promise.all(loops);
  for (const name of names) expect([name, (done.get(name) ?? 0) > 0]).toEqual([name, true]);
});

it("a tenant's read is repeated when its connection is lost between two statements", async () => {
  const { id: projectId } = await store.catalog.createProject({ slug: "p", name: "P" });
  // On a separate connection, because within a transaction `pg_stat_activity` does not change.
  const locker = new Client({ connectionString: database.url });
  await locker.connect();
  await locker.query("begin");
  await locker.query("lock table meshhook.journal in access exclusive mode");
  const listed = store.journal.listRuns({ projectId, limit: 5 });
  await waitFor("the read waits for the lock", async () => (await lockWaits()) === 1);
  await terminateAll("meshhook");
  await locker.end();
  expect(await listed).toEqual([]);
});

it("closing does not wait for a server that does not answer", async () => {
  await store.catalog.listProjects();
  const token = await store.journal.join("a");
  await store.journal.heartbeat(token);
  proxy.holdAnswers();
  await store.close();
});

async function terminateAll(applicationName = "meshhook%"): Promise<void> {
  await observer.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and application_name like $1`,
    [applicationName],
  );
}

async function lockWaits(): Promise<number> {
  const found = await observer.query<{ waiting: number }>(
    "select count(*)::int as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
  );
  return found.rows[0]?.waiting ?? 0;
}
