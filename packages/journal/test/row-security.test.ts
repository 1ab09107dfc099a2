import { afterAll, beforeAll, expect, it } from "vitest";
import { SeededRandom, segmentRow, temporaryDatabase, uuidFrom, type TemporaryDatabase } from "@meshhook/testkit";
import { Client } from "pg";

import { migrate, openPostgresStore, type PostgresStore } from "../src/index.ts";

const random = new SeededRandom(7);
let database: TemporaryDatabase;
let store: PostgresStore;
let client: Client;

beforeAll(async () => {
  database = await temporaryDatabase();
  store = openPostgresStore({ connectionString: database.url });
  client = new Client({ connectionString: database.url });
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await store.close();
  await database.drop();
});

it("enables and forces row-level security on every table and partition", async () => {
  await store.ensurePartitions(new Date("2031-01-01"), new Date("2031-01-02"));
  const tables = await rows<{ name: string; enabled: boolean; forced: boolean; policies: string[] }>(
    `select
       tables.relname as name, tables.relrowsecurity as enabled, tables.relforcerowsecurity as forced,
       array(select policies.policyname::text from pg_policies as policies
             where policies.schemaname = 'meshhook' and policies.tablename = tables.relname) as policies
     from pg_class as tables
     where tables.relnamespace = 'meshhook'::regnamespace and tables.relkind in ('r', 'p')`,
  );
  expect(tables.length).toBeGreaterThan(20);
  expect(tables.map((table) => table.name)).toContain("journal_20310102");
  for (const table of tables) {
    const policies: readonly string[] = table.policies.filter((policy) => policy === "engine_works_on_all");
    expect({ ...table, policies }).toEqual({
      name: table.name,
      enabled: true,
      forced: true,
      policies: ["engine_works_on_all"],
    });
  }
});

it("has a tenant policy on every table that a tenant may access, and on every table of projects", async () => {
  const tables = await rows<{ name: string; granted: boolean; of_projects: boolean; condition: string | null }>(
    `select
       tables.relname as name,
       has_table_privilege('meshhook_tenant', tables.oid, 'select,insert,update,delete') as granted,
       exists (select from pg_attribute as columns where columns.attrelid = tables.oid and columns.attname = 'project_id') as of_projects,
       (select policies.qual from pg_policies as policies
        where policies.schemaname = 'meshhook' and policies.tablename = tables.relname
          and policies.roles = '{meshhook_tenant}' and policies.permissive = 'PERMISSIVE') as condition
     from pg_class as tables
     where tables.relnamespace = 'meshhook'::regnamespace and tables.relkind in ('r', 'p')`,
  );
  for (const table of tables.filter((candidate) => candidate.granted || candidate.of_projects)) {
    expect(`${table.name}: ${table.condition}`).toMatch(/current_project_id/);
  }
  const closed = ["fences", "owners", "watermarks", "revisions", "migrations", "deduplications", "timers"];
  expect(tables.filter((table) => closed.includes(table.name) && !table.granted)).toHaveLength(closed.length);
});

it("does not let the engine change or delete appended rows", async () => {
  const granted = await rows<{ name: string }>(
    `select tables.relname as name from pg_class as tables
     where tables.oid in ('meshhook.journal'::regclass, 'meshhook.deduplications'::regclass, 'meshhook.timers'::regclass, 'meshhook.signals'::regclass)
       and has_table_privilege('meshhook_engine', tables.oid, 'update,delete,truncate')`,
  );
  expect(granted).toEqual([]);
});

it("shows a tenant nothing of another project and nothing without a project, and lets it write nothing for another", async () => {
  const token = await store.journal.join("a");
  await store.journal.claimShards(token, 64);
  const [ours, theirs] = [segmentRow(random), segmentRow(random)];
  await store.journal.append(token, [ours, theirs]);

  const seenBy = async (projectId: string, table: string): Promise<readonly unknown[]> => {
    await client.query("begin; set local role meshhook_tenant");
    await client.query("select set_config('meshhook.project_id', $1, true)", [projectId]);
    const found = await client.query<{ project_id: string }>(`select distinct project_id from meshhook.${table}`);
    await client.query("rollback");
    return found.rows.map((row) => row.project_id);
  };
  for (const view of ["journal", "runs", "facts"]) {
    expect(await seenBy(ours.projectId, view)).toEqual([ours.projectId]);
    expect(await seenBy(uuidFrom(random), view)).toEqual([]);
    expect(await seenBy("", view)).toEqual([]);
  }

  await client.query("begin; set local role meshhook_tenant");
  await client.query("select set_config('meshhook.project_id', $1, true)", [ours.projectId]);
  await expect(
    client.query(
      `insert into meshhook.rejections (id, project_id, endpoint_id, at, code, detail, body_bytes)
       values (gen_random_uuid(), $1, gen_random_uuid(), now(), 'c', 'd', 0)`,
      [theirs.projectId],
    ),
  ).rejects.toThrow(/row-level security/);
  await client.query("rollback");
});

