import type { Client } from "@meshhook/contract";

import { connect, withConnection } from "../../api/connect.ts";
import type { Config } from "../../config/settings.ts";
import { CommandError, type ExitName } from "../../exit-codes.ts";
import type { Output } from "../../terminal/output.ts";
import { visibleLine } from "../../terminal/visible.ts";
import type { FilterOptions } from "./describe.ts";
import { filterOf, wholeNumber } from "./filter.ts";

const PAGE_MAX = 200;

/** Lists runs, newest first. */
export async function listRuns(
  options: FilterOptions & { readonly limit: string; readonly where?: string },
  config: Config,
  output: Output,
): Promise<ExitName> {
  const limit = wholeNumber("--limit", options.limit, 10_000);
  const filter = filterOf(options);
  const { status, code, node, text, ...others } = filter;
  const { where } = options;
  if (where !== undefined && (code ?? node ?? text) !== undefined)
    throw new CommandError(
      "badInput",
      "--where cannot be combined with --code, --node or --text; leave one of them out.",
    );
  const readsErrors = where === undefined && (status === "failed" || (code ?? node ?? text) !== undefined);
  const lines = await withConnection(connect(config), (client) =>
    readsErrors
      ? failedRuns(client, { ...others, ...defined({ code, node, text }) }, limit)
      : runs(client, { ...filter, ...(where === undefined ? {} : { where }) }, limit),
  );
  if (lines.length === 0) output.line("No run matches.");
  for (const line of lines) output.line(visibleLine(line));
  return "ok";
}

async function runs(
  client: Client,
  filter: ReturnType<typeof filterOf> & { readonly where?: string },
  limit: number,
): Promise<string[]> {
  const { code: _code, node: _node, text: _text, ...query } = filter;
  const lines: string[] = [];
  let cursor: string | null = null;
  do {
    const more = cursor === null ? {} : { cursor };
    const page = await client.listRuns({ ...query, ...more, limit: Math.min(PAGE_MAX, limit - lines.length) });
    lines.push(...page.items.map(({ id, status, startedAt }) => `${startedAt}  ${id}  ${status}`));
    cursor = page.nextCursor;
  } while (cursor !== null && lines.length < limit);
  return lines;
}

async function failedRuns(
  client: Client,
  query: Omit<ReturnType<typeof filterOf>, "status">,
  limit: number,
): Promise<string[]> {
  const lines: string[] = [];
  let cursor: string | null = null;
  do {
    const more = cursor === null ? {} : { cursor };
    const page = await client.listFailures({ ...query, ...more, limit: Math.min(PAGE_MAX, limit - lines.length) });
    for (const { runId, startedAt, error } of page.items) {
      const place = error.node === undefined ? "" : ` in ${error.node}`;
      lines.push(`${startedAt}  ${runId}  failed  ${error.code}${place}: ${error.message}`);
    }
    cursor = page.nextCursor;
  } while (cursor !== null && lines.length < limit);
  return lines;
}

function defined<T extends object>(members: { [K in keyof T]: T[K] | undefined }): Partial<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Partial<T>;
}
