import type { EventResource, RouteOutput, RunSummaryResource } from "@meshhook/contract";

import { countNew, takeEnds, takeStates } from "./run-page.ts";

type Page = RouteOutput<"listRuns">;

/**
 * A page of runs that changes while somebody reads it.
 *
 * Rows change in place at any time. New rows come in by themselves while nothing holds the list; else they are counted, and the
 * reader lets them in.
 */
export class RunList {
  runs = $state.raw<readonly RunSummaryResource[]>([]);
  nextCursor = $state.raw<string | null>(null);
  /** How many new runs are not shown. */
  newCount = $state(0);
  #latest: Page = { items: [], nextCursor: null };

  /** Shows a page as it came. */
  open(page: Page): void {
    this.#latest = page;
    this.showLatest();
  }

  /** Takes a newer answer to the same question. */
  receive(page: Page, isHeld: boolean): void {
    this.#latest = page;
    if (!isHeld) return this.showLatest();
    this.runs = takeStates(this.runs, page.items);
    this.newCount = countNew(this.runs, page.items);
  }

  /** Takes what the stream told. */
  notice(events: readonly EventResource[]): void {
    this.runs = takeEnds(this.runs, events);
  }

  showLatest(): void {
    this.runs = takeStates(this.#latest.items, this.runs);
    this.nextCursor = this.#latest.nextCursor;
    this.newCount = 0;
  }
}
