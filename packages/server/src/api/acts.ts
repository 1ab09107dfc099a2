import type { RouteSpec } from "@meshhook/contract";
import type { Act } from "@meshhook/journal";

import type { Caller } from "../auth.ts";

/** The work of runs: senders use these like webhooks, and the runs' facts record it. */
const RECORDED_BY_RUNS: ReadonlySet<string> = new Set(["signalRun", "linkSignal"]);

/** Whether calls of a route are recorded in the audit log: those that may change something. */
export function isAudited(name: string, { method, scope }: RouteSpec): boolean {
  return method !== "GET" && scope !== "read" && scope !== null && !RECORDED_BY_RUNS.has(name);
}

/** What a caller does with a route. */
export function actOf(
  name: string,
  { tag, path }: RouteSpec,
  caller: Caller,
  input: { readonly [name: string]: unknown },
  { ip, id: requestId }: { readonly ip: string; readonly id: string },
): Act {
  const parameter = /\{(\w+)\}/.exec(path)?.[1];
  const named = parameter === undefined ? undefined : input[parameter];
  return {
    projectId: caller.projectId,
    action: name,
    actor: { kind: caller.sessionExpiresAt === null ? "key" : "session", id: caller.id, name: caller.name },
    resource: { kind: tag.replace(/ies$/, "y").replace(/s$/, ""), id: typeof named === "string" ? named : null },
    address: ip,
    requestId,
  };
}
