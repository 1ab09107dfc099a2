import { formatTime } from "@meshhook/contract";
import type { People } from "@meshhook/journal";

import type { Authenticator } from "../auth.ts";
import { HttpProblem } from "../http-problem.ts";
import { requirePerson } from "../identity/caller.ts";
import type { Passwords } from "../identity/passwords.ts";
import type { SignInDelays } from "../identity/sign-in-delays.ts";
import type { Handlers } from "./answered-route.ts";

export interface AccountHandlerSources {
  readonly people: People;
  readonly passwords: Passwords;
  readonly delays: SignInDelays;
  readonly authenticator: Authenticator;
}

/** The routes about the caller's own account. */
export function createAccountHandlers({
  people,
  passwords,
  delays,
  authenticator,
}: AccountHandlerSources): Pick<Handlers, "changePassword" | "listSessions" | "endSession" | "endOtherSessions"> {
  return {
    changePassword: async (caller, { body }) => {
      const { id, email } = requirePerson(caller);
      // Whoever has found an open session could otherwise try passwords here.
      const attempt = { email, address: null, isKnownDevice: true };
      await delays.requireTurn(attempt);
      const stored = await people.findUser({ id });
      if (!(await passwords.isRight(body.current, stored?.password ?? null))) {
        await delays.failed(attempt);
        throw new HttpProblem("sign_in_failed", "The current password is wrong");
      }
      await delays.succeeded(attempt);
      await people.updateUser(id, { password: await passwords.hash(body.password) }, caller.session?.id);
      authenticator.forget();
      return null;
    },
    listSessions: async (caller) => {
      const sessions = caller.user === null ? [] : await people.listSessions(caller.user.id);
      return {
        items: sessions.map(({ id, createdAt, expiresAt, address, userAgent }) => ({
          id,
          isCurrent: id === caller.session?.id,
          createdAt: formatTime(createdAt),
          expiresAt: formatTime(expiresAt),
          address,
          userAgent,
        })),
      };
    },
    endSession: async (caller, { sessionId }) => {
      const ended = caller.user === null ? 0 : await people.endSessions(caller.user.id, { id: sessionId });
      if (ended === 0) throw new HttpProblem("not_found", `There is no session "${sessionId}" of yours`);
      authenticator.forget();
      return null;
    },
    endOtherSessions: async (caller) => {
      await people.endSessions(requirePerson(caller).id, { exceptId: caller.session?.id ?? null });
      authenticator.forget();
      return null;
    },
  };
}
