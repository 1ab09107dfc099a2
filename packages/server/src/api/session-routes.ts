import type { RouteInput, RouteOutput } from "@meshhook/contract";
import type { FastifyReply, FastifyRequest } from "fastify";

import { requireOwnOrigin } from "../auth.ts";
import { HttpProblem } from "../http-problem.ts";
import { callerOfKey } from "../identity/caller.ts";
import type { Provider } from "../identity/provider.ts";
import { sessionOf } from "../identity/session-resource.ts";
import { isEncrypted, SignIns, type SignInSources } from "../identity/sign-ins.ts";
import { requestOrigin } from "../request-origin.ts";
import { SESSION_S } from "../sessions.ts";

type OpenRoute =
  | "getHealth"
  | "signIn"
  | "signOut"
  | "getSignInOptions"
  | "signInWithPassword"
  | "createFirstUser"
  | "beginProviderSignIn"
  | "finishProviderSignIn"
  | "chooseProject";

/** Routes that give, change and take cookies, and the one that says whether all is well. Those that need a caller look for it themselves. */
export type OpenHandlers = {
  readonly [Name in OpenRoute]: (
    input: RouteInput<Name>,
    request: FastifyRequest,
    reply: FastifyReply,
  ) => Promise<RouteOutput<Name>>;
};

/** Signing in and out. A wrong key costs one look-up by hash, with or without a session. */
export function createOpenHandlers(
  sources: SignInSources & { readonly provider: Provider | null },
): Omit<OpenHandlers, "getHealth"> {
  const { people, acts, sessions, authenticator, passwords, provider } = sources;
  const signIns = new SignIns(sources);
  return {
    getSignInOptions: async () => ({
      hasUsers: (await people.listUsers()).length > 0,
      provider: provider === null ? null : { name: provider.name },
    }),
    signIn: async ({ body }, request, reply) => {
      requireOwnPage(request);
      const key = await authenticator.keyOf(body.key);
      const sessionExpiresAt = Date.now() * 1_000 + SESSION_S * 1_000_000;
      const caller = callerOfKey(key, key.projectId, sessionExpiresAt);
      await acts.record("signIn", caller, {}, request, async () => null);
      const value = sessions.seal({ keyHash: key.hash, expiresAt: sessionExpiresAt });
      reply.header("set-cookie", sessions.setCookie(value, isEncrypted(request)));
      return sessionOf(sources, caller);
    },
    signInWithPassword: async ({ body }, request, reply) => {
      requireOwnPage(request);
      return signIns.withPassword(body, request, reply);
    },
    createFirstUser: async ({ body }, request, reply) => {
      requireOwnPage(request);
      const key = await authenticator.keyOf(body.key);
      if (key.scope !== "admin")
        throw new HttpProblem(
          "scope_insufficient",
          `This needs a key with scope admin; this one has scope ${key.scope}`,
        );
      const user = { email: body.email.toLowerCase(), name: body.name, password: await passwords.hash(body.password) };
      const caller = callerOfKey(key, key.projectId, null);
      const created = await acts.record("createFirstUser", caller, {}, request, () => people.createFirstUser(user));
      if (created === null)
        throw new HttpProblem(
          "users_exist",
          "There are users already; sign in, or have an administrator create the user",
        );
      return signIns.open("signInWithPassword", created, request, reply);
    },
    beginProviderSignIn: async (_input, request, reply) => {
      requireOwnPage(request);
      const begun = await configured(provider).begin(request);
      reply.header("set-cookie", begun.cookie);
      return { url: begun.url };
    },
    finishProviderSignIn: async ({ body }, request, reply) => {
      requireOwnPage(request);
      const user = await configured(provider).finish(body.query, request);
      return signIns.open("finishProviderSignIn", user, request, reply);
    },
    chooseProject: async ({ body }, request, reply) => {
      const caller = await authenticator.caller(request, { scope: "read" }, true);
      const person = sessions.personOf(sessions.cookieOf(request.headers.cookie) ?? "");
      if (caller.session === null || person === null)
        throw new HttpProblem("person_required", "Only a person who is signed in chooses a project; a key has its own");
      const headers = { ...request.headers, "meshhook-project": body.project };
      const chosen = await authenticator.caller({ method: request.method, headers }, { scope: "read" });
      const value = sessions.valueOf({ ...person, projectId: chosen.projectId });
      reply.header("set-cookie", sessions.setCookie(value, isEncrypted(request)));
      return sessionOf(sources, chosen);
    },
    signOut: async (_input, request, reply) => {
      const cookie = sessions.cookieOf(request.headers.cookie);
      if (cookie !== null) {
        requireOwnOrigin(request.headers);
        if (sessions.personOf(cookie) !== null) await authenticator.endSession(cookie);
      }
      reply.header("set-cookie", sessions.setCookie("", isEncrypted(request)));
      return null;
    },
  };
}

/**
 * Otherwise another site could sign its visitor in with its own key and see what the visitor does.
 *
 * @throws HttpProblem  `cross_site_request`.
 */
function requireOwnPage(request: FastifyRequest): void {
  if (requestOrigin(request.headers) === "foreign")
    throw new HttpProblem("cross_site_request", "Sign in on a page of this MeshHook installation, not on another site");
}

/** @throws HttpProblem  `not_found`. */
function configured(provider: Provider | null): Provider {
  if (provider === null)
    throw new HttpProblem("not_found", "No identity provider is configured; set MESHHOOK_OIDC_ISSUER");
  return provider;
}
