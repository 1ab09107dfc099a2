import type { Effect } from "@meshhook/core";

import type { LiveRun } from "./live-run.ts";

/** Does what effects of one kind ask for. */
export interface Performer<Kind extends Effect["kind"]> {
  /**
   * Starts what the effect asks for, or starts it again after a takeover. As long as the run waits for it, `live.waits` holds it under its
   * `waitKey`; whatever comes of it is recorded as a fact.
   */
  start(live: LiveRun, effect: Extract<Effect, { readonly kind: Kind }>): void;
}

/** The performers of all kinds. */
export type Performers = { readonly [Kind in Effect["kind"]]: Performer<Kind> };
