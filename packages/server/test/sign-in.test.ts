import { createClient, RequestProblem } from "@meshhook/contract";
import { waitFor } from "@meshhook/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { startHarness, type Harness } from "./harness.ts";
import { addUser, ask, cookieOf, OWN, PASSWORD, signIn, type Answer } from "./people.ts";

let harness: Harness;
let projectId: string;
beforeAll(async () => {
  harness = await startHarness({ trustedProxies: ["127.0.0.1"] });
  projectId = (await harness.store.catalog.listProjects())[0]?.id ?? "";
});
afterAll(() => harness.close());

/** From an address of its own, so that tests do not delay each other. */
const enter = (
  email: string,
  password: string,
  { address = "192.0.2.1", cookie = "" }: { readonly address?: string; readonly cookie?: string } = {},
): Promise<Answer> =>
  ask(
    harness,
    "POST",
    "/session/password",
    { ...OWN, "x-forwarded-for": address, ...(cookie === "" ? {} : { cookie }) },
    { email, password },
  );
const codeOf = ({ status, body }: Answer): string => `${status} ${String(body["code"] ?? "")}`.trim();
const auditOf = async (action: string) => (await harness.client.listAudit({ action })).items;

describe("the first administrator", () => {
  it("is made by whoever has the admin key, once", async () => {
    const person = { name: "Ann", email: "Ann@Example.com", password: PASSWORD };
    const create = (key: string) => ask(harness, "POST", "/session/first-user", OWN, { ...person, key });
    expect((await ask(harness, "GET", "/session/options")).body).toEqual({ hasUsers: false, provider: null });
    expect(codeOf(await create("mh_wrong"))).toBe("401 unauthenticated");
    expect(codeOf(await create(await harness.addKey(projectId, "write")))).toBe("403 scope_insufficient");
    const created = await create(harness.key);
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({
      key: null,
      user: { email: "ann@example.com", name: "Ann", hasPassword: true },
      role: "admin",
      project: { slug: "default" },
      organisation: { slug: "default" },
      ownsOrganisation: true,
    });
    expect(created.cookies.join()).toMatch(/HttpOnly; SameSite=Strict; Path=\/; Max-Age=2592000/);
    const session = { cookie: cookieOf(created) };
    expect((await ask(harness, "GET", "/session", session)).body).toEqual(created.body);
    expect(codeOf(await create(harness.key))).toBe("409 users_exist");
    expect((await ask(harness, "GET", "/session/options")).body["hasUsers"]).toBe(true);
    expect(harness.logged.join()).not.toContain(PASSWORD);
  });
});

describe("a person who signs in", () => {
  it("with the address in any case and the right password is let in, and the audit log says so", async () => {
    await addUser(harness.store.people, "bob@example.com", { projectId, role: "editor" });
    const answer = await enter("BOB@example.com", PASSWORD);
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ user: { email: "bob@example.com" }, role: "editor", ownsOrganisation: false });
    expect(JSON.stringify(answer.body)).not.toMatch(/scrypt|password"/);
    const [entry] = await auditOf("signInWithPassword");
    expect(entry).toMatchObject({ actor: { kind: "user", name: "bob@example.com" }, address: "192.0.2.1" });
  });

  it("with anything wrong gets the same answer, whoever it is", async () => {
    const { people } = harness.store;
    const gone = await addUser(people, "gone@example.com", { projectId, role: "viewer" });
    await people.updateUser(gone.id, { isDisabled: true });
    await people.createUser({ email: "elsewhere@example.com", name: "E", password: null, isAdmin: false });
    const answers = await Promise.all([
      enter("bob@example.com", "a wrong password", { address: "192.0.2.20" }),
      enter("nobody@example.com", PASSWORD, { address: "192.0.2.21" }),
      enter("gone@example.com", PASSWORD, { address: "192.0.2.22" }),
      enter("elsewhere@example.com", PASSWORD, { address: "192.0.2.23" }),
    ]);
    for (const answer of answers) {
      expect([codeOf(answer), answer.cookies]).toEqual(["401 sign_in_failed", []]);
      expect({ ...answer.body, requestId: "" }).toEqual({ ...answers[0]?.body, requestId: "" });
    }
    // Only those who have a project have an entry in it, and it has no password.
    await waitFor("the failure is recorded", async () => (await auditOf("signInFailed")).length === 1);
    expect(JSON.stringify(await auditOf("signInFailed"))).not.toContain("a wrong password");
  });

  it("without a role in any project is told whom to ask", async () => {
    await addUser(harness.store.people, "newcomer@example.com");
    expect(codeOf(await enter("newcomer@example.com", PASSWORD))).toBe("403 project_closed");
  });

  it("on another site's page is refused", async () => {
    const body = { email: "bob@example.com", password: PASSWORD };
    for (const headers of [{ "sec-fetch-site": "cross-site" }, { origin: "https://elsewhere.example" }])
      expect(codeOf(await ask(harness, "POST", "/session/password", headers, body))).toBe("403 cross_site_request");
  });
});

