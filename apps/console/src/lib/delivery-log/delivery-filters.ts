import type { LoggedDelivery } from "@meshhook/contract";

export type Outcome = LoggedDelivery["outcome"];

export const OUTCOMES: readonly Outcome[] = ["rejected", "accepted", "duplicate"];

/** The filters of the list, all of which are in the page's address. */
export interface DeliveryFilters {
  readonly outcome?: Outcome;
  /** Id. */
  readonly endpoint?: string;
  /** Of a rejection. */
  readonly code?: string;
  /** The sender's. */
  readonly address?: string;
  /** RFC 3339. */
  readonly startedAfter?: string;
  readonly startedBefore?: string;
  /** The start of an older page; without it, the newest deliveries. */
  readonly cursor?: string;
}

const TEXTS = ["endpoint", "code", "address", "cursor"] as const;
const TIMES = ["startedAfter", "startedBefore"] as const;

export const DELIVERIES_PER_PAGE = 50;

/** Reads the filters from a page's query. An invalid outcome or time is ignored, so that an old link still shows a list. */
export function readDeliveryFilters(query: URLSearchParams): DeliveryFilters {
  const filters: { -readonly [Name in keyof DeliveryFilters]: DeliveryFilters[Name] } = {};
  const outcome = OUTCOMES.find((known) => known === query.get("outcome"));
  if (outcome !== undefined) filters.outcome = outcome;
  for (const name of TIMES) {
    const ms = Date.parse(query.get(name) ?? "");
    if (!Number.isNaN(ms)) filters[name] = new Date(ms).toISOString();
  }
  for (const name of TEXTS) {
    const value = query.get(name);
    if (value !== null && value !== "") filters[name] = value;
  }
  return filters;
}

/** The address of the list with some filters changed; null removes one. Any other list starts at its newest delivery. */
export function deliveryListAddress(
  filters: DeliveryFilters,
  change: { readonly [Name in keyof DeliveryFilters]?: DeliveryFilters[Name] | null } = {},
): string {
  const kept: { [name: string]: string | null | undefined } = { ...filters, cursor: null, ...change };
  const query = new URLSearchParams();
  for (const name of ["outcome", ...TIMES, ...TEXTS]) {
    const value = kept[name];
    if (value !== null && value !== undefined && value !== "") query.set(name, value);
  }
  return query.size === 0 ? "/deliveries" : `/deliveries?${query.toString()}`;
}

/** The same query to the API, for a terminal. */
export function curlOfDeliveryList(origin: string, filters: DeliveryFilters): string {
  const query = new URLSearchParams({ ...filters, limit: String(DELIVERIES_PER_PAGE) });
  return `curl '${origin}/api/v1/deliveries?${query.toString()}' -H "authorization: Bearer $MESHHOOK_ADMIN_KEY"`;
}
