import { CatalogConflict, type Catalog, type Member, type MemberKey, type People, type Role } from "@meshhook/journal";

import type { Authenticator } from "../auth.ts";
import { HttpProblem } from "../http-problem.ts";
import type { Caller } from "../identity/caller.ts";
import type { Handlers } from "./answered-route.ts";
import { memberResource, organisationResource } from "./resources.ts";

export interface MemberHandlerSources {
  readonly people: People;
  readonly catalog: Catalog;
  readonly authenticator: Authenticator;
}

/** The routes about organisations and their members. Members are those of the caller's project and its organisation. */
export function createMemberHandlers({
  people,
  catalog,
  authenticator,
}: MemberHandlerSources): Pick<
  Handlers,
  | "listOrganisations"
  | "createOrganisation"
  | "renameOrganisation"
  | "listMembers"
  | "addMember"
  | "changeMember"
  | "removeMember"
> {
  const give = async (caller: Caller, member: MemberKey & { readonly role: Role }): Promise<Member> => {
    requireReach(caller, member);
    const given = await people.setMember(caller.projectId, member);
    if (given === null) throw new HttpProblem("not_found", `There is no user "${member.userId}"`);
    if (given === "last_owner") throw lastOwner();
    authenticator.forget();
    return given;
  };
  const requireMember = async (caller: Caller, { userId, reach }: MemberKey): Promise<void> => {
    const members = await people.listMembers(caller.projectId);
    if (!members.some((member) => member.userId === userId && member.reach === reach))
      throw new HttpProblem("not_found", `The ${reach} has no member "${userId}"`);
  };
  return {
    listOrganisations: async (caller) => {
      const own = new Set(caller.access?.map(({ organisationId }) => organisationId));
      const found = (await people.listOrganisations()).filter(({ id }) => caller.role === "admin" || own.has(id));
      return { items: found.map(organisationResource) };
    },
    createOrganisation: async (_caller, { body }) => {
      try {
        return organisationResource(await people.createOrganisation(body));
      } catch (error) {
        if (error instanceof CatalogConflict)
          throw new HttpProblem("organisation_exists", `An organisation "${body.slug}" already exists`);
        throw error;
      }
    },
    renameOrganisation: async (caller, { organisation, body }) => {
      const found = (await people.listOrganisations()).find(
        ({ id, slug }) => id === organisation || slug === organisation,
      );
      const isVisible =
        found !== undefined &&
        (caller.role === "admin" || caller.access?.some(({ organisationId }) => organisationId === found.id) === true);
      if (!isVisible) throw new HttpProblem("not_found", `There is no organisation "${organisation}"`);
      // The act is recorded in the caller's project, so it must be about that one's organisation.
      const isOwn = (await catalog.listProjects()).some(
        ({ id, organisationId }) => id === caller.projectId && organisationId === found.id,
      );
      if (caller.role !== "admin" && !(isOwn && caller.ownsOrganisation))
        throw new HttpProblem(
          "role_insufficient",
          `This needs an owner of the organisation "${found.slug}", in one of its projects`,
        );
      const renamed = await people.renameOrganisation(found.id, body.name);
      if (renamed === null) throw new HttpProblem("not_found", `There is no organisation "${organisation}"`);
      return organisationResource(renamed);
    },
    listMembers: async ({ projectId }) => ({ items: (await people.listMembers(projectId)).map(memberResource) }),
    addMember: async (caller, { body }) => {
      const { role, reach } = body;
      const user = await people.findUser({ email: body.email.toLowerCase() });
      if (user === null)
        throw new HttpProblem(
          "not_found",
          `There is no user ${body.email}; an administrator of the installation creates users`,
        );
      return memberResource(await give(caller, { userId: user.id, role, reach }));
    },
    changeMember: async (caller, { userId, body }) => {
      await requireMember(caller, { userId, reach: body.reach });
      return memberResource(await give(caller, { userId, ...body }));
    },
    removeMember: async (caller, { userId, reach }) => {
      const member = { userId, reach };
      await requireMember(caller, member);
      requireReach(caller, member);
      const removed = await people.removeMember(caller.projectId, member);
      if (removed === "last_owner") throw lastOwner();
      if (!removed) throw new HttpProblem("not_found", `The ${reach} has no member "${userId}"`);
      authenticator.forget();
      return null;
    },
  };
}

/** An owner of one project does not decide about the others of the organisation. @throws HttpProblem  `role_insufficient`. */
function requireReach(caller: Caller, { reach }: MemberKey): void {
  if (reach === "organisation" && !caller.ownsOrganisation)
    throw new HttpProblem(
      "role_insufficient",
      "Roles in the whole organisation need an owner of the organisation; this caller owns the project only",
    );
}

function lastOwner(): HttpProblem {
  return new HttpProblem("last_owner", "The organisation would have no owner any more; make somebody else one first");
}
