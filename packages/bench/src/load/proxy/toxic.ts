/** Which bytes a toxic works on: `upstream` is from the client to the server, `downstream` the way back. */
export type Direction = "upstream" | "downstream";

/**
 * What a proxy does to the connections that pass through it. Names and meanings are Toxiproxy's, and so is `toxicity`; sizes are bytes
 * and times are milliseconds everywhere.
 *
 * Source: https://github.com/Shopify/toxiproxy#toxics
 */
export type Toxic = ToxicBehaviour & {
  /** Only the bytes that go this way; absent means both ways. */
  readonly direction?: Direction;
  /** The share of connections that are affected, from 0 to 1; absent means all. */
  readonly toxicity?: number;
};

export type ToxicBehaviour =
  /** Everything arrives later, by `ms` plus or minus up to `jitterMs`; the order stays, and throughput does not fall. */
  | { readonly kind: "latency"; readonly ms: number; readonly jitterMs?: number }
  /** At most so many bytes per second, for each connection and direction; 0 holds everything back until the toxic is removed. */
  | { readonly kind: "bandwidth"; readonly bytesPerSecond: number }
  /** The end of a connection arrives later. */
  | { readonly kind: "slow_close"; readonly ms: number }
  /**
   * Half-open: everything is swallowed, the end of a connection too. With `closeAfterMs`, the connection is closed then; without, it stays
   * until the toxic is removed. A connection that lost bytes cannot continue, so it is closed then.
   */
  | { readonly kind: "timeout"; readonly closeAfterMs?: number }
  /** Connections are reset (RST), at once or after `afterMs`, those that are open and those that are opened later. */
  | { readonly kind: "reset_peer"; readonly afterMs?: number }
  /** Data arrives in pieces of about `bytes`, with a pause of `pauseMs` after each. */
  | { readonly kind: "slicer"; readonly bytes: number; readonly variationBytes?: number; readonly pauseMs?: number }
  /** A connection is closed as soon as it has passed on so many bytes since the toxic was added. */
  | { readonly kind: "limit_data"; readonly bytes: number }
  /** The link is cut: open connections are reset, new ones refused. Affects both directions and all connections. */
  | { readonly kind: "down" };

/** A toxic on a running proxy. */
export interface ActiveToxic {
  readonly id: number;
  readonly toxic: Toxic;
}
