import { RequestProblem, type EventResource } from "@meshhook/contract";

import { api } from "../api.ts";
import { leadToSignIn } from "../shell/lead-to-sign-in.ts";
import { EventHub } from "./event-hub.ts";
import { Refresher } from "./refresher.ts";

const REST_MS = 1_000;
const POLL_MS = 5_000;

const hub = new EventHub({
  // Nothing here shows the outputs of steps, which may be most of the bytes.
  follow: (options) => api.followProject({ ...options, outputs: false }),
  onRefused: (failure) => void leadToSignIn(failure),
});

if (typeof document !== "undefined") {
  document.addEventListener("visibilitychange", () => (document.hidden ? hub.sleep() : hub.wake()));
}

export interface KeptCurrent {
  /** Reads the shown data from the server. Errors go to `onFailure`. */
  readonly read: () => Promise<void>;
  /** The events in the meantime, at most four times a second, for changes that can be shown without a read. */
  readonly onEvents?: (events: readonly EventResource[]) => void;
  /** A read failed for a reason other than a lost session or server, which are shown elsewhere. */
  readonly onFailure: (failure: unknown) => void;
  /** The shown data was just read. */
  readonly isFresh?: boolean;
}

/**
 * Keeps a page current: reads at once, unless that has been done, then whenever a run starts or ends, and every five seconds in any case.
 *
 * For an effect: `$effect(() => { void connection.returns; return keepCurrent({ … }); })`.
 *
 * @returns a function that ends it.
 */
export function keepCurrent({ read, onEvents, onFailure, isFresh = false }: KeptCurrent): () => void {
  let isOver = false;
  const refresher = new Refresher({
    read: async () => {
      // Nothing is read for a hidden tab; the hub reports when it is visible again.
      if (document.hidden) return;
      try {
        await read();
      } catch (failure) {
        if (isOver || (await leadToSignIn(failure))) return;
        // Anything except the API's own errors means that the server is away; the banner says so and retries.
        if (failure instanceof RequestProblem) onFailure(failure);
      }
    },
    restMs: REST_MS,
    pollMs: POLL_MS,
  });
  const unsubscribe = hub.subscribe({
    onEvents: (events) => {
      onEvents?.(events);
      if (events.some(({ type }) => type.startsWith("run."))) refresher.request();
    },
    onGap: () => refresher.request(),
  });
  if (!isFresh) void refresher.now();
  return () => {
    isOver = true;
    unsubscribe();
    refresher.stop();
  };
}
