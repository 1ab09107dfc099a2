import type { Toxic } from "./toxic.ts";

export type ProxyCommand =
  | { readonly kind: "listen"; readonly upstream: Upstream; readonly seed: number }
  | { readonly kind: "add"; readonly id: number; readonly toxic: Toxic }
  | { readonly kind: "remove"; readonly id: number }
  | { readonly kind: "report" };

export type ProxyMessage =
  | { readonly kind: "ready" }
  | { readonly kind: "listening"; readonly port: number }
  /** The toxics are now as asked. `problem` says why not. */
  | { readonly kind: "changed"; readonly problem: string | null }
  | ({ readonly kind: "reported" } & ProxyReport);

/** Where a proxy's connections lead. */
export interface Upstream {
  readonly host: string;
  readonly port: number;
}

/** Counts since the proxy was started. */
export interface ProxyReport {
  readonly connectionsOpen: number;
  readonly connectionsTotal: number;
  /** Bytes passed on, from clients to the server and back. */
  readonly bytesUpstream: number;
  readonly bytesDownstream: number;
  /** Bytes that a `timeout` toxic swallowed, or that were under way on a connection when it was reset or cut. */
  readonly bytesLost: number;
  /** Bytes held in memory now. */
  readonly bytesHeld: number;
}
