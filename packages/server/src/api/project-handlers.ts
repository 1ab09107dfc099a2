import { createHash, randomBytes } from "node:crypto";

import { answeredBy, type ApiKey, type Catalog, type Project } from "@meshhook/journal";
import type { Engine } from "@meshhook/runtime";

import type { Authenticator, Caller } from "../auth.ts";
import { HttpProblem } from "../http-problem.ts";
import type { RouteTable } from "../route-table.ts";
import type { Handlers } from "./answered-route.ts";
import { keyResource, projectResource } from "./resources.ts";
import { sessionOf } from "./session-routes.ts";

export interface ProjectHandlerSources {
  readonly engine: Engine;
  readonly catalog: Catalog;
  readonly routes: RouteTable;
  readonly authenticator: Authenticator;
}

const PREFIX_CHARACTERS = 11;

/** The routes about projects, their keys and the caller's own. */
export function createProjectHandlers({
  engine,
  catalog,
  routes,
  authenticator,
}: ProjectHandlerSources): Pick<
  Handlers,
  | "getSession"
  | "listProjects"
  | "createProject"
  | "getProject"
  | "updateProject"
  | "listKeys"
  | "createKey"
  | "getKey"
  | "revokeKey"
> {
  const projectOf = async (named: string): Promise<Project> => {
    const project = (await catalog.listProjects()).find(({ id, slug }) => id === named || slug === named);
    if (project === undefined) throw new HttpProblem("not_found", `There is no project "${named}"`);
    return project;
  };
  const keyOf = async (caller: Caller, keyId: string): Promise<ApiKey> => {
    const key = (await catalog.listApiKeys(caller.projectId)).find(({ id }) => id === keyId);
    if (key === undefined) throw new HttpProblem("not_found", `There is no key "${keyId}" in this project`);
    return key;
  };

  return {
    getSession: (caller) => sessionOf(catalog, caller),

    listProjects: async () => ({ items: (await catalog.listProjects()).map(projectResource) }),
    createProject: async (_caller, { body }) => {
      const taken = (await catalog.listProjects()).some(({ slug }) => slug === body.slug);
      if (taken)
        throw new HttpProblem("project_exists", `A project "${body.slug}" already exists; choose another slug`);
      return answeredBy(() => catalog.createProject(body), projectResource);
    },
    getProject: async (_caller, { project }) => projectResource(await projectOf(project)),
    updateProject: async (_caller, { project, body }) => {
      const changed = await catalog.updateProject((await projectOf(project)).id, body);
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
        throw new HttpProblem("scope_insufficient", "Only an admin key can create an admin key");
      const key = `mh_${randomBytes(32).toString("base64url")}`;
      const hash = createHash("sha256").update(key).digest("hex");
      const prefix = key.slice(0, PREFIX_CHARACTERS);
      return answeredBy(
        () => catalog.createApiKey({ projectId, name: body.name, scope: body.scope, hash, prefix }),
        (made) => ({ ...keyResource(made), key }),
      );
    },
    getKey: async (caller, { keyId }) => keyResource(await keyOf(caller, keyId)),
    revokeKey: async (caller, { keyId }) => {
      const key = await keyOf(caller, keyId);
      if (key.scope === "admin" && caller.scope !== "admin")
        throw new HttpProblem("scope_insufficient", "Only an admin key can revoke an admin key");
      await catalog.revokeApiKey(caller.projectId, keyId);
      authenticator.forget();
      return null;
    },
  };
}
