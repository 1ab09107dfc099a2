import { CatalogConflict, type People, type User } from "@meshhook/journal";

import type { Authenticator } from "../auth.ts";
import { HttpProblem } from "../http-problem.ts";
import type { Passwords } from "../identity/passwords.ts";
import type { Handlers } from "./answered-route.ts";
import { userResource } from "./resources.ts";

export interface UserHandlerSources {
  readonly people: People;
  readonly passwords: Passwords;
  readonly authenticator: Authenticator;
}

/** The routes with which administrators of the installation create people and take them out. */
export function createUserHandlers({
  people,
  passwords,
  authenticator,
}: UserHandlerSources): Pick<
  Handlers,
  "listUsers" | "createUser" | "updateUser" | "resetPassword" | "endUserSessions" | "linkIdentity"
> {
  const requireUser = async (id: string): Promise<User> => {
    const user = await people.findUser({ id });
    if (user === null) throw new HttpProblem("not_found", `There is no user "${id}"`);
    return user;
  };
  return {
    listUsers: async () => ({ items: (await people.listUsers()).map(userResource) }),
    createUser: async (_caller, { body }) => {
      const email = body.email.toLowerCase();
      const password = body.password === undefined ? null : await passwords.hash(body.password);
      try {
        return userResource(
          await people.createUser({ email, name: body.name, password, isAdmin: body.isAdmin ?? false }),
        );
      } catch (error) {
        if (error instanceof CatalogConflict)
          throw new HttpProblem("user_exists", `There is a user with the address ${email} already`);
        throw error;
      }
    },
    updateUser: async (_caller, { userId, body }) => {
      const user = await requireUser(userId);
      const goes = body.isAdmin === false || body.isDisabled === true;
      const admins = (await people.listUsers()).filter(({ isAdmin, disabledAt }) => isAdmin && disabledAt === null);
      if (goes && admins.length === 1 && admins[0]?.id === user.id)
        throw new HttpProblem("last_admin", `${user.email} is the only administrator; make somebody else one first`);
      const changed = await people.updateUser(userId, body);
      if (changed === null) throw new HttpProblem("not_found", `There is no user "${userId}"`);
      authenticator.forget();
      return userResource(changed);
    },
    resetPassword: async (_caller, { userId, body }) => {
      await requireUser(userId);
      const changed = await people.updateUser(userId, { password: await passwords.hash(body.password) });
      if (changed === null) throw new HttpProblem("not_found", `There is no user "${userId}"`);
      authenticator.forget();
      return userResource(changed);
    },
    endUserSessions: async (_caller, { userId }) => {
      const { id } = await requireUser(userId);
      await people.endSessions(id, { exceptId: null });
      authenticator.forget();
      return null;
    },
    linkIdentity: async (_caller, { userId, body }) => {
      const user = await requireUser(userId);
      if (!(await people.linkIdentity({ ...body, userId: user.id })))
        throw new HttpProblem(
          "identity_linked",
          `The subject "${body.subject}" of ${body.issuer} is linked to another user, or ${user.email} to another subject`,
        );
      authenticator.forget();
      return userResource(user);
    },
  };
}
