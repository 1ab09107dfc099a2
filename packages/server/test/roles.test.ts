import { routes, type RouteName, type RouteSpec } from "@meshhook/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { startHarness, type Harness } from "./harness.ts";
import { addUser, ask, OWN, signIn } from "./people.ts";

/** What each route asks of people, written out: whoever adds a route decides here, too. */
const LEAST: { readonly [Name in RouteName]: "nobody" | "viewer" | "editor" | "owner" | "admin" } = {
  signIn: "nobody",
  getSession: "viewer",
  signOut: "nobody",
  getSignInOptions: "nobody",
  signInWithPassword: "nobody",
  createFirstUser: "nobody",
  beginProviderSignIn: "nobody",
  finishProviderSignIn: "nobody",
  getHealth: "nobody",
  getStatistics: "viewer",
  listAlertChannels: "editor",
  createAlertChannel: "editor",
  deleteAlertChannel: "editor",
  testAlertChannel: "editor",
  listAlertRules: "viewer",
  createAlertRule: "editor",
  updateAlertRule: "editor",
  deleteAlertRule: "editor",
  listAlertMessages: "editor",
  chooseProject: "viewer",
  changePassword: "viewer",
  listSessions: "viewer",
  endSession: "viewer",
  endOtherSessions: "viewer",
  listProjects: "viewer",
  getProject: "viewer",
  createProject: "owner",
  updateProject: "owner",
  listOrganisations: "viewer",
  createOrganisation: "admin",
  renameOrganisation: "owner",
  listMembers: "viewer",
  addMember: "owner",
  changeMember: "owner",
  removeMember: "owner",
  listUsers: "admin",
  createUser: "admin",
  updateUser: "admin",
  resetPassword: "admin",
  linkIdentity: "admin",
  endUserSessions: "admin",
  listKeys: "owner",
  getKey: "owner",
  createKey: "owner",
  revokeKey: "owner",
  listSecrets: "viewer",
  getSecret: "viewer",
  putSecret: "editor",
  deleteSecret: "owner",
  listSecretVersions: "viewer",
  listSecretKeys: "admin",
  rewrapSecrets: "admin",
  listAudit: "owner",
  listWorkflows: "viewer",
  createWorkflow: "editor",
  validateWorkflow: "viewer",
  getWorkflow: "viewer",
  updateWorkflow: "editor",
  deleteWorkflow: "editor",
  publishWorkflow: "editor",
  tryWorkflow: "viewer",
  pauseWorkflow: "editor",
  resumeWorkflow: "editor",
  listVersions: "viewer",
  getVersion: "viewer",
  listEndpoints: "viewer",
  getEndpoint: "viewer",
  createEndpoint: "editor",
  updateEndpoint: "editor",
  deleteEndpoint: "editor",
  rotateEndpoint: "editor",
  pauseEndpoint: "editor",
  resumeEndpoint: "editor",
  addSigningKey: "editor",
  removeSigningKey: "editor",
  listRejections: "viewer",
  sendTestDelivery: "editor",
  listDeliveries: "viewer",
  listRuns: "viewer",
  getRun: "viewer",
  listFacts: "viewer",
  listEvents: "viewer",
  listSetAside: "viewer",
  releaseRun: "editor",
  signalRun: "editor",
  linkSignal: "editor",
  eraseRun: "editor",
  cancelRun: "editor",
  replayRun: "editor",
  resumeRun: "editor",
  listReruns: "viewer",
  listFailures: "viewer",
  groupFailures: "viewer",
  getFailure: "viewer",
  createJob: "editor",
  previewJob: "viewer",
  listJobs: "viewer",
  getJob: "viewer",
  stopJob: "editor",
  followProject: "viewer",
  getSemantics: "admin",
  listReports: "viewer",
  getReport: "viewer",
};
const RANK = { nobody: -1, viewer: 0, editor: 1, owner: 2, admin: 3 };
const SCOPES = { read: 0, write: 1, admin: 2 };
const PEOPLE = ["viewer", "editor", "owner", "admin"] as const;

