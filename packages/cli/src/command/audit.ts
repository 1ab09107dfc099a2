import type { AuditEntryResource, RouteInput } from "@meshhook/contract";

import { connect, withConnection } from "../api/connect.ts";
import type { Config } from "../config/settings.ts";
import { CommandError, type ExitName } from "../exit-codes.ts";
import type { Output } from "../terminal/output.ts";
import type { AuditOptions } from "./describe-audit.ts";

const PAGE = 200;

/** Lists the audit log, page by page. */
export async function listAudit(options: AuditOptions, config: Config, output: Output): Promise<ExitName> {
  const { limit, json: isJson = false, ...filter } = options;
  const wanted = countOf(limit);
  const connection = connect(config);
  let shown = 0;
  let cursor: string | null = null;
  do {
    const page: number = Math.min(PAGE, wanted - shown);
    const query: RouteInput<"listAudit"> = { ...queryOf(filter), limit: page, ...(cursor === null ? {} : { cursor }) };
    const found = await withConnection(connection, (client) => client.listAudit(query));
    for (const entry of found.items) output.line(isJson ? JSON.stringify(entry) : lineOf(entry));
    shown += found.items.length;
    cursor = found.nextCursor;
  } while (cursor !== null && shown < wanted && !output.isClosed);
  if (shown === 0 && !isJson) output.line("No entry matches.");
  return "ok";
}

function queryOf({ action, actor, resource, after, before }: Omit<AuditOptions, "limit" | "json">) {
  return {
    ...(action === undefined ? {} : { action }),
    ...(actor === undefined ? {} : { actor }),
    ...(resource === undefined ? {} : { resource }),
    ...(after === undefined ? {} : { after }),
    ...(before === undefined ? {} : { before }),
  };
}

function countOf(limit: string): number {
  if (limit === "all") return Number.POSITIVE_INFINITY;
  if (/^[1-9]\d{0,6}$/.test(limit)) return Number(limit);
  throw new CommandError("badInput", `--limit is "${limit}", but must be a whole number from 1 on, or all.`);
}

function lineOf({ at, action, actor, resource, changes, uses, address }: AuditEntryResource): string {
  const thing = [resource.kind, resource.name ?? resource.id].filter((word) => word !== null).join(" ");
  const fields = changes.map(({ field, from, to }) =>
    to === undefined ? field : `${field}: ${from === undefined ? "" : `${String(from)} → `}${String(to)}`,
  );
  const what = uses === undefined ? fields.join(", ") : `${uses} times`;
  const who = `${actor.name}${address === null ? "" : ` from ${address}`}`;
  return [at, action, thing, `by ${who}`, ...(what === "" ? [] : [what])].join("  ");
}
