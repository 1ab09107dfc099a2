import { createHash, randomBytes } from "node:crypto";

import { readTime, type RouteInput } from "@meshhook/contract";
import {
  answeredBy,
  DEFAULT_ORGANISATION_ID,
  type ApiKey,
  type Catalog,
  type People,
  type Project,
  type ProjectChange,
} from "@meshhook/journal";
import { newPseudonymKey, type Engine, type SecretBox } from "@meshhook/runtime";

import type { Authenticator } from "../auth.ts";
import { HttpProblem } from "../http-problem.ts";
import type { Caller } from "../identity/caller.ts";
import { sessionOf } from "../identity/session-resource.ts";
import { ruleIssues } from "../redaction/rule-issues.ts";
import type { RouteTable } from "../route-table.ts";
import type { Handlers } from "./answered-route.ts";
import { keyResource, projectResource } from "./resources.ts";

export interface ProjectHandlerSources {
  readonly engine: Engine;
  readonly catalog: Catalog;
  readonly people: People;
  readonly routes: RouteTable;
  readonly authenticator: Authenticator;
  readonly secrets: SecretBox;
}

const PREFIX_CHARACTERS = 11;

/** The routes about projects, their keys and the caller's own. */
export function createProjectHandlers({
  engine,
  catalog,
  people,
  routes,
  authenticator,
  secrets,
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
  /** With rules for redaction comes the key that they need. */
  const changeOf = (projectId: string, body: RouteInput<"updateProject">["body"]): ProjectChange => {
    const needsKey = body.redaction !== undefined && body.redaction !== null;
    return { ...body, ...(needsKey ? { sealedPseudonymKey: newPseudonymKey(secrets, projectId) } : {}) };
  };
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
  /** Administrators see every project, others the one that they work in. */
  const projectOf = async (caller: Caller, named: string): Promise<Project> => {
    const project = (await catalog.listProjects()).find(({ id, slug }) => id === named || slug === named);
    if (project === undefined || (caller.role !== "admin" && project.id !== caller.projectId))
      throw new HttpProblem("not_found", `There is no project "${named}"`);
    return project;
  };
  const keyOf = async (caller: Caller, keyId: string): Promise<ApiKey> => {
    const key = (await catalog.listApiKeys(caller.projectId)).find(({ id }) => id === keyId);
    if (key === undefined) throw new HttpProblem("not_found", `There is no key "${keyId}" in this project`);
    return key;
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
      const wanted = { slug: body.slug, name: body.name, organisationId };
      const answer = await answeredBy(() => catalog.createProject(wanted), projectResource);
      authenticator.forget();
      return answer;
    },
    getProject: async (caller, { project }) => projectResource(await projectOf(caller, project)),
    updateProject: async (caller, { project, body }) => {
      const { id } = await projectOf(caller, project);
      const issues = ruleIssues("/body/redaction", body.redaction ?? []);
      if (issues.length > 0) {
        const count = issues.length === 1 ? "1 issue" : `${issues.length} issues`;
        throw new HttpProblem("request_invalid", `The request has ${count}`, { issues });
      }
      const changed = await catalog.updateProject(id, changeOf(id, body));
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
      const prefix = key.slice(0, PREFIX_CHARACTERS);
      return answeredBy(
        () => catalog.createApiKey({ projectId, name: body.name, scope: body.scope, hash, prefix, expiresAt }),
        (made) => ({ ...keyResource(made), key }),
      );
    },
    getKey: async (caller, { keyId }) => keyResource(await keyOf(caller, keyId)),
    revokeKey: async (caller, { keyId }) => {
      const key = await keyOf(caller, keyId);
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