let harness: Harness;
/** What identifies each kind of caller, by its name. */
const callers = new Map<string, { readonly [name: string]: string }>();

beforeAll(async () => {
  harness = await startHarness();
  const { people, catalog } = harness.store;
  const projectId = (await catalog.listProjects())[0]?.id ?? "";
  await addUser(people, "keeper@example.com", { projectId, role: "owner" });
  for (const role of PEOPLE) {
    await addUser(people, `${role}@example.com`, role === "admin" ? { isAdmin: true } : { projectId, role });
    callers.set(role, { ...OWN, cookie: await signIn(harness, `${role}@example.com`) });
  }
  for (const scope of ["read", "write", "admin"] as const)
    callers.set(`key ${scope}`, { authorization: `Bearer ${await harness.addKey(projectId, scope)}` });
});
afterAll(() => harness.close());

/** The code of the answer where rights decided, and `open` where anything else did: an empty request gets past them. */
async function outcomeOf(spec: RouteSpec, caller: { readonly [name: string]: string }): Promise<string> {
  const path = spec.path.replace(/\{\w+\}/g, "0198c0de-0000-7000-8000-000000000000");
  const query = Object.keys(spec.query?.properties ?? {}).includes("reach") ? "?reach=project" : "";
  const { stream } = spec;
  const answer = await ask(
    harness,
    stream === "only" ? "HEAD" : spec.method,
    `${path}${query}`,
    caller,
    spec.body === undefined ? undefined : {},
  );
  if (answer.status === 403 || answer.status === 401) return String(answer.body["code"] ?? answer.status);
  expect([spec.path, answer.status < 500]).toEqual([spec.path, true]);
  return "open";
}

describe("every route asks every caller for the right that it needs", () => {
  it.each(Object.entries<RouteSpec>(routes))("%s", async (name, spec) => {
    // They end the sessions of this test, and have their own.
    if (name === "signOut" || name === "endOtherSessions" || spec.scope === null) {
      expect(LEAST[name as RouteName]).toBe(spec.scope === null ? "nobody" : "viewer");
      return;
    }
    const least = LEAST[name as RouteName];
    for (const role of PEOPLE) {
      const isOpen = RANK[role] >= RANK[least];
      expect([role, await outcomeOf(spec, callers.get(role) ?? {})]).toEqual([
        role,
        isOpen ? "open" : spec.stream === "only" ? "403" : "role_insufficient",
      ]);
    }
    for (const scope of ["read", "write", "admin"] as const) {
      const outcome = await outcomeOf(spec, callers.get(`key ${scope}`) ?? {});
      const isOpen = SCOPES[scope] >= SCOPES[spec.scope];
      // What is about a person's account, no key does.
      const expected = isOpen ? ["open", "person_required"] : ["scope_insufficient"];
      expect([scope, expected]).toEqual([scope, expect.arrayContaining([outcome])]);
    }
    expect(await outcomeOf(spec, {})).toBe(spec.stream === "only" ? "401" : "unauthenticated");
  });
});

