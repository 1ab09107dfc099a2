import { createHash, randomBytes } from "node:crypto";

import { readTime } from "@meshhook/contract";
import { DEFAULT_ORGANISATION_ID, type Catalog, type People } from "@meshhook/journal";
import type { Engine } from "@meshhook/runtime";

import type { Authenticator } from "../auth.ts";
import { HttpProblem } from "../http-problem.ts";
import type { Caller } from "../identity/caller.ts";
import { sessionOf } from "../identity/session-resource.ts";
import type { RouteTable } from "../route-table.ts";
import type { Handlers } from "./answered-route.ts";
import { keyResource, projectResource } from "./resources.ts";

export interface ProjectHandlerSources {
  readonly engine: Engine;
  readonly catalog: Catalog;
  readonly people: People;
  readonly routes: RouteTable;
  readonly authenticator: Authenticator;
}

const PREFIX_CHARACTERS = 11;

/** The routes about projects, their keys and the caller's own. */
export function createProjectHandlers({
  engine,
  catalog,
  people,
  routes,
  authenticator,
}: ProjectHandlerSources): Pick<
  Handlers,
  "getSession" | "listProjects" | "createProject" | "updateProject" | "listKeys" | "createKey" | "revokeKey"
> {
  /** People create projects in the organisation that they work in: the act is recorded there. */
  const organisationFor = async (caller: Caller, named: string | undefined): Promise<string> => {
    const current = (await catalog.listProjects()).find(({ id }) => id === caller.projectId)?.organisationId;
    const found =
      named === undefined
        ? { id: current ?? DEFAULT_ORGANISATION_ID }
        : (await people.listOrganisations()).find(({ id, slug }) => id === named || slug === named);
    if (found === undefined || (caller.role !== "admin" && found.id !== current))
      throw new HttpProblem("not_found", `There is no organisation "${named}" that this project belongs to`);
    if (!caller.ownsOrganisation)
      throw new HttpProblem("role_insufficient", "Creating a project needs an owner of the whole organisation");
    return found.id;
  };
  return {
    getSession: (caller) => sessionOf({ catalog, people }, caller),

    listProjects: async (caller) => {
      const own = new Set(caller.access?.map(({ projectId }) => projectId));
      const found = (await catalog.listProjects()).filter(({ id }) => caller.role === "admin" || own.has(id));
      return { items: found.map(projectResource) };
    },
    createProject: async (caller, { body }) => {
      const organisationId = await organisationFor(caller, body.organisation);
      const taken = (await catalog.listProjects()).some(({ slug }) => slug === body.slug);
      if (taken)
        throw new HttpProblem("project_exists", `A project "${body.slug}" already exists; choose another slug`);
      const created = await catalog.createProject({ slug: body.slug, name: body.name, organisationId });
      authenticator.forget();
      return projectResource(created);
    },
    updateProject: async (caller, { project, body }) => {
      const stored = (await catalog.listProjects()).find(({ id, slug }) => id === project || slug === project);
      const isOpen = caller.role === "admin" || stored?.id === caller.projectId;
      const changed = stored === undefined || !isOpen ? null : await catalog.updateProject(stored.id, body);
      if (changed === null) throw new HttpProblem("not_found", `There is no project "${project}"`);
      await engine.readAdmissionRules();
      await routes.refresh();
      return projectResource(changed);
    },

    listKeys: async (caller) => ({ items: (await catalog.listApiKeys(caller.projectId)).map(keyResource) }),
    createKey: async (caller, { body }) => {
      const projectId = body.projectId ?? caller.projectId;
      if (
        projectId !== caller.projectId &&
        (caller.scope !== "admin" || !(await catalog.listProjects()).some(({ id }) => id === projectId))
      ) {
        throw new HttpProblem("not_found", `There is no project "${projectId}"`);
      }
      if (body.scope === "admin" && caller.scope !== "admin")
        throw new HttpProblem("scope_insufficient", "Only an administrator can create an admin key");
      const expiresAt = expiryOf(body.expiresAt ?? null);
      const key = `mh_${randomBytes(32).toString("base64url")}`;
      const hash = createHash("sha256").update(key).digest("hex");
      const made = await catalog.createApiKey({
        projectId,
        name: body.name,
        scope: body.scope,
        hash,
        prefix: key.slice(0, PREFIX_CHARACTERS),
        expiresAt,
      });
      return { ...keyResource(made), key };
    },
    revokeKey: async (caller, { keyId }) => {
      const key = (await catalog.listApiKeys(caller.projectId)).find(({ id }) => id === keyId);
      if (key === undefined) throw new HttpProblem("not_found", `There is no key "${keyId}" in this project`);
      if (key.scope === "admin" && caller.scope !== "admin")
        throw new HttpProblem("scope_insufficient", "Only an administrator can revoke an admin key");
      await catalog.revokeApiKey(caller.projectId, keyId);
      authenticator.forget();
      return null;
    },
  };
}

/** @throws HttpProblem  `request_invalid`. */
function expiryOf(text: string | null): number | null {
  if (text === null) return null;
  const expiresAt = readTime(text);
  if (expiresAt === null || expiresAt <= Date.now() * 1_000)
    throw new HttpProblem("request_invalid", `expiresAt "${text}" is not a time (RFC 3339) in the future`);
  return expiresAt;
}
