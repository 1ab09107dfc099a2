import { routes, type RouteName, type RouteSpec } from "@meshhook/contract";
import type { Audit, User } from "@meshhook/journal";
import type { FastifyRequest } from "fastify";

import type { Caller } from "../auth.ts";
import { clientAddressOf, type AddressList } from "../intake/acceptance/address-list.ts";

/** The work of runs: senders use these like webhooks, and the runs' facts record it. */
const RECORDED_BY_RUNS: ReadonlySet<string> = new Set(["signalRun", "linkSignal"]);

/** What everybody may change, and is recorded all the same. */
const OWN_ACCOUNT: ReadonlySet<string> = new Set(["changePassword", "endSession", "endOtherSessions"]);

/** Whether calls of a route are recorded in the audit log: those that may change something. */
export function isAudited(name: string, { method, scope }: RouteSpec): boolean {
  const isChange = method !== "GET" && scope !== "read" && scope !== null;
  return (isChange && !RECORDED_BY_RUNS.has(name)) || OWN_ACCOUNT.has(name);
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
    const kind = caller.kind === "user" ? "user" : caller.sessionExpiresAt === null ? "key" : "session";
    const act = {
      projectId: caller.projectId,
      action: name,
      actor: { kind, id: caller.id, name: caller.user?.email ?? caller.name } as const,
      resource: { kind: tag.replace(/ies$/, "y").replace(/s$/, ""), id: typeof named === "string" ? named : null },
      address: this.addressOf(request),
      requestId: request.id,
    };
    return this.#audit.during(act, work);
  }

  /** Somebody could not sign in as this user. */
  async recordFailedSignIn(projectId: string, { id, email }: User, request: FastifyRequest): Promise<void> {
    const act = {
      projectId,
      action: "signInFailed",
      actor: { kind: "process", id: null, name: "sign-in" },
      resource: { kind: "user", id },
      address: this.addressOf(request),
      requestId: request.id,
    } as const;
    await this.#audit.during(act, async () => ({ name: email }));
  }

  /** Where a request comes from; null when that is not known. */
  addressOf(request: FastifyRequest): string | null {
    return clientAddressOf(request.raw, this.#proxies);
  }
}
