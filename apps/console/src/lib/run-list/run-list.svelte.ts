import type { EventResource, RouteOutput, RunSummaryResource } from "@meshhook/contract";

import { countNew, takeEnds, takeStates } from "./run-page.ts";

type Page = RouteOutput<"listRuns">;

/**
 * A page of runs that changes while it is being read.
 *
 * Rows change in place at any time. New rows appear automatically while nothing holds the list; otherwise they are counted until the reader
 * shows them.
 */
export class RunList {
  runs = $state.raw<readonly RunSummaryResource[]>([]);
  nextCursor = $state.raw<string | null>(null);
  /** How many new runs are not shown. */
  newCount = $state(0);
  #latest: Page = { items: [], nextCursor: null };

  /** Shows a page. */
  open(page: Page): void {
    this.#latest = page;
    this.showLatest();
  }

  /** Takes a newer answer to the same query. */
  receive(page: Page, isHeld: boolean): void {
    this.#latest = page;
    if (!isHeld) return this.showLatest();
    this.runs = takeStates(this.runs, page.items);
    this.newCount = countNew(this.runs, page.items);
  }

  /** Takes events from the stream. */
  notice(events: readonly EventResource[]): void {
    this.runs = takeEnds(this.runs, events);
  }

  showLatest(): void {
    this.runs = takeStates(this.#latest.items, this.runs);
    this.nextCursor = this.#latest.nextCursor;
    this.newCount = 0;
  }
}