describe("after failed sign-ins", () => {
  it("the next one for the account waits, from anywhere, but not on a device that the person has used before", async () => {
    await addUser(harness.store.people, "carl@example.com", { projectId, role: "viewer" });
    const known = cookieOf(await enter("carl@example.com", PASSWORD, { address: "192.0.2.30" }), "device");
    expect(known).not.toBe("");
    const codes: string[] = [];
    for (let at = 0; at < 6; at++)
      codes.push(codeOf(await enter("carl@example.com", "wrong wrong", { address: `192.0.2.${40 + at}` })));
    expect(codes).toEqual([...Array<string>(5).fill("401 sign_in_failed"), "429 sign_in_delayed"]);
    const delayed = await enter("carl@example.com", PASSWORD, { address: "192.0.2.50" });
    expect(codeOf(delayed)).toBe("429 sign_in_delayed");
    expect(Number(delayed.headers["retry-after"])).toBeGreaterThan(0);
    expect((await enter("carl@example.com", PASSWORD, { address: "192.0.2.51", cookie: known })).status).toBe(201);
    // Whoever has the mark of one person's device has none of another's.
    await addUser(harness.store.people, "dora@example.com", { projectId, role: "viewer" });
    for (let at = 0; at < 5; at++) await enter("dora@example.com", "wrong wrong", { address: `192.0.2.${60 + at}` });
    expect(codeOf(await enter("dora@example.com", PASSWORD, { address: "192.0.2.70", cookie: known }))).toBe(
      "429 sign_in_delayed",
    );
    // A row of failures has few entries.
    await waitFor("the failures are recorded", async () => {
      const ofCarl = (await auditOf("signInFailed")).filter(({ resource }) => resource.name === "carl@example.com");
      return ofCarl.length === 3;
    });
  });

  it("an account that does not exist is delayed like one that does", async () => {
    const codes: string[] = [];
    for (let at = 0; at < 6; at++)
      codes.push(codeOf(await enter("unknown@example.com", "wrong wrong", { address: `198.51.100.${at}` })));
    expect(codes).toEqual([...Array<string>(5).fill("401 sign_in_failed"), "429 sign_in_delayed"]);
  });

  it("a network that tries many accounts waits, of IPv6 all of its /64", async () => {
    const codes: string[] = [];
    for (let at = 0; at < 21; at++)
      codes.push(codeOf(await enter(`many-${at}@example.com`, "wrong wrong", { address: `2001:db8:0:7::${at}` })));
    expect(codes).toEqual([...Array<string>(20).fill("401 sign_in_failed"), "429 sign_in_delayed"]);
    expect(codeOf(await enter("many-x@example.com", "wrong wrong", { address: "2001:db8:0:8::1" }))).toBe(
      "401 sign_in_failed",
    );
  });

  it("a success ends the row", async () => {
    await addUser(harness.store.people, "emma@example.com", { projectId, role: "viewer" });
    for (let round = 0; round < 3; round++) {
      for (let at = 0; at < 3; at++) await enter("emma@example.com", "wrong wrong", { address: "203.0.113.9" });
      expect((await enter("emma@example.com", PASSWORD, { address: "203.0.113.10" })).status).toBe(201);
    }
  });
});

