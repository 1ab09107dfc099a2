import type { RouteOutput } from "@meshhook/contract";
import type { FastifyRequest } from "fastify";

import type { Authenticator } from "../auth.ts";
import type { HealthCheck } from "../health/health-check.ts";
import type { OpenHandlers } from "./session-routes.ts";

/** Whoever asks learns whether all is well; an administrator learns how each component is. */
export function createHealthHandler(sources: {
  readonly check: HealthCheck;
  readonly authenticator: Authenticator;
}): Pick<OpenHandlers, "getHealth"> {
  const { authenticator, check } = sources;
  return {
    getHealth: async (_input, request): Promise<RouteOutput<"getHealth">> => {
      const isAdmin = await asksAsAdmin(request, authenticator);
      const { at, components, processes, status, version } = await check.check();
      return isAdmin ? { status, version, at, components, processes } : { status, version, at };
    },
  };
}

/** False without a key. @throws HttpProblem  `unauthenticated`: one was sent, and it is unknown. */
async function asksAsAdmin(request: FastifyRequest, authenticator: Authenticator): Promise<boolean> {
  const { authorization, cookie } = request.headers;
  if (authorization === undefined && cookie === undefined) return false;
  const caller = await authenticator.caller(request, { scope: "read" }).catch((error: unknown) => {
    // Cookies of other things are sent along by browsers; whoever sends a key wants to know that it is wrong.
    if (authorization === undefined) return null;
    throw error;
  });
  return caller?.scope === "admin";
}
