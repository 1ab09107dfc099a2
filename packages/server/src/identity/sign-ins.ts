import type { TLSSocket } from "node:tls";

import type { RouteName, RouteOutput } from "@meshhook/contract";
import type { Catalog, People, StoredUser, User } from "@meshhook/journal";
import type { Logger } from "@meshhook/runtime";
import type { FastifyReply, FastifyRequest } from "fastify";

import type { Acts } from "../api/acts.ts";
import { hashOf, type Authenticator } from "../auth.ts";
import { HttpProblem } from "../http-problem.ts";
import { SESSION_S, type Sessions } from "../sessions.ts";
import { callerOfUser } from "./caller.ts";
import type { Passwords } from "./passwords.ts";
import { sessionOf } from "./session-resource.ts";
import type { Attempt, SignInDelays } from "./sign-in-delays.ts";

export interface SignInSources {
  readonly catalog: Catalog;
  readonly people: People;
  readonly acts: Acts;
  readonly sessions: Sessions;
  readonly authenticator: Authenticator;
  readonly passwords: Passwords;
  readonly delays: SignInDelays;
  readonly log: Logger;
}

const USER_AGENT_CHARACTERS = 200;

/** Opens the sessions of people. */
export class SignIns {
  readonly #sources: SignInSources;

  constructor(sources: SignInSources) {
    this.#sources = sources;
  }

  /**
   * A wrong password, an unknown address and a disabled user get the same answer after the same work.
   *
   * @throws HttpProblem  `sign_in_failed`, `sign_in_delayed`, `overloaded`, `project_closed`.
   */
  async withPassword(
    given: { readonly email: string; readonly password: string },
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<RouteOutput<"signInWithPassword">> {
    const { people, sessions, passwords, delays, acts } = this.#sources;
    const email = given.email.toLowerCase();
    const user = await people.findUser({ email });
    const attempt: Attempt = {
      email,
      address: acts.addressOf(request),
      isKnownDevice: user !== null && sessions.isKnownDevice(request.headers.cookie, user.id),
    };
    await delays.requireTurn(attempt);
    const isRight = await passwords.isRight(given.password, user?.password ?? null);
    if (user === null || !isRight || user.disabledAt !== null) {
      const count = await delays.failed(attempt);
      // In the background: the answer must not show by its time that there is such a user.
      void this.#noteFailure(user, count, request);
      throw new HttpProblem("sign_in_failed", "The e-mail address or the password is wrong");
    }
    await delays.succeeded(attempt);
    const session = await this.open("signInWithPassword", user, request, reply);
    reply.header("set-cookie", sessions.setDevice(user.id, isEncrypted(request)));
    return session;
  }

  /** Opens a session of a person who has proved who it is. @throws HttpProblem  `project_closed`. */
  async open(
    action: RouteName,
    user: User,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<RouteOutput<"getSession">> {
    const { people, sessions, authenticator, acts } = this.#sources;
    const access = await authenticator.firstAccess(user);
    const token = sessions.newToken();
    const userAgent = request.headers["user-agent"]?.slice(0, USER_AGENT_CHARACTERS) ?? null;
    const place = callerOfUser(user, access, access[0], null);
    const opened = await acts.record(action, place, {}, request, async () => {
      const session = await people.openSession({
        userId: user.id,
        hash: hashOf(token),
        expiresAt: Date.now() * 1_000 + SESSION_S * 1_000_000,
        address: acts.addressOf(request),
        userAgent,
      });
      return [session] as const;
    });
    const caller = callerOfUser(user, access, access[0], opened[0]);
    const value = sessions.valueOf({ token, projectId: caller.projectId });
    reply.header("set-cookie", sessions.setCookie(value, isEncrypted(request)));
    return sessionOf(this.#sources, caller);
  }

  /** The first, second, fourth, eighth … of a row, so that a flood does not fill the audit log. */
  async #noteFailure(user: StoredUser | null, count: number, request: FastifyRequest): Promise<void> {
    const { acts, people, log } = this.#sources;
    if (!Number.isInteger(Math.log2(count))) return;
    log.warn({ address: acts.addressOf(request), userId: user?.id ?? null, inARow: count }, "a sign-in has failed");
    try {
      const [first] = user === null ? [] : await people.listAccess(user.id);
      if (user !== null && first !== undefined) await acts.recordFailedSignIn(first.projectId, user, request);
    } catch (error) {
      log.warn({ error: String(error) }, "cannot record a failed sign-in");
    }
  }
}

/** True when the browser spoke https, to us or to the proxy in front. */
export function isEncrypted(request: FastifyRequest): boolean {
  const forwarded = request.headers["x-forwarded-proto"];
  const scheme = (typeof forwarded === "string" ? forwarded : "").split(",", 1)[0]?.trim().toLowerCase();
  return scheme === "https" || (request.raw.socket as Partial<TLSSocket>).encrypted === true;
}
