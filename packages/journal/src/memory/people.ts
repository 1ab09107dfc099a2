import type { Micros } from "@meshhook/core";

import { CatalogConflict } from "../catalog.ts";
import { lastOwnerGoes } from "../last-owner.ts";
import {
  type Access,
  DEFAULT_ORGANISATION_ID,
  type Failures,
  type FailureSubject,
  type Member,
  type MemberKey,
  type NewUser,
  type NewUserSession,
  type Organisation,
  type People,
  type Role,
  type StoredUser,
  type User,
  type UserChange,
  type UserSession,
} from "../people.ts";
import type { MemoryAudit } from "./audit.ts";
import type { MemoryCatalog } from "./catalog.ts";
import type { Revisions } from "./journal.ts";

interface StoredMember extends MemberKey {
  readonly organisationId: string;
  /** Null: all of the organisation. */
  readonly projectId: string | null;
  readonly role: Role;
  readonly createdAt: Micros;
}

const RANK: { readonly [role in Role]: number } = { owner: 3, editor: 2, viewer: 1 };

/** People in memory: the same answers as Postgres. */
export class MemoryPeople implements People {
  readonly #catalog: MemoryCatalog;
  readonly #nowMs: () => number;
  readonly #newId: () => string;
  readonly #revisions: Revisions;
  readonly #audit: MemoryAudit;
  readonly #organisations = new Map<string, Organisation>();
  readonly #users = new Map<string, StoredUser>();
  readonly #identities = new Map<string, string>();
  readonly #sessions = new Map<string, UserSession & { readonly hash: string }>();
  readonly #failures = new Map<string, Failures>();
  #members: readonly StoredMember[] = [];