describe("a session of a person", () => {
  it("changes things only from this installation's own pages, and ends with signing out", async () => {
    const cookie = await signIn(harness, "bob@example.com");
    const put = (headers: { readonly [name: string]: string }) =>
      ask(harness, "PUT", "/secrets/KEY", { cookie, ...headers }, { value: "a long value" });
    expect(codeOf(await put({}))).toBe("403 cross_site_request");
    expect(codeOf(await put({ "sec-fetch-site": "same-site" }))).toBe("403 cross_site_request");
    expect((await put(OWN)).status).toBe(200);
    expect((await ask(harness, "DELETE", "/session", { cookie, ...OWN })).status).toBe(204);
    expect(codeOf(await ask(harness, "GET", "/session", { cookie }))).toBe("401 unauthenticated");
  });

  it("is listed with where it is, and can be ended from another one", async () => {
    const [here, there] = [await signIn(harness, "bob@example.com"), await signIn(harness, "bob@example.com")];
    const listed = await ask(harness, "GET", "/sessions", { cookie: here });
    const items = listed.body["items"] as readonly { readonly id: string; readonly isCurrent: boolean }[];
    expect(items.filter(({ isCurrent }) => isCurrent)).toHaveLength(1);
    expect(listed.text).not.toContain(here.split(".")[1]);
    const { id = "" } = items.find(({ isCurrent }) => !isCurrent) ?? {};
    const other = { cookie: await signIn(harness, "ann@example.com"), ...OWN };
    expect(codeOf(await ask(harness, "DELETE", `/sessions/${id}`, other))).toBe("404 not_found");
    expect((await ask(harness, "DELETE", "/sessions", { cookie: here, ...OWN })).status).toBe(204);
    expect((await ask(harness, "GET", "/session", { cookie: here })).status).toBe(200);
    expect(codeOf(await ask(harness, "GET", "/session", { cookie: there }))).toBe("401 unauthenticated");
  });

  it("goes on when its person changes the password, and all others end", async () => {
    await addUser(harness.store.people, "fred@example.com", { projectId, role: "viewer" });
    const [here, there] = [await signIn(harness, "fred@example.com"), await signIn(harness, "fred@example.com")];
    const change = (current: string, password: string) =>
      ask(harness, "PUT", "/session/password", { cookie: here, ...OWN }, { current, password });
    expect(codeOf(await change("wrong wrong", "another good password"))).toBe("401 sign_in_failed");
    expect(codeOf(await change(PASSWORD, "too short"))).toBe("422 request_invalid");
    expect((await change(PASSWORD, "another good password")).status).toBe(204);
    expect((await ask(harness, "GET", "/session", { cookie: here })).status).toBe(200);
    expect(codeOf(await ask(harness, "GET", "/session", { cookie: there }))).toBe("401 unauthenticated");
    expect((await enter("fred@example.com", "another good password", { address: "203.0.113.40" })).status).toBe(201);
    expect((await auditOf("changePassword"))[0]).toMatchObject({ actor: { kind: "user", name: "fred@example.com" } });
  });

  it("ends within 5 seconds in other processes when its user is disabled, and so do rights that are taken", async () => {
    const other = await startHarness({ store: harness.store, key: harness.key });
    try {
      const user = await addUser(harness.store.people, "greg@example.com", { projectId, role: "editor" });
      const cookie = await signIn(harness, "greg@example.com");
      const there = (): Promise<Answer> => ask(other, "GET", "/session", { cookie });
      expect((await there()).body["role"]).toBe("editor");
      const body = { role: "viewer", reach: "organisation" } as const;
      await harness.client.changeMember({ userId: user.id, body });
      await waitFor("the role has changed", async () => (await there()).body["role"] === "viewer");
      await harness.client.updateUser({ userId: user.id, body: { isDisabled: true } });
      expect(codeOf(await ask(harness, "GET", "/session", { cookie }))).toBe("401 unauthenticated");
      await waitFor("the session has ended", async () => codeOf(await there()) === "401 unauthenticated");
    } finally {
      await other.close();
    }
  });

  it("and its event streams end when it does", async () => {
    await addUser(harness.store.people, "ivy@example.com", { projectId, role: "viewer" });
    const cookie = await signIn(harness, "ivy@example.com");
    const stream = await fetch(`${harness.url}/api/v1/events`, { headers: { cookie, accept: "text/event-stream" } });
    expect(stream.status).toBe(200);
    const ended = stream.text();
    await ask(harness, "DELETE", "/session", { cookie, ...OWN });
    expect(await ended).not.toContain("data:");
  });

  it("is about the project that the person has chosen, in every process at once", async () => {
    const { catalog, people } = harness.store;
    const second = await catalog.createProject({ slug: "second", name: "Second" });
    const third = await catalog.createProject({ slug: "third", name: "Third" });
    const user = await addUser(people, "hugo@example.com", { projectId, role: "owner", reach: "project" });
    await people.setMember(second.id, { userId: user.id, reach: "project", role: "viewer" });
    const cookie = await signIn(harness, "hugo@example.com");
    const first = await ask(harness, "GET", "/session", { cookie });
    expect(first.body).toMatchObject({ project: { slug: "default" }, role: "owner" });
    expect((first.body["projects"] as readonly unknown[]).length).toBe(2);
    const choose = (project: string) => ask(harness, "PUT", "/session/project", { cookie, ...OWN }, { project });
    expect(codeOf(await choose(third.slug))).toBe("403 project_closed");
    const chosen = await choose("second");
    expect(chosen.body).toMatchObject({ project: { slug: "second" }, role: "viewer" });
    const there = { cookie: cookieOf(chosen), ...OWN };
    expect(codeOf(await ask(harness, "PUT", "/secrets/KEY", there, { value: "a long value" }))).toBe(
      "403 role_insufficient",
    );
    const named = { ...there, "meshhook-project": "default" };
    expect((await ask(harness, "PUT", "/secrets/KEY", named, { value: "a long value" })).status).toBe(200);
    expect(codeOf(await ask(harness, "GET", "/workflows", { ...there, "meshhook-project": "a b" }))).toBe(
      "422 request_invalid",
    );
    // A project that is closed meanwhile: the page goes on with another one, but nothing is done in it by mistake.
    await harness.client.listMembers();
    await people.removeMember(second.id, { userId: user.id, reach: "project" });
    await waitFor("the role is gone", async () => (await ask(harness, "GET", "/workflows", there)).status === 403);
    expect((await ask(harness, "GET", "/session", there)).body).toMatchObject({ project: { slug: "default" } });
  });
});

