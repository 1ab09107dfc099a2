import { randomUUID } from "node:crypto";

import { CatalogConflict } from "../catalog.ts";
import type { FailureSubject, Member, People, User } from "../people.ts";
import { DEFAULT_ORGANISATION_ID } from "../people.ts";
import { useHarness } from "./harness.ts";
import type { CreateHarness, TestFunctions } from "./harness.ts";

const HOUR_US = 3_600_000_000;

export function describePeople(test: TestFunctions, create: CreateHarness): void {
  const { describe, expect, it } = test;

  describe("people", () => {
    const harness = useHarness(test, create);
    const newUser = (people: People, email: string, more: { readonly isAdmin?: boolean } = {}): Promise<User> =>
      people.createUser({ email, name: email, password: "hashed", isAdmin: false, ...more });
    const open = (people: People, userId: string, hash: string) =>
      people.openSession({
        userId,
        hash,
        expiresAt: Date.now() * 1_000 + HOUR_US,
        address: "192.0.2.7",
        userAgent: "a browser",
      });

    it("has organisations with unique slugs, the first of which is there from the start", async () => {
      const { people, catalog } = harness().store;
      const acme = await people.createOrganisation({ slug: "acme", name: "Acme" });
      await expect(people.createOrganisation({ slug: "acme", name: "Again" })).rejects.toThrow(CatalogConflict);
      expect((await harness().other.people.listOrganisations()).map(({ slug }) => slug)).toEqual(["acme", "default"]);
      expect(await people.renameOrganisation(acme.id, "ACME")).toEqual({ ...acme, name: "ACME" });
      expect(await people.renameOrganisation(randomUUID(), "none")).toBeNull();
      expect(await people.renameOrganisation("none", "none")).toBeNull();
      const shop = await catalog.createProject({ slug: "shop", name: "Shop", organisationId: acme.id });
      expect(shop.organisationId).toBe(acme.id);
      expect((await catalog.createProject({ slug: "other", name: "Other" })).organisationId).toBe(
        DEFAULT_ORGANISATION_ID,
      );
    });

    it("has users with unique addresses, and shows the hashed password to who looks for one user only", async () => {
      const { people } = harness().store;
      const ann = await newUser(people, "ann@example.com");
      expect(ann).toMatchObject({ email: "ann@example.com", isAdmin: false, hasPassword: true, disabledAt: null });
      await expect(newUser(people, "ann@example.com")).rejects.toThrow(CatalogConflict);
      expect(await harness().other.people.listUsers()).toEqual([ann]);
      const stored = { ...ann, password: "hashed" };
      expect(await people.findUser({ id: ann.id })).toEqual(stored);
      expect(await people.findUser({ email: "ann@example.com" })).toEqual(stored);
      expect(await people.findUser({ email: "bob@example.com" })).toBeNull();
      expect(await people.findUser({ id: "none" })).toBeNull();
      expect(await people.updateUser(ann.id, { name: "Ann", isAdmin: true })).toEqual({
        ...ann,
        name: "Ann",
        isAdmin: true,
      });
      expect(await people.updateUser(randomUUID(), { name: "x" })).toBeNull();
    });

    it("creates a first user once, even for several who try at the same time", async () => {
      const { store, other } = harness();
      const made = await Promise.all(
        [store, other, store, other].map(({ people }, at) =>
          people.createFirstUser({ email: `${at}@example.com`, name: "First", password: "hashed" }),
        ),
      );
      expect(made.filter((user) => user !== null)).toHaveLength(1);
      expect(await store.people.listUsers()).toMatchObject([{ isAdmin: true }]);
    });

    it("links an identity to one user, and a user to one identity of an issuer", async () => {
      const { people } = harness().store;
      const [ann, bob] = [await newUser(people, "ann@example.com"), await newUser(people, "bob@example.com")];
      const identity = { issuer: "https://id.example.com", subject: "a-1" };
      expect(await people.findUser(identity)).toBeNull();
      expect(await people.linkIdentity({ ...identity, userId: ann.id })).toBe(true);
      expect(await people.linkIdentity({ ...identity, userId: ann.id })).toBe(true);
      expect(await people.linkIdentity({ ...identity, userId: bob.id })).toBe(false);
      expect(await people.linkIdentity({ ...identity, subject: "a-2", userId: ann.id })).toBe(false);
      expect(await harness().other.people.findUser(identity)).toMatchObject({ id: ann.id });
      expect(await people.findUser({ ...identity, issuer: "https://other.example.com" })).toBeNull();
    });

    it("gives the highest role that applies, and none where there is none", async () => {
      const { people, catalog } = harness().store;
      const acme = await people.createOrganisation({ slug: "acme", name: "Acme" });
      const inAcme = { name: "x", organisationId: acme.id };
      const one = await catalog.createProject({ slug: "one", ...inAcme });
      const two = await catalog.createProject({ slug: "two", ...inAcme });
      await catalog.createProject({ slug: "foreign", name: "Foreign" });
      const ann = await newUser(people, "ann@example.com");
      expect(await people.listAccess(ann.id)).toEqual([]);
      await people.setMember(one.id, { userId: ann.id, reach: "project", role: "editor" });
      const rolesOf = async (userId: string) =>
        (await harness().other.people.listAccess(userId)).map(({ slug, role, organisationRole }) => [
          slug,
          role,
          organisationRole,
        ]);
      expect(await rolesOf(ann.id)).toEqual([["one", "editor", null]]);
      await people.setMember(two.id, { userId: ann.id, reach: "organisation", role: "viewer" });
      expect(await rolesOf(ann.id)).toEqual([
        ["one", "editor", "viewer"],
        ["two", "viewer", "viewer"],
      ]);
      await people.setMember(two.id, { userId: ann.id, reach: "project", role: "owner" });
      expect(await rolesOf(ann.id)).toEqual([
        ["one", "editor", "viewer"],
        ["two", "owner", "viewer"],
      ]);
      await people.updateUser(ann.id, { isDisabled: true });
      expect(await rolesOf(ann.id)).toEqual([]);
      const admin = await newUser(people, "admin@example.com", { isAdmin: true });
      expect((await rolesOf(admin.id)).map(([slug, role]) => `${slug} ${role}`)).toEqual([
        "foreign owner",
        "one owner",
        "two owner",
      ]);
    });

    it("lists the members of a project and of its organisation, not those of others", async () => {
      const { people, catalog } = harness().store;
      const one = await catalog.createProject({ slug: "one", name: "One" });
      const two = await catalog.createProject({ slug: "two", name: "Two" });
      const acme = await people.createOrganisation({ slug: "acme", name: "Acme" });
      const foreign = await catalog.createProject({ slug: "foreign", name: "Foreign", organisationId: acme.id });
      const [ann, bob] = [await newUser(people, "ann@example.com"), await newUser(people, "bob@example.com")];
      const member = await people.setMember(one.id, { userId: ann.id, reach: "organisation", role: "owner" });
      expect(member).toMatchObject({ email: "ann@example.com", reach: "organisation", role: "owner" });
      await people.setMember(one.id, { userId: bob.id, reach: "project", role: "viewer" });
      const namesOf = async (projectId: string) =>
        (await harness().other.people.listMembers(projectId)).map(({ email, role }) => `${email} ${role}`);
      expect(await namesOf(one.id)).toEqual(["ann@example.com owner", "bob@example.com viewer"]);
      expect(await namesOf(two.id)).toEqual(["ann@example.com owner"]);
      expect(await namesOf(foreign.id)).toEqual([]);
      const changed = await people.setMember(one.id, { userId: bob.id, reach: "project", role: "editor" });
      expect(changed).toMatchObject({ role: "editor" });
      // Whoever looks from another project does not find what belongs to one.
      expect(await people.removeMember(two.id, { userId: bob.id, reach: "project" })).toBe(false);
      expect(await people.removeMember(foreign.id, { userId: ann.id, reach: "organisation" })).toBe(false);
      expect(await people.removeMember(one.id, { userId: bob.id, reach: "project" })).toBe(true);
      expect(await people.removeMember(one.id, { userId: bob.id, reach: "project" })).toBe(false);
      const nobody = { userId: randomUUID(), reach: "project", role: "viewer" } as const;
      expect(await people.setMember(one.id, nobody)).toBeNull();
      expect(await people.setMember(randomUUID(), { ...nobody, userId: ann.id })).toBeNull();
    });

    it("keeps an owner of an organisation that has one, even when two go at the same time", async () => {
      const { store, other } = harness();
      const { id } = await store.catalog.createProject({ slug: "shop", name: "Shop" });
      const owners = [await newUser(store.people, "ann@example.com"), await newUser(store.people, "bob@example.com")];
      const keyOf = (user: User | undefined) => ({ userId: user?.id ?? "", reach: "organisation" }) as const;
      for (const user of owners) await store.people.setMember(id, { ...keyOf(user), role: "owner" });
      const results = await Promise.all([
        store.people.removeMember(id, keyOf(owners[0])),
        other.people.removeMember(id, keyOf(owners[1])),
      ]);
      expect(new Set(results)).toEqual(new Set(["last_owner", true]));
      const [last] = (await store.people.listMembers(id)) as readonly [Member];
      expect(await store.people.setMember(id, { ...last, role: "editor" })).toBe("last_owner");
      expect(await store.people.listMembers(id)).toEqual([last]);
    });

    it("finds a session by its hash until it ends, its user is disabled or the password is changed", async () => {
      const { people } = harness().store;
      const ann = await newUser(people, "ann@example.com");
      const first = await open(people, ann.id, "aa");
      expect(await harness().other.people.findSession("aa")).toEqual({ session: first, user: ann });
      expect(await people.findSession("bb")).toBeNull();
      const second = await open(people, ann.id, "bb");
      await open(people, ann.id, "cc");
      expect(await people.listSessions(ann.id)).toHaveLength(3);
      expect(await people.endSessions(randomUUID(), { id: first.id })).toBe(0);
      expect(await people.endSessions(ann.id, { id: first.id })).toBe(1);
      expect(await people.findSession("aa")).toBeNull();
      await people.updateUser(ann.id, { password: "other" }, second.id);
      expect(await people.listSessions(ann.id)).toEqual([second]);
      await people.updateUser(ann.id, { name: "Ann" });
      expect(await people.listSessions(ann.id)).toEqual([second]);
      await people.updateUser(ann.id, { isDisabled: true });
      expect(await harness().other.people.findSession("bb")).toBeNull();
      await people.updateUser(ann.id, { isDisabled: false });
      expect(await people.findSession("bb")).toBeNull();
      await people.openSession({ userId: ann.id, hash: "dd", expiresAt: 1, address: null, userAgent: null });
      expect(await people.findSession("dd")).toBeNull();
      expect(await people.listSessions(ann.id)).toEqual([]);
      await open(people, ann.id, "ee");
      expect(await people.endSessions(ann.id, { exceptId: null })).toBeGreaterThanOrEqual(1);
      expect(await people.findSession("ee")).toBeNull();
    });

    it("counts failures in a row, of several processes, and forgets old ones", async () => {
      const { store, other } = harness();
      const [account, address]: readonly [FailureSubject, FailureSubject] = [
        { kind: "account", bucket: 7 },
        { kind: "address", bucket: 7 },
      ];
      const now = Date.now() * 1_000;
      const since = now - HOUR_US;
      expect(await store.people.listFailures([account], since)).toEqual([]);
      await Promise.all([store, other, store].map(({ people }) => people.addFailures([address, account], now, since)));
      await store.people.addFailures([address], now, since);
      const found = await other.people.listFailures([account, address, { kind: "device", bucket: 7 }], since);
      expect(found.map(({ kind, failures }) => `${kind} ${failures}`)).toEqual(["account 3", "address 4"]);
      await store.people.clearFailures([account]);
      expect(await store.people.listFailures([account, address], since)).toHaveLength(1);
      const later = now + HOUR_US;
      expect(await store.people.listFailures([address], later)).toEqual([]);
      expect(await store.people.addFailures([address], later + 1_000, later)).toMatchObject([{ failures: 1 }]);
    });
  });
}
