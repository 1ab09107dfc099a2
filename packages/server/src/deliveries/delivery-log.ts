import { readDeliveryHead, type DeliveryHead } from "@meshhook/core";
import {
  DUPLICATE,
  type Catalog,
  type DeliveredRun,
  type Journal,
  type Rejection,
  type RejectionQuery,
} from "@meshhook/journal";

import type { RunRange } from "../api/run-range.ts";

/** What deliveries must have in common; all of it applies. */
export interface DeliveryFilter extends RunRange {
  readonly workflowId?: string;
  /** Only those to this endpoint. */
  readonly endpointId?: string;
  /** All endpoints that the workflow and the endpoint select; absent: all of the project. */
  readonly endpointIds?: readonly string[];
  readonly outcome?: "accepted" | "duplicate" | "rejected";
  readonly code?: string;
  readonly address?: string;
}

/** A request that became a run, or one that did not. */
export type Logged =
  | { readonly id: string; readonly run: DeliveredRun; readonly head: DeliveryHead }
  | { readonly id: string; readonly rejection: Rejection };

export interface DeliveryPage {
  readonly items: readonly Logged[];
  /** Continue with ids below this one; null when there are no more. */
  readonly next: string | null;
}

/** The most runs that are examined for one page, because others than an endpoint's may lie between its own. */
const EXAMINED_MAX = 2_000;
const EXAMINED_AT_ONCE = 200;
const NIL_ID = "00000000-0000-0000-0000-000000000000";

/**
 * Deliveries, newest first. Accepted ones are runs, whose first fact says which request started them; nothing else is written for them. All
 * others are records of the rejection log. Ids of both begin with the millisecond, which gives one order (docs/decisions/0084).
 */
export class DeliveryLog {
  readonly #journal: Journal;
  readonly #catalog: Catalog;

  constructor(journal: Journal, catalog: Catalog) {
    this.#journal = journal;
    this.#catalog = catalog;
  }

  /** The newest deliveries that the filter lets through, at most `limit`. */
  async page(projectId: string, filter: DeliveryFilter, limit: number): Promise<DeliveryPage> {
    const [accepted, others] = await Promise.all([
      this.#accepted(projectId, filter, limit),
      this.#rejected(projectId, filter, limit),
    ]);
    const items = [...accepted.items, ...others]
      // What is older than the last run that was examined may lie behind runs that were not.
      .filter(({ id }) => id >= accepted.examinedTo)
      .sort((one, other) => (one.id < other.id ? 1 : -1));
    if (items.length >= limit) return { items: items.slice(0, limit), next: items[limit - 1]?.id ?? null };
    return { items, next: accepted.examinedTo === NIL_ID ? null : accepted.examinedTo };
  }

  /** `examinedTo`: all runs from this one on were examined. */
  async #accepted(
    projectId: string,
    { workflowId, endpointId, outcome, code, address, fromRunId, beforeRunId }: DeliveryFilter,
    limit: number,
  ): Promise<{ readonly items: readonly Logged[]; readonly examinedTo: string }> {
    const items: Logged[] = [];
    if ((outcome ?? "accepted") !== "accepted" || code !== undefined) return { items, examinedTo: NIL_ID };
    let before = beforeRunId;
    for (let examined = 0; examined < EXAMINED_MAX;) {
      const runs = await this.#journal.listDeliveries({
        projectId,
        ...(workflowId === undefined ? {} : { workflowId }),
        ...(endpointId === undefined ? {} : { endpointId }),
        ...(fromRunId === undefined ? {} : { fromRunId }),
        ...(before === undefined ? {} : { beforeRunId: before }),
        limit: EXAMINED_AT_ONCE,
      });
      examined += runs.length;
      for (const run of runs) {
        before = run.runId;
        const head = run.head === null ? null : readDeliveryHead(run.head);
        if (head === null || (address !== undefined && head.source.address !== address)) continue;
        items.push({ id: run.runId, run, head });
        if (items.length === limit) return { items, examinedTo: run.runId };
      }
      if (runs.length < EXAMINED_AT_ONCE) return { items, examinedTo: NIL_ID };
    }
    return { items, examinedTo: before ?? NIL_ID };
  }

  async #rejected(
    projectId: string,
    { endpointIds, outcome, code, address, fromRunId, beforeRunId }: DeliveryFilter,
    limit: number,
  ): Promise<readonly Logged[]> {
    if (outcome === "accepted") return [];
    const kind: RejectionQuery["kind"] = outcome ?? (code === undefined ? undefined : "rejected");
    const found = await this.#catalog.listRejections({
      projectId,
      ...(endpointIds === undefined ? {} : { endpointIds }),
      ...(kind === undefined ? {} : { kind }),
      ...(code === undefined ? {} : { code }),
      ...(address === undefined ? {} : { address }),
      ...(fromRunId === undefined ? {} : { fromId: fromRunId }),
      ...(beforeRunId === undefined ? {} : { beforeId: beforeRunId }),
      limit,
    });
    return found.map((rejection) => ({ id: rejection.id, rejection }));
  }
}

/** Whether a record is of a repeat, not of a refusal. */
export function isRepeat({ code }: Rejection): boolean {
  return code === DUPLICATE;
}
