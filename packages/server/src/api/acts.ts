import { routes, type RouteName, type RouteSpec } from "@meshhook/contract";
import type { Audit } from "@meshhook/journal";
import type { FastifyRequest } from "fastify";

import type { Caller } from "../auth.ts";
import { clientAddressOf, type AddressList } from "../intake/acceptance/address-list.ts";

/** The work of runs: senders use these like webhooks, and the runs' facts record it. */
const RECORDED_BY_RUNS: ReadonlySet<string> = new Set(["signalRun", "linkSignal"]);

/** Whether calls of a route are recorded in the audit log: those that may change something. */
export function isAudited(name: string, { method, scope }: RouteSpec): boolean {
  return method !== "GET" && scope !== "read" && scope !== null && !RECORDED_BY_RUNS.has(name);
}

/** Has the audit log record what callers do with the routes of the API. */
export class Acts {
  readonly #audit: Audit;
  readonly #proxies: AddressList | null;

  constructor(audit: Audit, proxies: AddressList | null) {
    this.#audit = audit;
    this.#proxies = proxies;
  }

  /** Runs `work` as the act of a caller. */
  record<T>(
    name: RouteName,
    caller: Caller,
    input: { readonly [name: string]: unknown },
    request: FastifyRequest,
    work: () => Promise<T>,
  ): Promise<T> {
    const { tag, path } = routes[name];
    const parameter = /\{(\w+)\}/.exec(path)?.[1];
    const named = parameter === undefined ? undefined : input[parameter];
    const act = {
      projectId: caller.projectId,
      action: name,
      actor: {
        kind: caller.sessionExpiresAt === null ? ("key" as const) : ("session" as const),
        id: caller.id,
        name: caller.name,
      },
      resource: { kind: tag.replace(/ies$/, "y").replace(/s$/, ""), id: typeof named === "string" ? named : null },
      address: clientAddressOf(request.raw, this.#proxies),
      requestId: request.id,
    };
    return this.#audit.during(act, work);
  }
}