  constructor(options: {
    readonly catalog: MemoryCatalog;
    readonly nowMs: () => number;
    readonly newId: () => string;
    readonly revisions: Revisions;
    readonly audit: MemoryAudit;
  }) {
    this.#catalog = options.catalog;
    this.#nowMs = options.nowMs;
    this.#newId = options.newId;
    this.#revisions = options.revisions;
    this.#audit = options.audit;
    const created = { slug: "default", name: "Default", createdAt: this.#now() };
    this.#organisations.set(DEFAULT_ORGANISATION_ID, { id: DEFAULT_ORGANISATION_ID, ...created });
  }

  async createOrganisation({ slug, name }: { readonly slug: string; readonly name: string }): Promise<Organisation> {
    if ([...this.#organisations.values()].some((stored) => stored.slug === slug))
      throw new CatalogConflict(`There is an organisation "${slug}" already. Choose another.`);
    const created = { id: this.#newId(), slug, name, createdAt: this.#now() };
    this.#organisations.set(created.id, created);
    this.#changed(null, created);
    return created;
  }

  async listOrganisations(): Promise<readonly Organisation[]> {
    return [...this.#organisations.values()].sort((one, other) => (one.slug < other.slug ? -1 : 1));
  }

  async renameOrganisation(organisationId: string, name: string): Promise<Organisation | null> {
    const stored = this.#organisations.get(organisationId);
    if (stored === undefined) return null;
    const renamed = { ...stored, name };
    this.#organisations.set(organisationId, renamed);
    this.#changed(null, renamed);
    return renamed;
  }

  async createUser({ email, name, password, isAdmin }: NewUser): Promise<User> {
    if ([...this.#users.values()].some((stored) => stored.email === email))
      throw new CatalogConflict(`There is a user with the address ${email} already. Choose another.`);
    const id = this.#newId();
    const created = {
      id,
      email,
      name,
      password,
      isAdmin,
      hasPassword: password !== null,
      createdAt: this.#now(),
      disabledAt: null,
    };
    this.#users.set(id, created);
    this.#changed(null, userOf(created));
    return userOf(created);
  }

  async createFirstUser(user: Omit<NewUser, "isAdmin">): Promise<User | null> {
    return this.#users.size > 0 ? null : this.createUser({ ...user, isAdmin: true });
  }

  async listUsers(): Promise<readonly User[]> {
    return [...this.#users.values()].sort((one, other) => (one.email < other.email ? -1 : 1)).map(userOf);
  }

  async findUser(
    user: { readonly id: string } | { readonly email: string } | { readonly issuer: string; readonly subject: string },
  ): Promise<StoredUser | null> {
    if ("id" in user) return this.#users.get(user.id) ?? null;
    if ("email" in user) return [...this.#users.values()].find(({ email }) => email === user.email) ?? null;
    return this.#users.get(this.#identities.get(identityKey(user)) ?? "") ?? null;
  }

  async updateUser(userId: string, change: UserChange, keepSessionId?: string): Promise<User | null> {
    const stored = this.#users.get(userId);
    if (stored === undefined) return null;
    const { name = stored.name, password = stored.password, isAdmin = stored.isAdmin } = change;
    const { isDisabled = stored.disabledAt !== null } = change;
    const disabledAt = isDisabled ? (stored.disabledAt ?? this.#now()) : null;
    const changed = { ...stored, name, password, isAdmin, hasPassword: password !== null, disabledAt };
    this.#users.set(userId, changed);
    if (change.password !== undefined || disabledAt !== null)
      await this.endSessions(userId, { exceptId: keepSessionId ?? null });
    this.#changed({ ...userOf(stored) }, userOf(changed));
    return userOf(changed);
  }

  async linkIdentity(identity: {
    readonly issuer: string;
    readonly subject: string;
    readonly userId: string;
  }): Promise<boolean> {
    const key = identityKey(identity);
    const known = this.#identities.get(key);
    if (known !== undefined) return known === identity.userId;
    const isOther = ([stored, userId]: readonly [string, string]): boolean =>
      userId === identity.userId && stored.startsWith(`${identity.issuer} `);
    if ([...this.#identities].some(isOther)) return false;
    this.#identities.set(key, identity.userId);
    return true;
  }

  async listAccess(userId: string): Promise<readonly Access[]> {
    const user = this.#users.get(userId);
    if (user === undefined || user.disabledAt !== null) return [];
    return (await this.#catalog.listProjects()).flatMap(({ id, slug, name, organisationId }) => {
      const applying = this.#members.filter(
        (member) =>
          member.userId === userId &&
          member.organisationId === organisationId &&
          (member.projectId === null || member.projectId === id),
      );
      const roles = applying.map((member) => member.role).sort((one, other) => RANK[other] - RANK[one]);
      const ofOrganisation = applying.find((member) => member.projectId === null)?.role ?? null;
      const role = user.isAdmin ? "owner" : roles[0];
      const organisationRole = user.isAdmin ? "owner" : ofOrganisation;
      return role === undefined ? [] : [{ projectId: id, slug, name, organisationId, role, organisationRole }];
    });
  }

  async listMembers(projectId: string): Promise<readonly Member[]> {
    return this.#membersOf(await this.#organisationOf(projectId), projectId);
  }

  #membersOf(organisationId: string | null, projectId: string): readonly Member[] {
    return this.#members
      .filter(
        (member) =>
          member.organisationId === organisationId && (member.projectId === null || member.projectId === projectId),
      )
      .flatMap(({ userId, reach, role, createdAt }) => {
        const user = this.#users.get(userId);
        if (user === undefined) return [];
        return [{ userId, reach, email: user.email, name: user.name, role, createdAt, disabledAt: user.disabledAt }];
      })
      .sort((one, other) => (`${one.email} ${one.reach}` < `${other.email} ${other.reach}` ? -1 : 1));
  }

  async setMember(
    projectId: string,
    member: MemberKey & { readonly role: Role },
  ): Promise<Member | "last_owner" | null> {
    const organisationId = await this.#organisationOf(projectId);
    if (organisationId === null || !this.#users.has(member.userId)) return null;
    const members = this.#membersOf(organisationId, projectId);
    if (lastOwnerGoes(members, member, member.role)) return "last_owner";
    const { userId, reach, role } = member;
    const place = reach === "organisation" ? null : projectId;
    const stored = this.#members.find((one) => isMember(one, organisationId, place, userId));
    const createdAt = stored?.createdAt ?? this.#now();
    this.#members = [
      ...this.#members.filter((one) => one !== stored),
      { organisationId, projectId: place, userId, reach, role, createdAt },
    ];
    const isSame = (one: Member): boolean => one.userId === userId && one.reach === reach;
    const before = members.find(isSame);
    const after = this.#membersOf(organisationId, projectId).find(isSame) ?? null;
    this.#changed(before === undefined ? null : { ...before }, after);
    return after;
  }

  async removeMember(projectId: string, member: MemberKey): Promise<boolean | "last_owner"> {
    const organisationId = await this.#organisationOf(projectId);
    if (lastOwnerGoes(this.#membersOf(organisationId, projectId), member, null)) return "last_owner";
    const place = member.reach === "organisation" ? null : projectId;
    const kept = this.#members.filter((one) => !isMember(one, organisationId, place, member.userId));
    const isRemoved = kept.length < this.#members.length;
    this.#members = kept;
    if (isRemoved) this.#changed(null, null);
    return isRemoved;
  }

  async openSession({ hash, ...session }: NewUserSession): Promise<UserSession> {
    const opened = { id: this.#newId(), ...session, createdAt: this.#now() };
    this.#sessions.set(opened.id, { ...opened, hash });
    return opened;
  }

  async findSession(hash: string): Promise<{ readonly session: UserSession; readonly user: User } | null> {
    const found = this.#open().find((session) => session.hash === hash);
    const user = found === undefined ? undefined : this.#users.get(found.userId);
    if (found === undefined || user === undefined || user.disabledAt !== null) return null;
    return { session: sessionOf(found), user: userOf(user) };
  }

  async listSessions(userId: string): Promise<readonly UserSession[]> {
    return this.#open()
      .filter((session) => session.userId === userId)
      .toReversed()
      .map(sessionOf);
  }

  async endSessions(
    userId: string,
    which: { readonly id: string } | { readonly exceptId: string | null },
  ): Promise<number> {
    const ended = [...this.#sessions.values()].filter(
      (session) =>
        session.userId === userId && ("id" in which ? session.id === which.id : session.id !== which.exceptId),
    );
    for (const { id } of ended) this.#sessions.delete(id);
    return ended.length;
  }

  async listFailures(subjects: readonly FailureSubject[], since: Micros): Promise<readonly Failures[]> {
    return subjects.flatMap((subject) => {
      const stored = this.#failures.get(failureKey(subject));
      return stored === undefined || stored.failedAt <= since ? [] : [stored];
    });
  }

  async addFailures(subjects: readonly FailureSubject[], at: Micros, since: Micros): Promise<readonly Failures[]> {
    for (const subject of subjects) {
      const { kind, bucket } = subject;
      const stored = this.#failures.get(failureKey(subject));
      const failures = stored === undefined || stored.failedAt <= since ? 1 : stored.failures + 1;
      this.#failures.set(failureKey(subject), { kind, bucket, failures, failedAt: at });
    }
    return this.listFailures(subjects, since);
  }

  async clearFailures(subjects: readonly FailureSubject[]): Promise<void> {
    for (const subject of subjects) this.#failures.delete(failureKey(subject));
  }

  #changed(before: object | null, after: object | null): void {
    this.#revisions.catalog += 1;
    this.#audit.changed(before === null ? null : { ...before }, after);
  }

  #now(): Micros {
    return Math.floor(this.#nowMs()) * 1_000;
  }

  #open(): readonly (UserSession & { readonly hash: string })[] {
    return [...this.#sessions.values()].filter(({ expiresAt }) => expiresAt > this.#now());
  }

  async #organisationOf(projectId: string): Promise<string | null> {
    return (await this.#catalog.listProjects()).find(({ id }) => id === projectId)?.organisationId ?? null;
  }
}

function isMember(
  member: StoredMember,
  organisationId: string | null,
  projectId: string | null,
  userId: string,
): boolean {
  return member.organisationId === organisationId && member.projectId === projectId && member.userId === userId;
}

function userOf({ id, email, name, isAdmin, hasPassword, createdAt, disabledAt }: StoredUser): User {
  return { id, email, name, isAdmin, hasPassword, createdAt, disabledAt };
}

function sessionOf({ hash: _hash, ...session }: UserSession & { readonly hash: string }): UserSession {
  return session;
}

function identityKey({ issuer, subject }: { readonly issuer: string; readonly subject: string }): string {
  return `${issuer} ${subject}`;
}

function failureKey({ kind, bucket }: FailureSubject): string {
  return `${kind} ${bucket}`;
}
