import { RequestProblem, type EventResource } from "@meshhook/contract";

import { api } from "../api.ts";
import { leadToSignIn } from "../shell/lead-to-sign-in.ts";
import { EventHub } from "./event-hub.ts";
import { Refresher } from "./refresher.ts";

const REST_MS = 1_000;
const POLL_MS = 5_000;

const hub = new EventHub({
  // Nothing here shows what steps gave, which may be most of the bytes.
  follow: (options) => api.followProject({ ...options, outputs: false }),
  onRefused: (failure) => void leadToSignIn(failure),
});

if (typeof document !== "undefined") {
  document.addEventListener("visibilitychange", () => (document.hidden ? hub.sleep() : hub.wake()));
}

export interface KeptCurrent {
  /** Reads what is shown from the server. What it throws goes to `onFailure`. */
  readonly read: () => Promise<void>;
  /** What happened meanwhile, at most four times a second: for what can be shown without asking. */
  readonly onEvents?: (events: readonly EventResource[]) => void;
  /** A reading failed, other than by a lost session or a lost server: those show by themselves. */
  readonly onFailure: (failure: unknown) => void;
  /** What is shown was read just now. */
  readonly isFresh?: boolean;
}

/**
 * Keeps what a page shows current: reads at once, unless that was done already, then whenever a run begins or ends, and every five seconds in any case.
 *
 * For an effect: `$effect(() => { void connection.returns; return keepCurrent({ … }); })`.
 *
 * @returns what ends it.
 */
export function keepCurrent({ read, onEvents, onFailure, isFresh = false }: KeptCurrent): () => void {
  let isOver = false;
  const refresher = new Refresher({
    read: async () => {
      // What nobody sees is not asked for; the hub tells when the tab is seen again.
      if (document.hidden) return;
      try {
        await read();
      } catch (failure) {
        if (isOver || (await leadToSignIn(failure))) return;
        // Anything but the API's own words means that the server is away: the banner says so and asks again.
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