it("lets nobody change or empty the audit log, and retention remove only what is old", async () => {
  const projectId = uuidFrom(random);
  const add = (days: number): Promise<unknown> =>
    client.query(
      `insert into meshhook.audit (id, project_id, at, action, actor_kind, actor_name, resource_kind, detail)
       select (lpad(to_hex(floor(extract(epoch from at) * 1000)::bigint), 12, '0') || '70008000000000000001')::uuid,
         $1, at, 'a', 'key', 'n', 'k', '{}'
       from (select now() - make_interval(days => $2)) as made (at)`,
      [projectId, days],
    );
  await add(0);
  await add(29);
  await add(31);
  await add(40);
  // The tests' role is a superuser, for whom neither rights nor row-level security count.
  for (const statement of [
    "update meshhook.audit set action = 'other'",
    "delete from meshhook.audit",
    "truncate meshhook.audit",
    "update meshhook.audit set at = now() - interval '1 year'",
  ])
    await expect(client.query(statement)).rejects.toThrow(/the audit log is only added to: \w+ is refused/);
  for (const role of ["meshhook_engine", "meshhook_tenant"]) {
    await client.query(`begin; set local role ${role}`);
    await expect(client.query("delete from meshhook.audit")).rejects.toThrow(/permission denied/);
    await client.query("rollback");
  }
  expect(await store.audit.forget(new Date(Date.now() - 35 * 86_400_000))).toBe(1);
  expect(await store.audit.forget(new Date(Date.now() - 30.5 * 86_400_000))).toBe(1);
  await expect(store.audit.forget(new Date())).rejects.toThrow(/the audit log is only added to/);
  expect(await store.audit.list({ projectId, limit: 10 })).toHaveLength(2);
});

it("keeps tenants from accessing partitions directly", async () => {
  await client.query("begin; set local role meshhook_tenant");
  await expect(client.query("select from meshhook.journal_default")).rejects.toThrow(/permission denied/);
  await client.query("rollback");
  await client.query("begin; set local role meshhook_tenant");
  await expect(client.query("select meshhook.ensure_partitions('2030-01-01', '2030-01-01')")).rejects.toThrow(
    /permission denied/,
  );
  await client.query("rollback");
});

it("shows runs and facts in psql, even with characters that Postgres text cannot hold", async () => {
  const token = await store.journal.join("b");
  await client.query("update meshhook.fences set token = null");
  await store.journal.claimShards(token, 64);
  const at = Date.UTC(2026, 10, 24) * 1000;
  const facts = `[{"kind":"delivery","at":${at},"headers":{},"query":{},"body":"\\u0000"},{"kind":"timer","at":${at},"node":"n"}]`;
  const row = segmentRow(random, { at, facts, status: "succeeded" });
  expect(await store.journal.append(token, [row])).toEqual([{ kind: "appended" }]);

  const runs = await client.query(
    "select status, started_at = finished_at as at_once from meshhook.runs where run_id = $1",
    [row.runId],
  );
  expect(runs.rows).toEqual([{ status: "succeeded", at_once: true }]);
  const found = await client.query("select position, kind from meshhook.facts where run_id = $1", [row.runId]);
  expect(found.rows).toEqual([
    { position: 0, kind: "delivery" },
    { position: 1, kind: "timer" },
  ]);
});

it("is on in the sessions of a store even if the database turns it off", async () => {
  const project = await store.catalog.createProject({ slug: "on", name: "On" });
  await client.query(`alter database "${client.database}" set row_security = off`);
  const other = openPostgresStore({ connectionString: database.url });
  expect(await other.catalog.listWorkflows({ projectId: project.id, limit: 1 })).toEqual([]);
  await other.close();
  expect(await migrate(database.url)).toEqual([]);
  await client.query(`alter database "${client.database}" reset row_security`);
});

async function rows<R extends Record<string, unknown>>(text: string): Promise<readonly R[]> {
  return (await client.query<R>(text)).rows;
}
