import type { Micros } from "@meshhook/core";

import type {
  Access,
  Failures,
  FailureSubject,
  Member,
  Organisation,
  Role,
  StoredUser,
  User,
  UserSession,
} from "../people.ts";

// Rows about people in SQL and in TypeScript: one type and one mapper per table.

export interface OrganisationColumns {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly created_at: Micros;
}

export function organisationOf({ id, slug, name, created_at }: OrganisationColumns): Organisation {
  return { id, slug, name, createdAt: created_at };
}

export interface UserColumns {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly password: string | null;
  readonly is_admin: boolean;
  readonly created_at: Micros;
  readonly disabled_at: Micros | null;
}

export function userOf({ id, email, name, password, is_admin, created_at, disabled_at }: UserColumns): User {
  return {
    id,
    email,
    name,
    isAdmin: is_admin,
    hasPassword: password !== null,
    createdAt: created_at,
    disabledAt: disabled_at,
  };
}

export function storedUserOf(row: UserColumns): StoredUser {
  return { ...userOf(row), password: row.password };
}

export interface AccessColumns {
  readonly project_id: string;
  readonly slug: string;
  readonly name: string;
  readonly organisation_id: string;
  readonly role: Role;
  readonly organisation_role: Role | null;
}

export function accessOf(row: AccessColumns): Access {
  return {
    projectId: row.project_id,
    slug: row.slug,
    name: row.name,
    organisationId: row.organisation_id,
    role: row.role,
    organisationRole: row.organisation_role,
  };
}

export interface MemberColumns {
  readonly user_id: string;
  readonly project_id: string | null;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly created_at: Micros;
  readonly disabled_at: Micros | null;
}

export function memberOf(row: MemberColumns): Member {
  return {
    userId: row.user_id,
    reach: row.project_id === null ? "organisation" : "project",
    email: row.email,
    name: row.name,
    role: row.role,
    createdAt: row.created_at,
    disabledAt: row.disabled_at,
  };
}

export interface UserSessionColumns {
  readonly id: string;
  readonly user_id: string;
  readonly created_at: Micros;
  readonly expires_at: Micros;
  readonly address: string | null;
  readonly user_agent: string | null;
}

export function userSessionOf(row: UserSessionColumns): UserSession {
  return {
    id: row.id,
    userId: row.user_id,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    address: row.address,
    userAgent: row.user_agent,
  };
}

/** The session's own columns beside those of its user. */
export interface FoundSessionColumns extends UserColumns, Omit<UserSessionColumns, "id" | "created_at"> {
  readonly session_id: string;
  readonly session_created_at: Micros;
}

export interface FailureColumns {
  readonly kind: FailureSubject["kind"];
  readonly bucket: number;
  readonly failures: number;
  readonly failed_at: Micros;
}

export function failuresOf({ kind, bucket, failures, failed_at }: FailureColumns): Failures {
  return { kind, bucket, failures, failedAt: failed_at };
}
