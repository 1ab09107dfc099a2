import { CatalogConflict } from "../catalog.ts";
import { isUuid, newId } from "../id.ts";
import type {
  Access,
  Failures,
  FailureSubject,
  Member,
  MemberKey,
  NewUser,
  NewUserSession,
  Organisation,
  People,
  Role,
  StoredUser,
  User,
  UserChange,
  UserSession,
} from "../people.ts";
import { lastOwnerGoes } from "../last-owner.ts";
import type { Micros } from "@meshhook/core";
import type { Connections, Runner } from "./connections.ts";
import {
  accessOf,
  failuresOf,
  memberOf,
  organisationOf,
  storedUserOf,
  userOf,
  userSessionOf,
  type AccessColumns,
  type FailureColumns,
  type FoundSessionColumns,
  type MemberColumns,
  type OrganisationColumns,
  type UserColumns,
  type UserSessionColumns,
} from "./people-rows.ts";
import { queries } from "./queries.ts";
import { sqlstateOf } from "./sqlstate.ts";
import { timestampOf } from "./time.ts";

const UNIQUE_VIOLATION = "23505";
const FOREIGN_KEY_VIOLATION = "23503";

/** People in Postgres. Members are read and changed with the tenant role, under row-level security; nothing else belongs to a project. */
export class PostgresPeople implements People {
  readonly #connections: Connections;

  constructor(connections: Connections) {
    this.#connections = connections;
  }

  createOrganisation({ slug, name }: { readonly slug: string; readonly name: string }): Promise<Organisation> {
    return unique(`an organisation "${slug}"`, () =>
      this.#connections.changeCatalog("create an organisation", async (runner) => {
        const values = [newId(), slug, name, now()];
        return only(
          (await runner.query<OrganisationColumns>(queries["create-organisation"], values)).rows,
          organisationOf,
        );
      }),
    );
  }

  async listOrganisations(): Promise<readonly Organisation[]> {
    const query = queries["list-organisations"];
    return (await this.#connections.read<OrganisationColumns>("list organisations", query, [])).rows.map(
      organisationOf,
    );
  }

  async renameOrganisation(organisationId: string, name: string): Promise<Organisation | null> {
    if (!isUuid(organisationId)) return null;
    return this.#connections.changeCatalog("rename an organisation", async (runner) => {
      const query = queries["rename-organisation"];
      return first((await runner.query<OrganisationColumns>(query, [organisationId, name])).rows, organisationOf);
    });
  }

  createUser(user: NewUser): Promise<User> {
    return unique(`a user with the address ${user.email}`, () =>
      this.#connections.changeCatalog("create a user", async (runner) =>
        only(await insertUser(runner, user, false), userOf),
      ),
    );
  }

  createFirstUser(user: Omit<NewUser, "isAdmin">): Promise<User | null> {
    return this.#connections.changeCatalog("create the first user", async (runner) => {
      // Its row serializes those who try at the same time.
      await runner.query(queries["raise-revision"], ["catalog"]);
      return first(await insertUser(runner, { ...user, isAdmin: true }, true), userOf);
    });
  }

  async listUsers(): Promise<readonly User[]> {
    return (await this.#connections.read<UserColumns>("list users", queries["list-users"], [])).rows.map(userOf);
  }

  async findUser(
    user: { readonly id: string } | { readonly email: string } | { readonly issuer: string; readonly subject: string },
  ): Promise<StoredUser | null> {
    if ("id" in user && !isUuid(user.id)) return null;
    const values =
      "id" in user
        ? [user.id, null, null, null]
        : "email" in user
          ? [null, user.email, null, null]
          : [null, null, user.issuer, user.subject];
    const found = await this.#connections.read<UserColumns>("find a user", queries["find-user"], values);
    return first(found.rows, storedUserOf);
  }

  async updateUser(userId: string, change: UserChange, keepSessionId?: string): Promise<User | null> {
    if (!isUuid(userId)) return null;
    return this.#connections.changeCatalog("change a user", async (runner, note) => {
      const stored = first((await runner.query<UserColumns>(queries["lock-user"], [userId])).rows, storedUserOf);
      if (stored === null) return null;
      const { password: former, ...before } = stored;
      note(before);
      const { name = stored.name, password = former, isAdmin = stored.isAdmin, isDisabled } = change;
      const disabledAt =
        isDisabled === undefined || isDisabled === (stored.disabledAt !== null)
          ? stored.disabledAt
          : isDisabled
            ? Date.now() * 1_000
            : null;
      const values = [userId, name, password, isAdmin, disabledAt === null ? null : timestampOf(disabledAt)];
      const changed = (await runner.query<UserColumns>(queries["update-user"], values)).rows;
      if (change.password !== undefined || disabledAt !== null)
        await runner.query(queries["end-sessions"], [userId, null, keepSessionId ?? null]);
      return only(changed, userOf);
    });
  }

  async linkIdentity(identity: {
    readonly issuer: string;
    readonly subject: string;
    readonly userId: string;
  }): Promise<boolean> {
    const { issuer, subject, userId } = identity;
    return this.#connections.transaction("link an identity", async (runner) => {
      await runner.query(queries["link-identity"], [issuer, subject, userId, now()]);
      const found = await runner.query<UserColumns>(queries["find-user"], [null, null, issuer, subject]);
      return found.rows[0]?.id === userId;
    });
  }

  async listAccess(userId: string): Promise<readonly Access[]> {
    const found = await this.#connections.read<AccessColumns>("list projects of a user", queries["list-access"], [
      userId,
    ]);
    return found.rows.map(accessOf);
  }

  async listMembers(projectId: string): Promise<readonly Member[]> {
    const query = queries["list-members"];
    const found = await this.#connections.readAsTenant<MemberColumns>("list members", projectId, query, [projectId]);
    return found.rows.map(memberOf);
  }

  async setMember(
    projectId: string,
    member: MemberKey & { readonly role: Role },
  ): Promise<Member | "last_owner" | null> {
    if (!isUuid(member.userId)) return null;
    try {
      return await this.#connections.changeAsTenant("change a member", projectId, async (runner, note) => {
        const organisationId = await lockOrganisation(runner, projectId);
        if (organisationId === null) return null;
        const members = await membersOf(runner, projectId);
        if (lastOwnerGoes(members, member, member.role)) return "last_owner";
        const before = members.find(isSame(member));
        if (before !== undefined) note(before);
        const place = member.reach === "organisation" ? null : projectId;
        await runner.query(queries["set-member"], [organisationId, place, member.userId, member.role, now()]);
        return (await membersOf(runner, projectId)).find(isSame(member)) ?? null;
      });
    } catch (error) {
      if (sqlstateOf(error) === FOREIGN_KEY_VIOLATION) return null;
      throw error;
    }
  }

  async removeMember(projectId: string, member: MemberKey): Promise<boolean | "last_owner"> {
    if (!isUuid(member.userId)) return false;
    return this.#connections.changeAsTenant("remove a member", projectId, async (runner) => {
      const organisationId = await lockOrganisation(runner, projectId);
      if (lastOwnerGoes(await membersOf(runner, projectId), member, null)) return "last_owner";
      const place = member.reach === "organisation" ? null : projectId;
      const removed = await runner.query(queries["remove-member"], [organisationId, place, member.userId]);
      return removed.rowCount === 1;
    });
  }

  async openSession(session: NewUserSession): Promise<UserSession> {
    const { userId, hash, expiresAt, address, userAgent } = session;
    const values = [newId(), userId, hash, now(), timestampOf(expiresAt), address, userAgent];
    return this.#connections.transaction("open a session", async (runner) =>
      only((await runner.query<UserSessionColumns>(queries["open-session"], values)).rows, userSessionOf),
    );
  }

  async findSession(hash: string): Promise<{ readonly session: UserSession; readonly user: User } | null> {
    const values = [hash, now()];
    const found = await this.#connections.read<FoundSessionColumns>("find a session", queries["find-session"], values);
    return first(found.rows, (row) => ({
      session: userSessionOf({ ...row, id: row.session_id, created_at: row.session_created_at }),
      user: userOf(row),
    }));
  }

  async listSessions(userId: string): Promise<readonly UserSession[]> {
    const query = queries["list-sessions"];
    const found = await this.#connections.read<UserSessionColumns>("list sessions", query, [userId, now()]);
    return found.rows.map(userSessionOf);
  }

  async endSessions(
    userId: string,
    which: { readonly id: string } | { readonly exceptId: string | null },
  ): Promise<number> {
    if ("id" in which && !isUuid(which.id)) return 0;
    const values = "id" in which ? [userId, which.id, null] : [userId, null, which.exceptId];
    return (await this.#connections.read("end sessions", queries["end-sessions"], values)).rowCount ?? 0;
  }

  async listFailures(subjects: readonly FailureSubject[], since: Micros): Promise<readonly Failures[]> {
    const values = [...columnsOf(subjects), timestampOf(since)];
    const query = queries["list-sign-in-failures"];
    return (await this.#connections.read<FailureColumns>("list failed sign-ins", query, values)).rows.map(failuresOf);
  }

  async addFailures(subjects: readonly FailureSubject[], at: Micros, since: Micros): Promise<readonly Failures[]> {
    const values = [...columnsOf(subjects), timestampOf(at), timestampOf(since)];
    const counted = await this.#connections.transaction("count a failed sign-in", (runner) =>
      runner.query<FailureColumns>(queries["add-sign-in-failures"], values),
    );
    return counted.rows.map(failuresOf);
  }

  async clearFailures(subjects: readonly FailureSubject[]): Promise<void> {
    await this.#connections.read("forget failed sign-ins", queries["clear-sign-in-failures"], columnsOf(subjects));
  }
}

