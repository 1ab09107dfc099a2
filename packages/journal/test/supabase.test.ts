import { randomUUID } from "node:crypto";

import { emptyDatabase, SeededRandom, segmentRow, type TemporaryDatabase } from "@meshhook/testkit";
import { Client } from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";

import { migrate, openPostgresStore, type PostgresStore } from "../src/index.ts";
import { catalogueFaults } from "./catalogue-faults.ts";

/** What of a Supabase project the policies use, as Supabase makes it. */
const SUPABASE = `
  create schema auth;
  create function auth.uid() returns uuid language sql stable as $$
    select coalesce(
      nullif(current_setting('request.jwt.claim.sub', true), ''),
      (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')
    )::uuid
  $$;
  create schema realtime;
  create table realtime.messages (id uuid primary key default gen_random_uuid(), topic text not null, extension text not null, private boolean);
  alter table realtime.messages enable row level security;
  create function realtime.topic() returns text language sql stable as $$ select nullif(current_setting('realtime.topic', true), '')::text $$;
  do $$
  begin
    create role anon nologin noinherit;
    create role authenticated nologin noinherit;
  exception
    when duplicate_object or unique_violation then null;
  end
  $$;
  grant usage on schema auth, realtime to anon, authenticated;
  grant select on realtime.messages to anon, authenticated;
`;

let database: TemporaryDatabase;
let store: PostgresStore;
let client: Client;
const projects = new Map<string, string>();
const runs = new Map<string, string>();
const random = new SeededRandom(3);

beforeAll(async () => {
  database = await emptyDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query(SUPABASE);
  await migrate(database.url);
  store = openPostgresStore({ connectionString: database.url });
  const token = await store.journal.join("a");
  await store.journal.claimShards(token, 64);
  for (const slug of ["shop", "bank"]) {
    const { id: projectId } = await store.catalog.createProject({ slug, name: slug });
    projects.set(slug, projectId);
    const workflow = await store.catalog.saveDraft({ projectId, slug: `${slug}-flow`, name: slug, definition: "{}" });
    if (workflow === "conflict") throw new Error("the draft is new");
    await store.vault.addSecret({ projectId, name: "KEY", seal: () => "sealed" });
    const row = segmentRow(random, { projectId });
    await store.journal.append(token, [row]);
    runs.set(slug, row.runId);
  }
});

afterAll(async () => {
  await client.end();
  await store.close();
  await database.drop();
});

/** A statement as PostgREST runs it for who sent a token with these claims. */
async function ask(role: "anon" | "authenticated", claims: object, statement: string): Promise<readonly unknown[]> {
  await client.query("begin");
  try {
    await client.query(`set local role ${role}`);
    await client.query("select set_config('request.jwt.claims', $1, true)", [JSON.stringify({ role, ...claims })]);
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.query("rollback");
  }
}

/** A user whom Supabase knows, with a role in a project. */
async function member(slug: string, role: string): Promise<string> {
  const [userId, subject] = [randomUUID(), randomUUID()];
  await client.query(
    "insert into meshhook.users (id, email, name, is_admin, created_at) values ($1::uuid, $1::text || '@example.com', 'N', false, now())",
    [userId],
  );
  await client.query(
    "insert into meshhook.identities (issuer, subject, user_id, created_at) values ('supabase', $1, $2, now())",
    [subject, userId],
  );
  await client.query(
    `insert into meshhook.members (organisation_id, project_id, user_id, role, created_at)
     select organisation_id, id, $2, $3, now() from meshhook.projects where id = $1`,
    [projects.get(slug), userId, role],
  );
  return subject;
}

const SLUGS = "select slug from meshhook.projects order by slug";

it("shows a member the runs and workflows of their projects and nothing of others", async () => {
  const sub = await member("shop", "viewer");
  expect(await ask("authenticated", { sub }, SLUGS)).toEqual([{ slug: "shop" }]);
  expect(await ask("authenticated", { sub }, "select run_id, status from meshhook.runs")).toEqual([
    { run_id: runs.get("shop"), status: "running" },
  ]);
  expect(await ask("authenticated", { sub }, "select slug from meshhook.workflows")).toEqual([{ slug: "shop-flow" }]);
});

