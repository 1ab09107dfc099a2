import { createHash, randomBytes } from "node:crypto";

import type { RouteInput } from "@meshhook/contract";
import type { Catalog, ProjectChange } from "@meshhook/journal";
import { newPseudonymKey, type Engine, type SecretBox } from "@meshhook/runtime";

import type { Authenticator } from "../auth.ts";
import { HttpProblem } from "../http-problem.ts";
import { ruleIssues } from "../redaction/rule-issues.ts";
import type { RouteTable } from "../route-table.ts";
import type { Handlers } from "./answered-route.ts";
import { keyResource, projectResource } from "./resources.ts";
import { sessionOf } from "./session-routes.ts";

export interface ProjectHandlerSources {
  readonly engine: Engine;
  readonly catalog: Catalog;
  readonly routes: RouteTable;
  readonly authenticator: Authenticator;
  readonly secrets: SecretBox;
}

const PREFIX_CHARACTERS = 11;

/** The routes about projects, their keys and the caller's own. */
export function createProjectHandlers({
  engine,
  catalog,
  routes,
  authenticator,
  secrets,
}: ProjectHandlerSources): Pick<
  Handlers,
  "getSession" | "listProjects" | "createProject" | "updateProject" | "listKeys" | "createKey" | "revokeKey"
> {
  /** With rules for redaction comes the key that they need. */
  const changeOf = (projectId: string, body: RouteInput<"updateProject">["body"]): ProjectChange => {
    const needsKey = body.redaction !== undefined && body.redaction !== null;
    return { ...body, ...(needsKey ? { sealedPseudonymKey: newPseudonymKey(secrets, projectId) } : {}) };
  };
  return {
    getSession: (caller) => sessionOf(catalog, caller),

    listProjects: async () => ({ items: (await catalog.listProjects()).map(projectResource) }),
    createProject: async (_caller, { body }) => {
      const taken = (await catalog.listProjects()).some(({ slug }) => slug === body.slug);
      if (taken)
        throw new HttpProblem("project_exists", `A project "${body.slug}" already exists; choose another slug`);
      return projectResource(await catalog.createProject(body));
    },
    updateProject: async (_caller, { project, body }) => {
      const stored = (await catalog.listProjects()).find(({ id, slug }) => id === project || slug === project);
      const issues = ruleIssues("/body/redaction", body.redaction ?? []);
      if (issues.length > 0)
        throw new HttpProblem("request_invalid", `The request has ${issues.length} issues`, { issues });
      const changed = stored === undefined ? null : await catalog.updateProject(stored.id, changeOf(stored.id, body));
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
      const made = await catalog.createApiKey({
        projectId,
        name: body.name,
        scope: body.scope,
        hash,
        prefix: key.slice(0, PREFIX_CHARACTERS),
      });
      return { ...keyResource(made), key };
    },
    revokeKey: async (caller, { keyId }) => {
      const key = (await catalog.listApiKeys(caller.projectId)).find(({ id }) => id === keyId);
      if (key === undefined) throw new HttpProblem("not_found", `There is no key "${keyId}" in this project`);
      if (key.scope === "admin" && caller.scope !== "admin")
        throw new HttpProblem("scope_insufficient", "Only an admin key can revoke an admin key");
      await catalog.revokeApiKey(caller.projectId, keyId);
      authenticator.forget();
      return null;
    },
  };
}