describe("an API key", () => {
  it("is refused once it has expired, and says so; its last use is noted to the minute", async () => {
    const make = (expiresAt: string) => harness.client.createKey({ body: { name: "short", scope: "read", expiresAt } });
    const soon = new Date(Date.now() + 1_500).toISOString();
    const { key, ...made } = await make(soon);
    expect(made).toMatchObject({ lastUsedAt: null, expiresAt: soon.replace("Z", "000Z") });
    const client = createClient({ url: harness.url, key });
    const code = (): Promise<string> =>
      client.getSession().then(
        () => "open",
        (error: unknown) => (error instanceof RequestProblem ? error.code : String(error)),
      );
    expect(await code()).toBe("open");
    const session = await ask(harness, "POST", "/session", OWN, { key });
    await waitFor("the key has expired", async () => (await code()) === "key_expired");
    expect(codeOf(await ask(harness, "GET", "/session", { cookie: cookieOf(session) }))).toBe("401 key_expired");
    expect(codeOf(await ask(harness, "POST", "/session", OWN, { key }))).toBe("401 key_expired");
    const listed = (await harness.client.listKeys()).items.find(({ id }) => id === made.id);
    expect(listed?.lastUsedAt).toMatch(/:00\.000000Z$/);
    for (const expiresAt of ["yesterday", "2020-01-01T00:00:00Z", "2026-02-30T00:00:00Z"])
      await expect(make(expiresAt)).rejects.toMatchObject({ code: "request_invalid" });
  });

  it("names another project only if it is an administrator's", async () => {
    const other = await harness.store.catalog.createProject({ slug: "elsewhere", name: "Elsewhere" });
    const asks = async (key: string, project: string) =>
      codeOf(await ask(harness, "GET", "/workflows", { authorization: `Bearer ${key}`, "meshhook-project": project }));
    const writer = await harness.addKey(projectId, "write");
    expect(await asks(writer, "default")).toBe("200");
    expect(await asks(writer, projectId)).toBe("200");
    for (const project of [other.id, other.slug, "nothing"])
      expect(await asks(writer, project)).toBe("403 project_closed");
    expect(await asks(harness.key, other.slug)).toBe("200");
  });
});
