import type { Micros } from "@meshhook/core";

/**
 * Who may do what: organisations, users, the roles that they have, where they are signed in, and what failed when they tried to.
 *
 * Methods that take a `projectId` see nothing of other organisations, nor of other projects of the same one (row-level security in
 * Postgres).
 */
export interface People {
  /** @throws CatalogConflict  The slug is taken. */
  createOrganisation(organisation: { readonly slug: string; readonly name: string }): Promise<Organisation>;
  /** By slug. */
  listOrganisations(): Promise<readonly Organisation[]>;
  /** Null when there is none. */
  renameOrganisation(organisationId: string, name: string): Promise<Organisation | null>;

  /** @throws CatalogConflict  Somebody has this address. */
  createUser(user: NewUser): Promise<User>;
  /** Creates an administrator where there are no users yet; null where there are. */
  createFirstUser(user: Omit<NewUser, "isAdmin">): Promise<User | null>;
  /** By address. */
  listUsers(): Promise<readonly User[]>;
  findUser(
    user: { readonly id: string } | { readonly email: string } | { readonly issuer: string; readonly subject: string },
  ): Promise<StoredUser | null>;
  /** Ends the user's sessions, but for `keepSessionId`, when the password is changed or the user is disabled. Null when there is none. */
  updateUser(userId: string, change: UserChange, keepSessionId?: string): Promise<User | null>;
  /** False when the user has another identity of this issuer, or the identity belongs to another user. */
  linkIdentity(identity: {
    readonly issuer: string;
    readonly subject: string;
    readonly userId: string;
  }): Promise<boolean>;

  /** The projects that a user may see, by slug, with the roles; all of them for an administrator. */
  listAccess(userId: string): Promise<readonly Access[]>;

  /** Of the project and of its organisation, by address. */
  listMembers(projectId: string): Promise<readonly Member[]>;
  /** Gives a user a role, or another one. `last_owner`: nobody would own the organisation any more. Null when there is no such user. */
  setMember(projectId: string, member: MemberKey & { readonly role: Role }): Promise<Member | "last_owner" | null>;
  /** False when there is no such member. */
  removeMember(projectId: string, member: MemberKey): Promise<boolean | "last_owner">;

  openSession(session: NewUserSession): Promise<UserSession>;
  /** With its user. Null when it has ended or the user is disabled. */
  findSession(hash: string): Promise<{ readonly session: UserSession; readonly user: User } | null>;
  /** Newest first. */
  listSessions(userId: string): Promise<readonly UserSession[]>;
  /** Ends one session of a user, or all but one. Resolves with how many. */
  endSessions(userId: string, which: { readonly id: string } | { readonly exceptId: string | null }): Promise<number>;

  /** The failures since `since`, in the order of `subjects`. */
  listFailures(subjects: readonly FailureSubject[], since: Micros): Promise<readonly Failures[]>;
  /** Counts a failure of each subject at a time; those from before `since` count no more. Resolves like `listFailures`. */
  addFailures(subjects: readonly FailureSubject[], at: Micros, since: Micros): Promise<readonly Failures[]>;
  clearFailures(subjects: readonly FailureSubject[]): Promise<void>;
}

/** The organisation of projects that were made without one. */
export const DEFAULT_ORGANISATION_ID = "00000000-0000-7000-8000-000000000001";

/** `owner`: everything in the project, members and keys included. `editor`: all but that. `viewer`: no changes. */
export type Role = "owner" | "editor" | "viewer";

export interface Organisation {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly createdAt: Micros;
}

export interface NewUser {
  /** In lower case. */
  readonly email: string;
  readonly name: string;
  /** Hashed; null: signs in elsewhere. */
  readonly password: string | null;
  /** Administrator of the installation. */
  readonly isAdmin: boolean;
}

export interface User {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly isAdmin: boolean;
  readonly hasPassword: boolean;
  readonly createdAt: Micros;
  readonly disabledAt: Micros | null;
}

/** With the hashed password, which nobody but the check of it needs. */
export interface StoredUser extends User {
  readonly password: string | null;
}

export interface UserChange {
  readonly name?: string;
  readonly password?: string;
  readonly isAdmin?: boolean;
  readonly isDisabled?: boolean;
}

/** What a user may do in a project. */
export interface Access {
  readonly projectId: string;
  readonly slug: string;
  readonly name: string;
  readonly organisationId: string;
  /** The highest that applies. An administrator is an owner of everything. */
  readonly role: Role;
  /** The role in the whole organisation; null: only in projects of it. */
  readonly organisationRole: Role | null;
}

export interface MemberKey {
  readonly userId: string;
  /** The role holds in all projects of the organisation, or in this one. */
  readonly reach: "organisation" | "project";
}

export interface Member extends MemberKey {
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly createdAt: Micros;
  readonly disabledAt: Micros | null;
}

export interface NewUserSession {
  readonly userId: string;
  /** Hex sha256 of what the cookie contains. */
  readonly hash: string;
  readonly expiresAt: Micros;
  readonly address: string | null;
  readonly userAgent: string | null;
}

export interface UserSession extends Omit<NewUserSession, "hash"> {
  readonly id: string;
  readonly createdAt: Micros;
}

/** Whose failures are counted: one of 65,536 buckets of each kind. */
export interface FailureSubject {
  readonly kind: "account" | "address" | "device";
  readonly bucket: number;
}

export interface Failures extends FailureSubject {
  /** In a row. */
  readonly failures: number;
  readonly failedAt: Micros;
}
