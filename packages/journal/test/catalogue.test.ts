import { afterAll, beforeAll, expect, it } from "vitest";
import { temporaryDatabase, type TemporaryDatabase } from "@meshhook/testkit";
import { Client } from "pg";

import { catalogueFaults } from "./catalogue-faults.ts";

let database: TemporaryDatabase;
let client: Client;

beforeAll(async () => {
  database = await temporaryDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

it("finds nothing in the schema that could lead from one project to another", async () => {
  expect(await catalogueFaults(client)).toEqual([]);
});

it("finds nothing in partitions that were made at run time, and in days that were written again", async () => {
  await client.query("select meshhook.ensure_partitions('2025-01-01', '2025-01-02')");
  await client.query(
    `insert into meshhook.journal (shard, run_id, seq, at, project_id, workflow_id, version_id, facts)
     select 0, meshhook.run_id_floor('2025-01-01T12:00Z'), 0, now(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), '[]'`,
  );
  await client.query("select meshhook.begin_rewrite('2025-01-01')");
  await client.query("select meshhook.copy_kept('2025-01-01', 0, '{}', false, '{}', '{}')");
  await client.query("select meshhook.finish_rewrite('2025-01-01')");
  const partitions = await client.query<{ name: string }>(
    "select relname as name from pg_inherits join pg_class on oid = inhrelid where inhparent = 'meshhook.journal'::regclass",
  );
  const names = partitions.rows.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(["journal_20250101_2", "journal_20250102"]));
  expect(await catalogueFaults(client)).toEqual([]);
});

const PLANTED: readonly (readonly [what: string, statement: string, faults: readonly RegExp[]])[] = [
  [
    "a table without row-level security",
    "create table meshhook.notes (id uuid primary key, project_id uuid not null)",
    [/^notes: row-level security is not on$/, /^notes: the engine has no policy$/, /^notes: has rows of projects/],
  ],
  [
    "a table of projects without a policy for tenants",
    "create table meshhook.notes (project_id uuid not null); call meshhook.secure_rows('meshhook.notes', null)",
    [/^notes: has rows of projects, or rights for tenants, and no policy for tenants$/],
  ],
  [
    "a table whose row-level security its owner escapes",
    "alter table meshhook.secrets no force row level security",
    [/^secrets: row-level security is not forced$/],
  ],
  [
    "a policy for everybody",
    "create policy open on meshhook.secrets for select using (true)",
    [/^secrets: the policy open is for public$/],
  ],
  [
    "a policy that shows tenants every row",
    "create policy open on meshhook.secrets for select to meshhook_tenant using (true)",
    [/^secrets: the policy open does not ask for the project$/],
  ],
  [
    "a policy that does not say what may be written",
    "create policy half on meshhook.secrets for all to meshhook_tenant using (project_id = (select meshhook.current_project_id()))",
    [/^secrets: the policy half lacks with check$/],
  ],
  [
    "a partition that does not belong to the rest",
    "create table meshhook.journal_19990101 partition of meshhook.journal for values from ('00000000-0000-0000-0000-000000000001') to ('00000000-0000-0000-0000-000000000002')",
    [
      /^journal_19990101: row-level security is not on$/,
      /^journal_19990101: the engine has no policy$/,
      /journal_19990101: has rows/,
    ],
  ],
  [
    "a view with the rights of its owner",
    "create view meshhook.all_secrets as select name from meshhook.secrets",
    [/^all_secrets: the view does not use the rights/],
  ],
  [
    "a copy of rows outside row-level security",
    "create materialized view meshhook.kept as select name from meshhook.secrets",
    [/^kept: is neither a table, an index nor a view$/],
  ],
  [
    "a function with its owner's rights that anybody can call with a search path of theirs",
    "create function meshhook.peek() returns bigint language sql security definer as 'select count(*) from meshhook.secrets'",
    [
      /peek\(\): runs with its owner's rights and does not pin/,
      /peek\(\): .*tenants may call it/,
      /EXECUTE is granted to everybody/,
    ],
  ],
  [
    "a right of everybody",
    "grant select on meshhook.projects to public",
    [/^projects: SELECT is granted to everybody$/],
  ],
  [
    "a right of another role",
    "create role meshhook_stranger; grant select (name) on meshhook.secrets to meshhook_stranger",
    [/^secrets.name: SELECT is granted to meshhook_stranger$/],
  ],
  ["an engine that skips row-level security", "alter role meshhook_engine bypassrls", [/^meshhook_engine: the role/]],
  [
    "a foreign key to rows of any project",
    "alter table meshhook.endpoints add constraint loose foreign key (workflow_id) references meshhook.workflows (id)",
    [/^endpoints: the foreign key loose does not contain the project$/],
  ],
  [
    "a key that all projects share",
    "create unique index one_name on meshhook.secrets (name)",
    [/^secrets: the unique key one_name does not contain the project$/],
  ],
];

it.each(PLANTED)("finds %s", async (_, statement, faults) => {
  await client.query("begin");
  try {
    await client.query(statement);
    const found = await catalogueFaults(client);
    expect(found).toHaveLength(faults.length);
    for (const fault of faults) expect(found).toContainEqual(expect.stringMatching(fault));
  } finally {
    await client.query("rollback");
  }
});
