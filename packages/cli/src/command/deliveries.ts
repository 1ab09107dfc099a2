import type { LoggedDelivery, RouteInput } from "@meshhook/contract";

import { connect, withConnection } from "../api/connect.ts";
import type { Config } from "../config/settings.ts";
import { CommandError, type ExitName } from "../exit-codes.ts";
import type { Output } from "../terminal/output.ts";
import { visibleLine } from "../terminal/visible.ts";
import { findEndpoint } from "./find-endpoint.ts";
import { wholeNumber } from "./runs/filter.ts";

/** What `meshhook deliveries` was asked to list. */
export interface DeliveriesOptions {
  readonly workflow?: string;
  readonly outcome?: string;
  readonly code?: string;
  readonly address?: string;
  readonly after?: string;
  readonly before?: string;
  readonly limit: string;
  readonly json?: true;
}

type Query = RouteInput<"listDeliveries">;

const OUTCOMES = ["accepted", "duplicate", "rejected"] as const;
const PAGE_MAX = 200;

/** Lists what came in, newest first. `target`: an endpoint's name, id or token, or its workflow; null: all of the project. */
export async function listDeliveries(
  target: string | null,
  options: DeliveriesOptions,
  config: Config,
  output: Output,
): Promise<ExitName> {
  const limit = wholeNumber("--limit", options.limit, 10_000);
  const connection = connect(config);
  const filter = queryOf(options);
  const query: Query = target === null ? filter : { ...filter, endpoint: (await findEndpoint(connection, target)).id };
  const found = await withConnection(connection, async (client) => {
    const items: LoggedDelivery[] = [];
    let cursor: string | null = null;
    do {
      const more: Query = cursor === null ? {} : { cursor };
      const page = await client.listDeliveries({ ...query, ...more, limit: Math.min(PAGE_MAX, limit - items.length) });
      items.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== null && items.length < limit);
    return items;
  });
  if (options.json === true) output.line(JSON.stringify(found));
  else if (found.length === 0)
    output.line("No delivery matches. Requests to a wrong address are not listed; check the URL at the sender.");
  else for (const delivery of found) output.line(visibleLine(lineOf(delivery)));
  return "ok";
}

/** @throws CommandError for an outcome that does not exist. The server checks the rest. */
function queryOf({ workflow, outcome, code, address, after, before }: DeliveriesOptions): Query {
  const known = OUTCOMES.find((candidate) => candidate === outcome);
  if (outcome !== undefined && known === undefined)
    throw new CommandError("badInput", `--outcome "${outcome}" does not exist. Use one of ${OUTCOMES.join(", ")}.`);
  return {
    ...(workflow === undefined ? {} : { workflow }),
    ...(known === undefined ? {} : { outcome: known }),
    ...(code === undefined ? {} : { code }),
    ...(address === undefined ? {} : { address }),
    ...(after === undefined ? {} : { startedAfter: after }),
    ...(before === undefined ? {} : { startedBefore: before }),
  };
}

function lineOf({
  at,
  outcome,
  status,
  code,
  detail,
  runId,
  runStatus,
  bodyBytes,
  address,
  isTest,
}: LoggedDelivery): string {
  const became = runId === null ? "" : `run ${runId}${runStatus === null ? "" : ` ${runStatus}`}`;
  const reason = code === null ? "" : `${code}: ${detail ?? ""}`;
  const from = isTest ? "a test" : address === null ? "" : `from ${address}`;
  return [at, status ?? "   ", outcome.padEnd(9), became, reason, `${bodyBytes} bytes`, from]
    .filter((part) => part !== "")
    .join("  ");
}