async function insertUser(runner: Runner, user: NewUser, isFirst: boolean): Promise<readonly UserColumns[]> {
  const values = [newId(), user.email, user.name, user.password, user.isAdmin, now(), isFirst];
  return (await runner.query<UserColumns>(queries["create-user"], values)).rows;
}

async function lockOrganisation(runner: Runner, projectId: string): Promise<string | null> {
  const locked = await runner.query<{ id: string }>(queries["lock-organisation"], [projectId]);
  return locked.rows[0]?.id ?? null;
}

async function membersOf(runner: Runner, projectId: string): Promise<readonly Member[]> {
  return (await runner.query<MemberColumns>(queries["list-members"], [projectId])).rows.map(memberOf);
}

function isSame({ userId, reach }: MemberKey): (member: Member) => boolean {
  return (member) => member.userId === userId && member.reach === reach;
}

function columnsOf(subjects: readonly FailureSubject[]): readonly [string[], number[]] {
  return [subjects.map(({ kind }) => kind), subjects.map(({ bucket }) => bucket)];
}

async function unique<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (sqlstateOf(error) !== UNIQUE_VIOLATION) throw error;
    throw new CatalogConflict(`There is ${what} already. Choose another.`, { cause: error });
  }
}

function first<Row, T>(rows: readonly Row[], map: (row: Row) => T): T | null {
  const [row] = rows;
  return row === undefined ? null : map(row);
}

function only<Row, T>(rows: readonly Row[], map: (row: Row) => T): T {
  const found = first(rows, map);
  if (found === null) throw new Error("The statement returned no row");
  return found;
}

function now(): string {
  return timestampOf(Date.now() * 1_000);
}
