import type { RunSummaryResource } from "@meshhook/contract";

export type RunStatus = RunSummaryResource["status"];

export const RUN_STATUSES: readonly RunStatus[] = ["failed", "running", "succeeded", "canceled"];

/** The filters of the list, all of which are in the page's address. */
export interface RunFilters {
  readonly status?: RunStatus;
  /** Slug or id. */
  readonly workflow?: string;
  /** What the delivery must fulfil: an expression, or a place and its value. */
  readonly where?: string;
  /** RFC 3339. */
  readonly startedAfter?: string;
  readonly startedBefore?: string;
  /** The start of an older page; without it, the newest runs. */
  readonly cursor?: string;
}

const NAMES = ["status", "workflow", "where", "startedAfter", "startedBefore", "cursor"] as const;

export const RUNS_PER_PAGE = 100;

/** Reads the filters from a page's query. An invalid status or time is ignored, so that an old link still shows a list. */
export function readRunFilters(query: URLSearchParams): RunFilters {
  const filters: { -readonly [Name in keyof RunFilters]: RunFilters[Name] } = {};
  const status = RUN_STATUSES.find((known) => known === query.get("status"));
  if (status !== undefined) filters.status = status;
  for (const name of ["startedAfter", "startedBefore"] as const) {
    const ms = Date.parse(query.get(name) ?? "");
    if (!Number.isNaN(ms)) filters[name] = new Date(ms).toISOString();
  }
  for (const name of ["workflow", "where", "cursor"] as const) {
    const value = query.get(name);
    if (value !== null && value !== "") filters[name] = value;
  }
  return filters;
}

/**
 * The address of the list with some filters changed; null removes one. Any other list starts at its newest run, because a cursor belongs to
 * the list it came from.
 */
export function runListAddress(
  filters: RunFilters,
  change: { readonly [Name in keyof RunFilters]?: RunFilters[Name] | null } = {},
): string {
  const kept: { [name: string]: string | null | undefined } = { ...filters, cursor: null, ...change };
  const query = new URLSearchParams();
  for (const name of NAMES) {
    const value = kept[name];
    if (value !== null && value !== undefined) query.set(name, value);
  }
  return query.size === 0 ? "/runs" : `/runs?${query.toString()}`;
}

/** The same query to the API, for a terminal. */
export function curlOfRunList(origin: string, filters: RunFilters): string {
  const query = new URLSearchParams({ ...filters, limit: String(RUNS_PER_PAGE) });
  return `curl '${origin}/api/v1/runs?${query.toString()}' -H "authorization: Bearer $MESHHOOK_ADMIN_KEY"`;
}

/** Converts RFC 3339 to the value of a date and time field, in the reader's time zone: "2026-11-24T01:40". */
export function toLocalField(time: string | undefined): string {
  if (time === undefined) return "";
  const date = new Date(time);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** The value of a date and time field as RFC 3339; null when it is empty or unfinished. */
export function fromLocalField(value: string): string | null {
  const ms = value === "" ? Number.NaN : new Date(value).getTime();
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}