describe("nobody comes to more rights than their own", () => {
  const call = async (who: string, method: string, path: string, body?: unknown) => {
    const { status, body: answer } = await ask(harness, method, path, callers.get(who) ?? {}, body);
    return status < 300 ? "done" : String(answer["code"]);
  };

  it("an owner makes keys that may read and write, an administrator also those that may everything", async () => {
    const key = (scope: string) => ({ name: scope, scope });
    expect(await call("owner", "POST", "/keys", key("read"))).toBe("done");
    expect(await call("owner", "POST", "/keys", key("write"))).toBe("done");
    expect(await call("owner", "POST", "/keys", key("admin"))).toBe("scope_insufficient");
    expect(await call("admin", "POST", "/keys", key("admin"))).toBe("done");
    const other = await harness.store.catalog.createProject({ slug: "other", name: "Other" });
    expect(await call("owner", "POST", "/keys", { ...key("read"), projectId: other.id })).toBe("not_found");
  });

  it("an owner of one project decides about that one only", async () => {
    const { people, catalog } = harness.store;
    const [project] = await catalog.listProjects();
    const projectId = project?.id ?? "";
    const owner = await addUser(people, "one@example.com", { projectId, role: "owner", reach: "project" });
    const second = await addUser(people, "second@example.com");
    callers.set("one", { ...OWN, cookie: await signIn(harness, "one@example.com") });
    const member = { email: second.email, role: "viewer" };
    expect(await call("one", "POST", "/members", { ...member, reach: "organisation" })).toBe("role_insufficient");
    expect(await call("one", "POST", "/members", { ...member, reach: "project" })).toBe("done");
    expect(await call("one", "PUT", `/members/${owner.id}`, { role: "owner", reach: "organisation" })).toBe(
      "not_found",
    );
    expect(await call("one", "DELETE", `/members/${owner.id}?reach=organisation`)).toBe("not_found");
    expect(await call("one", "POST", "/projects", { slug: "mine", name: "Mine" })).toBe("role_insufficient");
    expect(await call("one", "PATCH", "/organisations/default", { name: "Mine" })).toBe("role_insufficient");
    const other = await catalog.createProject({ slug: "second-project", name: "Second" });
    expect(await call("one", "PATCH", `/projects/${other.slug}`, { name: "Mine" })).toBe("not_found");
    expect(await call("one", "PATCH", `/projects/${projectId}`, { name: "Default" })).toBe("done");
  });

  it("the last owner of an organisation and the last administrator stay", async () => {
    const { people } = harness.store;
    const idOf = async (email: string) => (await people.findUser({ email }))?.id ?? "";
    const [owner, keeper] = [await idOf("owner@example.com"), await idOf("keeper@example.com")];
    expect(await call("owner", "DELETE", `/members/${keeper}?reach=organisation`)).toBe("done");
    expect(await call("owner", "DELETE", `/members/${owner}?reach=organisation`)).toBe("last_owner");
    expect(await call("owner", "PUT", `/members/${owner}`, { role: "viewer", reach: "organisation" })).toBe(
      "last_owner",
    );
    const admin = await idOf("admin@example.com");
    expect(await call("admin", "PATCH", `/users/${admin}`, { isAdmin: false })).toBe("last_admin");
    expect(await call("admin", "PATCH", `/users/${admin}`, { isDisabled: true })).toBe("last_admin");
  });

  it("an organisation is closed to owners of another one", async () => {
    const { people, catalog } = harness.store;
    const acme = await people.createOrganisation({ slug: "acme", name: "Acme" });
    const project = await catalog.createProject({ slug: "acme-shop", name: "Shop", organisationId: acme.id });
    await addUser(people, "acme@example.com", { projectId: project.id, role: "owner" });
    const session = { ...OWN, cookie: await signIn(harness, "acme@example.com") };
    callers.set("acme", session);
    const members = await ask(harness, "GET", "/members", session);
    expect(members.body["items"]).toMatchObject([{ email: "acme@example.com" }]);
    for (const path of ["/projects", "/organisations"])
      expect((await ask(harness, "GET", path, session)).body["items"]).toHaveLength(1);
    expect(await call("acme", "PATCH", "/organisations/default", { name: "Taken" })).toBe("not_found");
    expect(await call("acme", "PATCH", "/organisations/acme", { name: "ACME" })).toBe("done");
    expect(await call("acme", "POST", "/projects", { slug: "x", name: "X", organisation: "default" })).toBe(
      "not_found",
    );
    expect(await call("acme", "POST", "/projects", { slug: "acme-two", name: "Two" })).toBe("done");
    for (const named of ["default", (await catalog.listProjects())[0]?.id ?? "", "nothing"]) {
      const { status, body } = await ask(harness, "GET", "/workflows", { ...session, "meshhook-project": named });
      if (named !== project.id) expect([named, status, body["code"]]).toEqual([named, 403, "project_closed"]);
    }
  });
});
