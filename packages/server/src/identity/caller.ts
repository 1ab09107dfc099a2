import type { RouteSpec } from "@meshhook/contract";
import type { Micros } from "@meshhook/core";
import type { Access, ApiKey, ApiKeyScope, Role, User, UserSession } from "@meshhook/journal";

import { HttpProblem } from "../http-problem.ts";

/** Who sent the request: a key, sent itself or through the session that it signed in; or a person. */
export interface Caller {
  readonly kind: "key" | "user";
  /** Of the key or of the user. */
  readonly id: string;
  readonly name: string;
  readonly projectId: string;
  /** What a key with the caller's rights has. */
  readonly scope: ApiKeyScope;
  readonly role: Role | "admin";
  /** May create projects, and change members of the whole organisation. */
  readonly ownsOrganisation: boolean;
  /** Null for a person. */
  readonly key: ApiKey | null;
  /** Null for a key. */
  readonly user: User | null;
  /** The session of a person; null for a key, and for a person who sent a token. */
  readonly session: UserSession | null;
  /** The projects that a person may choose from; null: an administrator's key, which may use all of them, or another key, with its own. */
  readonly access: readonly Access[] | null;
  /** Null without a session. */
  readonly sessionExpiresAt: Micros | null;
}

/** What a route asks of its callers. */
export type Needs = { readonly scope: ApiKeyScope } & Pick<RouteSpec, "role">;

const SCOPE_RANK: { readonly [scope in ApiKeyScope]: number } = { read: 0, write: 1, admin: 2 };
const ROLE_RANK: { readonly [role in Caller["role"]]: number } = { viewer: 0, editor: 1, owner: 2, admin: 3 };
const SCOPE_OF: { readonly [role in Caller["role"]]: ApiKeyScope } = {
  viewer: "read",
  editor: "write",
  owner: "write",
  admin: "admin",
};
/** A key that may write does in its project what owners do: that is what such keys were made for before there were people. */
const ROLE_OF_KEY: { readonly [scope in ApiKeyScope]: Caller["role"] } = {
  read: "viewer",
  write: "owner",
  admin: "admin",
};
const LEAST_ROLE: { readonly [scope in ApiKeyScope]: Caller["role"] } = {
  read: "viewer",
  write: "editor",
  admin: "admin",
};

/** A key in a project: its own or, for an administrator's, any. */
export function callerOfKey(key: ApiKey, projectId: string, sessionExpiresAt: Micros | null): Caller {
  const { id, name, scope } = key;
  return {
    kind: "key",
    id,
    name,
    projectId,
    scope,
    role: ROLE_OF_KEY[scope],
    ownsOrganisation: scope === "admin",
    key,
    user: null,
    session: null,
    access: null,
    sessionExpiresAt,
  };
}

/** A person in one of the person's projects. */
export function callerOfUser(
  user: User,
  access: readonly Access[],
  chosen: Access,
  session: UserSession | null,
): Caller {
  const role = user.isAdmin ? "admin" : chosen.role;
  return {
    kind: "user",
    id: user.id,
    name: user.name,
    projectId: chosen.projectId,
    scope: SCOPE_OF[role],
    role,
    ownsOrganisation: user.isAdmin || chosen.organisationRole === "owner",
    key: null,
    user,
    session,
    access,
    sessionExpiresAt: session?.expiresAt ?? null,
  };
}

/** The one place that decides who may call what. @throws HttpProblem  `scope_insufficient`, `role_insufficient`. */
export function requireRight(caller: Caller, { scope, role }: Needs): void {
  if (caller.kind === "key") {
    if (SCOPE_RANK[caller.scope] < SCOPE_RANK[scope])
      throw new HttpProblem(
        "scope_insufficient",
        `This needs a key with scope ${scope}; the key that was sent has scope ${caller.scope}`,
      );
    return;
  }
  const least = role ?? LEAST_ROLE[scope];
  if (ROLE_RANK[caller.role] < ROLE_RANK[least])
    throw new HttpProblem(
      "role_insufficient",
      least === "admin"
        ? "This needs an administrator of the installation"
        : `This needs the role ${least}; ${caller.user?.email ?? "the caller"} has the role ${caller.role} in this project`,
    );
}

/** @throws HttpProblem  `person_required`. */
export function requirePerson(caller: Caller): User {
  if (caller.user === null)
    throw new HttpProblem("person_required", `This is about a person's account; the key ${caller.name} has none`);
  return caller.user;
}