it("shows who has no role nothing, and a disabled user nothing any more", async () => {
  expect(await ask("authenticated", { sub: randomUUID() }, SLUGS)).toEqual([]);
  expect(await ask("authenticated", {}, SLUGS)).toEqual([]);
  const sub = await member("bank", "owner");
  expect(await ask("authenticated", { sub }, SLUGS)).toEqual([{ slug: "bank" }]);
  await client.query(
    "update meshhook.users set disabled_at = now() where id = (select user_id from meshhook.identities where subject = $1)",
    [sub],
  );
  expect(await ask("authenticated", { sub }, SLUGS)).toEqual([]);
});

it("shows the projects that a token lists, where only the installation can write it", async () => {
  const listed = [projects.get("bank"), randomUUID(), 7, "no id"];
  const bank = [{ slug: "bank" }];
  expect(await ask("authenticated", { app_metadata: { meshhook_projects: listed } }, SLUGS)).toEqual(bank);
  // Users write it themselves.
  expect(await ask("authenticated", { user_metadata: { meshhook_projects: listed } }, SLUGS)).toEqual([]);
  for (const odd of ["text", { [String(projects.get("bank"))]: true }, null, 1])
    expect(await ask("authenticated", { app_metadata: { meshhook_projects: odd } }, SLUGS)).toEqual([]);
});

it("gives members no secrets, payloads, tokens or addresses, lets them change nothing, and gives others nothing at all", async () => {
  const sub = await member("shop", "owner");
  for (const statement of [
    "select facts from meshhook.journal",
    "select * from meshhook.facts",
    "select * from meshhook.secrets",
    "select hash from meshhook.api_keys",
    "select * from meshhook.audit",
    "select token from meshhook.endpoints",
    "select sealed_secret from meshhook.endpoints",
    "select address from meshhook.rejections",
    "select * from meshhook.users",
    "select * from meshhook.identities",
    "update meshhook.workflows set name = 'x'",
    "delete from meshhook.jobs",
    "insert into meshhook.projects (id, slug, name, created_at) values (gen_random_uuid(), 'x', 'x', now())",
    "select meshhook.role_in_project(gen_random_uuid(), gen_random_uuid())",
    "call meshhook.open_to_supabase()",
  ])
    await expect(ask("authenticated", { sub }, statement)).rejects.toThrow(/permission denied/);
  for (const statement of [SLUGS, "select * from meshhook.runs", "select meshhook.own_project_ids()"])
    await expect(ask("anon", { sub }, statement)).rejects.toThrow(/permission denied for schema meshhook/);
});

it("lets members follow the private channels of their own projects", async () => {
  const sub = await member("shop", "viewer");
  const seen = async (slug: string): Promise<number> => {
    await client.query("select set_config('realtime.topic', $1, false)", [`meshhook:${projects.get(slug) ?? ""}`]);
    return (await ask("authenticated", { sub }, "select from realtime.messages")).length;
  };
  await client.query(
    "insert into realtime.messages (topic, extension) values ('any', 'broadcast'), ('any', 'presence')",
  );
  expect([await seen("shop"), await seen("bank")]).toEqual([1, 0]);
});

it("finds nothing in the schema that could lead from one project to another, as without Supabase", async () => {
  expect(await catalogueFaults(client)).toEqual([]);
});

it("opens a database to which Supabase came later, once", async () => {
  const other = await emptyDatabase();
  const late = new Client({ connectionString: other.url });
  await late.connect();
  try {
    await migrate(other.url);
    const policies = async (): Promise<number | null> =>
      (await late.query("select from pg_policies where policyname = 'people_read_own'")).rowCount;
    expect(await policies()).toBe(0);
    await late.query(SUPABASE);
    await migrate(other.url);
    await migrate(other.url);
    expect(await policies()).toBe(7);
  } finally {
    await late.end();
    await other.drop();
  }
});
