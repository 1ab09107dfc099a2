import { randomBytes } from "node:crypto";

import { afterEach, expect, it } from "vitest";
import { emptyDatabase, type TemporaryDatabase } from "@meshhook/testkit";
import { Client } from "pg";

import { listMigrations, migrate, openPostgresStore } from "../src/index.ts";

const databases: TemporaryDatabase[] = [];

afterEach(async () => {
  for (const database of databases.splice(0)) await database.drop();
});

it("brings an empty database to the current schema, and does nothing the second time", async () => {
  const { url } = await empty();
  expect(await migrate(url)).toEqual(listMigrations().map((migration) => migration.name));
  expect(await migrate(url)).toEqual([]);
  expect(await query(url, "select count(*)::int as shards, count(token)::int as owned from meshhook.fences")).toEqual([
    { shards: 64, owned: 0 },
  ]);
});

it("runs each migration once when twenty processes migrate at the same time", async () => {
  const { url } = await empty();
  const applied = await Promise.all(Array.from({ length: 20 }, () => migrate(url)));
  expect(applied.flat().sort()).toEqual(listMigrations().map((migration) => migration.name));
});

it("migrates several databases of a cluster at the same time, although they share their roles", async () => {
  const urls = (await Promise.all([empty(), empty(), empty(), empty()])).map((database) => database.url);
  const applied = await Promise.all(urls.map((url) => migrate(url)));
  expect(applied.map((names) => names.length)).toEqual(urls.map(() => listMigrations().length));
});

it("gives the same result when another tool ran the files, as Supabase does", async () => {
  const { url } = await empty();
  for (const migration of listMigrations()) await query(url, `begin; ${migration.text}; commit`);
  expect(await migrate(url)).toEqual([]);
});

it("leaves nothing of a migration that fails", async () => {
  const { url } = await empty();
  await query(url, "create schema meshhook; create table meshhook.journal (mine int)");
  await expect(migrate(url)).rejects.toThrow(/Migration 0002_create_journal failed.*already exists/s);
  expect(await query(url, "select name from meshhook.migrations")).toEqual([{ name: "0001_create_schema" }]);
  expect(await query(url, "select to_regclass('meshhook.timers') as timers")).toEqual([{ timers: null }]);
});

it("names the remedy when the role may not do what a migration does", async () => {
  const { url } = await empty();
  const role = `weak_${randomBytes(6).toString("hex")}`;
  const database = new URL(url).pathname.slice(1);
  const asRole = new URL(url);
  asRole.username = role;
  asRole.password = "weak";
  // The roles of MeshHook belong to the cluster, and this one did not create them.
  await migrate(url);
  await query(url, `drop schema meshhook cascade; create role ${role} login password 'weak'`);
  try {
    await expect(migrate(asRole.href)).rejects.toThrow(
      /0001_create_schema failed.*permission denied for database.*\. docs\/guide\/database\.md#rights lists the rights/s,
    );
    await query(url, `grant create on database ${database} to ${role}`);
    await expect(migrate(asRole.href)).rejects.toThrow(
      new RegExp(`may not become it\\. Ask a superuser for: grant meshhook_engine, meshhook_tenant to ${role}$`, "s"),
    );
    await query(url, `grant meshhook_engine, meshhook_tenant to ${role}`);
    expect(await migrate(asRole.href)).toHaveLength(listMigrations().length);
  } finally {
    await query(url, `drop owned by ${role} cascade; drop role ${role}`);
  }
});

it("creates daily partitions ahead, leaves those that exist, and skips a day whose rows came first", async () => {
  const { url } = await empty();
  await migrate(url);
  const ensure = "select meshhook.ensure_partitions('2030-01-01', '2030-01-03') as created";
  await query(
    url,
    `insert into meshhook.journal (shard, run_id, seq, at, project_id, workflow_id, version_id, facts)
     select 0, meshhook.run_id_floor('2030-01-02T12:00Z'), 0, now(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), '[]'`,
  );
  expect(await query(url, ensure)).toEqual([{ created: 2 }]);
  expect(await query(url, ensure)).toEqual([{ created: 0 }]);
  expect(await query(url, "select count(*)::int as rows from meshhook.journal_default")).toEqual([{ rows: 1 }]);
  await expect(query(url, "select meshhook.ensure_partitions('2030-01-01', '2032-01-01')")).rejects.toThrow(/366 days/);
});

it("exempts every partition of the journal, including later ones, from vacuums for inserted rows", async () => {
  const { url } = await empty();
  await migrate(url);
  await query(url, "select meshhook.ensure_partitions('2030-01-01', '2030-01-01')");
  const others = await query(
    url,
    `select partitions.relname from pg_inherits
     join pg_class as partitions on partitions.oid = inhrelid
     where inhparent = 'meshhook.journal'::regclass
       and 'autovacuum_vacuum_insert_threshold=-1' <> all (coalesce(partitions.reloptions, '{}'))`,
  );
  expect(others).toEqual([]);
});

it("upgrades the data of an earlier release: endpoints get the defaults, versions stay, and both can be changed as before", async () => {
  const { url } = await empty();
  for (const { name, text } of listMigrations()) {
    if (name >= "0008") break;
    await query(url, `begin; ${text}; commit`);
  }
  const id = (digit: number): string => `00000000-0000-7000-8000-00000000000${digit}`;
  await query(
    url,
    `insert into meshhook.projects values ('${id(1)}', 'p', 'P', now());
     insert into meshhook.workflows (id, project_id, slug, name, definition, revision, created_at, updated_at)
       values ('${id(2)}', '${id(1)}', 'w', 'W', '{}', 1, now(), now());
     insert into meshhook.versions values ('${id(3)}', '${id(1)}', '${id(2)}', 1, 'h', '{}', now());
     update meshhook.workflows set active_version_id = '${id(3)}';
     insert into meshhook.endpoints values
       ('${id(4)}', '${id(1)}', '${id(2)}', 'token-of-old', 'n', 'none', null, 'x-id', 100, 'accepted', 1000, now())`,
  );
  await migrate(url);
  const store = openPostgresStore({ connectionString: url });
  try {
    const route = await store.catalog.findRoute("token-of-old");
    expect(route).toMatchObject({
      endpoint: {
        dedupeHeader: "x-id",
        sameKey: "by_source",
        handshakes: "on",
        sealedVerifyToken: null,
        signatureSettings: "{}",
        formerKeys: [],
        acceptance: {},
        alias: null,
        pausedAt: null,
        // Its stored keys are bare, and a retry after the upgrade has to find them.
        keysByHeader: false,
      },
      version: { id: id(3), number: 1 },
    });
    expect((await store.catalog.findWorkflow(id(1), { slug: "w" }))?.isPublished).toBe(true);
    const again = { projectId: id(1), workflowId: id(2), hash: "h", definition: "{}" };
    expect((await store.catalog.publishVersion(again)).id).toBe(id(3));
    expect((await store.catalog.updateEndpoint(id(1), id(4), { sameKey: "compare" }))?.sameKey).toBe("compare");
  } finally {
    await store.close();
  }
});

it("has a comment on every table and view", async () => {
  const { url } = await empty();
  await migrate(url);
  const silent = await query(
    url,
    `select tables.relname from pg_class as tables
     where tables.relnamespace = 'meshhook'::regnamespace and tables.relkind in ('r', 'p', 'v')
       and obj_description(tables.oid) is null`,
  );
  expect(silent).toEqual([]);
});

async function empty(): Promise<TemporaryDatabase> {
  const database = await emptyDatabase();
  databases.push(database);
  return database;
}

async function query(url: string, text: string): Promise<readonly unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}
