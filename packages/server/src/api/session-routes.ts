import type { TLSSocket } from "node:tls";

import type { RouteInput, RouteOutput } from "@meshhook/contract";
import type { Catalog } from "@meshhook/journal";
import type { FastifyReply, FastifyRequest } from "fastify";

import { requireOwnOrigin, type Authenticator, type Caller } from "../auth.ts";
import { HttpProblem } from "../http-problem.ts";
import { requestOrigin } from "../request-origin.ts";
import { SESSION_S, type Sessions } from "../sessions.ts";
import type { Acts } from "./acts.ts";
import { sessionResource } from "./resources.ts";

/** Routes that need no key: they create and end the sessions that the others require, and one says whether all is well. */
export interface OpenHandlers {
  signIn(input: RouteInput<"signIn">, request: FastifyRequest, reply: FastifyReply): Promise<RouteOutput<"signIn">>;
  signOut(input: RouteInput<"signOut">, request: FastifyRequest, reply: FastifyReply): Promise<null>;
  getHealth(
    input: RouteInput<"getHealth">,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<RouteOutput<"getHealth">>;
}

/** Signing in and out. A wrong key costs one look-up by hash, with or without a session. */
export function createOpenHandlers(sources: {
  readonly catalog: Catalog;
  readonly acts: Acts;
  readonly sessions: Sessions;
  readonly authenticator: Authenticator;
}): Pick<OpenHandlers, "signIn" | "signOut"> {
  const { catalog, acts, sessions, authenticator } = sources;
  return {
    signIn: async ({ body }, request, reply) => {
      // Otherwise another site could sign its visitor in with its own key and see what the visitor does.
      if (requestOrigin(request.headers) === "foreign")
        throw new HttpProblem(
          "cross_site_request",
          "Sign in on a page of this MeshHook installation, not on another site",
        );
      const key = await authenticator.keyOf(body.key);
      const sessionExpiresAt = Date.now() * 1_000 + SESSION_S * 1_000_000;
      const caller = { ...key, sessionExpiresAt };
      const session = await acts.record("signIn", caller, {}, request, () => sessionOf(catalog, caller));
      const value = sessions.seal({ keyHash: key.hash, expiresAt: sessionExpiresAt });
      reply.header("set-cookie", sessions.setCookie(value, isEncrypted(request)));
      return session;
    },
    signOut: async (_input, request, reply) => {
      if (sessions.cookieOf(request.headers.cookie) !== null) requireOwnOrigin(request.headers);
      reply.header("set-cookie", sessions.setCookie("", isEncrypted(request)));
      return null;
    },
  };
}

/** The caller and its project, so that people see who they are signed in as. */
export async function sessionOf(catalog: Catalog, caller: Caller): Promise<RouteOutput<"getSession">> {
  const project = (await catalog.listProjects()).find(({ id }) => id === caller.projectId);
  if (project === undefined)
    throw new Error(`key ${caller.id} refers to project ${caller.projectId}, which does not exist`);
  return sessionResource(caller, project);
}

/** True when the browser spoke https, to us or to the proxy in front. */
function isEncrypted(request: FastifyRequest): boolean {
  const forwarded = request.headers["x-forwarded-proto"];
  const scheme = (typeof forwarded === "string" ? forwarded : "").split(",", 1)[0]?.trim().toLowerCase();
  return scheme === "https" || (request.raw.socket as Partial<TLSSocket>).encrypted === true;
}
