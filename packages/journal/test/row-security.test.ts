import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
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

it("shows a tenant its own rows and no others in one round trip, and leaves neither role nor project in the session", async () => {
  const one = openPostgresStore({ connectionString: database.url, readers: 1 });
  onTestFinished(() => one.close());
  const [ours, theirs] = await Promise.all(
    ["ours", "theirs"].map(async (slug) => {
      const { id } = await one.catalog.createProject({ slug, name: slug });
      await one.catalog.saveDraft({ projectId: id, slug: `of-${slug}`, name: slug, definition: "{}" });
      return id;
    }),
  );
  const slugs = async (projectId = ""): Promise<readonly string[]> =>
    (await one.catalog.listWorkflows({ projectId, limit: 10 })).map(({ slug }) => slug);
  for (let round = 0; round < 3; round += 1) {
    // All of it on one connection, whose statements are prepared under either role.
    expect(await Promise.all([slugs(ours), slugs(theirs), slugs(ours)])).toEqual([
      ["of-ours"],
      ["of-theirs"],
      ["of-ours"],
    ]);
    expect((await one.catalog.listProjects()).map(({ slug }) => slug)).toEqual(["ours", "theirs"]);
    await expect(one.catalog.listWorkflows({ projectId: "no id", limit: 1 })).rejects.toThrow(/uuid/);
    expect(await one.catalog.findProject(uuidFrom(random))).toBeNull();
  }
  const rejection = {
    projectId: ours ?? "",
    endpointId: uuidFrom(random),
    at: 1,
    code: "c",
    detail: "d",
    bodyBytes: 0,
  };
  await one.catalog.recordRejection(rejection);
  expect(await one.catalog.listRejections({ projectId: ours ?? "", limit: 10 })).toHaveLength(1);
  expect(await one.catalog.listRejections({ projectId: theirs ?? "", limit: 10 })).toEqual([]);
});

it("does not let a tenant refer to what belongs to another project", async () => {
  const made = ["one", "two"].map(async (slug) => {
    const { id: projectId } = await store.catalog.createProject({ slug, name: slug });
    const workflow = await store.catalog.saveDraft({ projectId, slug, name: slug, definition: "{}" });
    if (workflow === "conflict") throw new Error("the draft is new");
    const version = await store.catalog.publishVersion({
      projectId,
      workflowId: workflow.id,
      hash: "h",
      definition: "{}",
    });
    return { projectId, workflowId: workflow.id, versionId: version.id };
  });
  const [ours, theirs] = await Promise.all(made);
  if (ours === undefined || theirs === undefined) throw new Error("two projects were made");
  const values = [ours.projectId, theirs.workflowId];
  const statements: readonly (readonly [string, readonly string[]])[] = [
    [
      `insert into meshhook.endpoints (id, project_id, workflow_id, token, name, signature, body_bytes_max, answer, result_timeout_ms, created_at)
       values (gen_random_uuid(), $1, $2, 'token', 'n', 'none', 1, 'accepted', 1, now())`,
      values,
    ],
    [
      `insert into meshhook.versions (id, project_id, workflow_id, number, hash, definition, created_at)
       values (gen_random_uuid(), $1, $2, 77, 'other', '{}', now())`,
      values,
    ],
    ["update meshhook.workflows set active_version_id = $2 where project_id = $1", [ours.projectId, theirs.versionId]],
    [
      "insert into meshhook.schedules (workflow_id, project_id, version_id, handled_until) values ($2, $1, $3, now())",
      [...values, theirs.versionId],
    ],
  ];
  for (const [statement, given] of statements) {
    await client.query("begin; set local role meshhook_tenant");
    await client.query("select set_config('meshhook.project_id', $1, true)", [ours.projectId]);
    await expect(client.query(statement, [...given])).rejects.toThrow(/foreign key/);
    await client.query("rollback");
  }
});

it("asks for the role of the person who starts a job, and lets keys start one", async () => {
  const { id: projectId } = await store.catalog.createProject({ slug: "roles", name: "Roles" });
  const person = async (role: "viewer" | "editor"): Promise<string> => {
    const email = `${role}@example.com`;
    const { id } = await store.people.createUser({ email, name: role, password: null, isAdmin: false });
    await store.people.setMember(projectId, { userId: id, reach: "project", role });
    return id;
  };
  const [viewer, editor] = [await person("viewer"), await person("editor")];
  const start = async (userId: string): Promise<number | null> => {
    await client.query("begin; set local role meshhook_tenant");
    try {
      await client.query(
        "select set_config('meshhook.project_id', $1, true), set_config('meshhook.user_id', $2, true)",
        [projectId, userId],
      );
      const values = [uuidFrom(random), projectId];
      const insert = "insert into meshhook.jobs (id, project_id, spec, progress) values ($1, $2, '{}', '{}')";
      return (await client.query(insert, values)).rowCount;
    } finally {
      await client.query("rollback");
    }
  };
  expect([await start(editor), await start("")]).toEqual([1, 1]);
  await expect(start(viewer)).rejects.toThrow(/row-level security/);
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
