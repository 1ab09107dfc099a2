import { formatTime, type RouteOutput } from "@meshhook/contract";
import type { Catalog, People } from "@meshhook/journal";

import type { Caller } from "./caller.ts";

/** The caller and the project, so that people see who they are signed in as. */
export async function sessionOf(
  { catalog, people }: { readonly catalog: Catalog; readonly people: People },
  caller: Caller,
): Promise<RouteOutput<"getSession">> {
  const { key, user, role, projectId, ownsOrganisation, access, sessionExpiresAt } = caller;
  const project = (await catalog.listProjects()).find(({ id }) => id === projectId);
  const organisation = (await people.listOrganisations()).find(({ id }) => id === project?.organisationId);
  if (project === undefined || organisation === undefined)
    throw new Error(`${caller.kind} ${caller.id} refers to project ${projectId}, which does not exist`);
  const place = { id: project.id, slug: project.slug, name: project.name };
  return {
    key: key === null ? null : { id: key.id, name: key.name, scope: key.scope, prefix: key.prefix },
    user: user === null ? null : { id: user.id, email: user.email, name: user.name, hasPassword: user.hasPassword },
    role,
    project: place,
    organisation: { id: organisation.id, slug: organisation.slug, name: organisation.name },
    ownsOrganisation,
    projects: access === null ? [place] : access.map(({ projectId: id, slug, name }) => ({ id, slug, name })),
    expiresAt: sessionExpiresAt === null ? null : formatTime(sessionExpiresAt),
  };
}
