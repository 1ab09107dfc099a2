import { temporaryDatabase, type TemporaryDatabase } from "@meshhook/testkit";
import { Client } from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";

import { openPostgresStore, type Act, type PostgresStore, type Role } from "../src/index.ts";

let database: TemporaryDatabase;
let store: PostgresStore;
let client: Client;
let projectId: string;
let otherId: string;
const users = new Map<string, string>();

beforeAll(async () => {
  database = await temporaryDatabase();
  store = openPostgresStore({ connectionString: database.url });
  client = new Client({ connectionString: database.url });
  await client.connect();
  const { catalog, people } = store;
  projectId = (await catalog.createProject({ slug: "shop", name: "Shop" })).id;
  otherId = (await catalog.createProject({ slug: "other", name: "Other" })).id;
  for (const name of ["viewer", "editor", "owner", "admin", "nobody", "disabled"]) {
    const isAdmin = name === "admin";
    const { id } = await people.createUser({ email: `${name}@example.com`, name, password: null, isAdmin });
    users.set(name, id);
    const role = name === "disabled" ? "owner" : name;
    if (!["admin", "nobody"].includes(name))
      await people.setMember(projectId, { userId: id, reach: "project", role: role as Role });
  }
  await people.updateUser(users.get("disabled") ?? "", { isDisabled: true });
  const saved = await catalog.saveDraft({ projectId, slug: "order", name: "Order", definition: "{}" });
  if (saved === "conflict") throw new Error("conflict");
  await catalog.createApiKey({ projectId, name: "ci", scope: "read", hash: "ab", prefix: "mh_a" });
});
afterAll(async () => {
  await client.end();
  await store.close();
  await database.drop();
});

it("gives role_in_project the highest role that applies, and none to those who are disabled or strangers", async () => {
  const roleOf = async (name: string, project: string): Promise<unknown> =>
    (
      await client.query<{ role: unknown }>("select meshhook.role_in_project($1, $2) as role", [
        users.get(name),
        project,
      ])
    ).rows[0]?.role;
  for (const name of ["viewer", "editor", "owner"]) expect(await roleOf(name, projectId)).toBe(name);
  for (const name of ["nobody", "admin", "disabled"]) expect(await roleOf(name, projectId)).toBeNull();
  expect(await roleOf("owner", otherId)).toBeNull();
});

/** How many rows a statement changes in the project for a person; `refused` where a policy says no. */
async function changed(name: string | null, statement: string): Promise<number | "refused"> {
  await client.query("begin; set local role meshhook_tenant");
  try {
    await client.query("select set_config('meshhook.project_id', $1, true)", [projectId]);
    if (name !== null) await client.query("select set_config('meshhook.user_id', $1, true)", [users.get(name)]);
    return (await client.query(statement)).rowCount ?? 0;
  } catch (error) {
    if (!String(error).includes("row-level security")) throw error;
    return "refused";
  } finally {
    await client.query("rollback");
  }
}

it.each([
  ["update meshhook.workflows set name = 'x'", "editor"],
  [
    `insert into meshhook.secrets (id, project_id, name, version, created_at)
     select gen_random_uuid(), meshhook.current_project_id(), 'KEY', 1, now()`,
    "editor",
  ],
  ["update meshhook.api_keys set name = 'x'", "owner"],
  ["update meshhook.projects set name = 'x'", "owner"],
  ["delete from meshhook.members where role = 'viewer'", "owner"],
] as const)("%s needs the role, whatever the server says", async (statement, least) => {
  const may = least === "owner" ? ["owner", "admin"] : ["editor", "owner", "admin"];
  for (const name of ["viewer", "editor", "owner", "admin", "nobody", "disabled"])
    expect([name, await changed(name, statement)]).toEqual([
      name,
      may.includes(name) ? 1 : expect.toBeOneOf([0, "refused"]),
    ]);
  // Keys have scopes, which the server checks.
  expect(await changed(null, statement)).toBe(1);
});

it("knows who acts from the act of the request", async () => {
  const act = (name: string): Act => ({
    projectId,
    action: "updateWorkflow",
    actor: { kind: "user", id: users.get(name) ?? "", name },
    resource: { kind: "workflow", id: "order" },
    address: null,
    requestId: null,
  });
  const save = (name: string): Promise<unknown> =>
    store.audit.during(act(name), () => store.catalog.saveDraft({ projectId, slug: "order", name, definition: "{}" }));
  await expect(save("viewer")).rejects.toThrow(/row-level security/);
  expect(await save("editor")).toMatchObject({ name: "editor" });
  const seal = (): string => "AgAAAAAAAAAAsealed";
  await store.audit.during(act("editor"), () => store.vault.addSecret({ projectId, name: "KEY", seal }));
  expect(await store.vault.listSecrets(projectId)).toHaveLength(1);
});
