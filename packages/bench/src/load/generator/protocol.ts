import type { LoadProfile } from "../profile/profile.ts";

/** What a generator is told to do. */
export interface LoadPlan {
  /**
   * Requests go to `POST http://host:port<path>?n=<number>`, and with other paths to all of them in turns. No path has a query of its own.
   */
  readonly target: {
    readonly host: string;
    readonly port: number;
    readonly path: string;
    readonly otherPaths?: readonly string[];
    /** Whether the connection is encrypted; the certificate is checked. */
    readonly isTls?: boolean;
  };
  readonly model: OpenModel | ClosedModel;
  /** Delivery `d` carries payload `d mod length`. Request `n` carries delivery `n`, or what `key` says. */
  readonly payloads: readonly Payload[];
  /** Set where deliveries are identified, and perhaps repeated. */
  readonly key?: DeliveryKey;
  /** No answer after this long counts as a timeout. */
  readonly timeoutMs: number;
  /** The load ends there, whatever else: it keeps the ledger bounded. */
  readonly requestsMax: number;
  /** Where the ledger goes. */
  readonly ledgerPath: string;
}

/** Request `n` carries delivery `⌊n / repeats⌋`, and the header says `<prefix>-<delivery>`. */
export interface DeliveryKey {
  readonly header: string;
  readonly prefix: string;
  readonly repeats: number;
}

/** Requests leave when they are due, whatever the target does. */
export interface OpenModel {
  readonly kind: "open";
  readonly profile: LoadProfile;
  /** Connections, and thereby requests without an answer. Beyond it requests wait; see `unsentAfterMs`. */
  readonly inFlightMax: number;
  /** A request that waited this long for a connection is given up and counted as unsent. */
  readonly unsentAfterMs: number;
}

/** Each sender sends its next request when it has the answer to the last: finds what a target can do, not how it feels. */
export interface ClosedModel {
  readonly kind: "closed";
  readonly senders: number;
  readonly durationMs: number;
}

export interface Payload {
  /** JSON text. */
  readonly body: string;
  /** Beside the usual ones, as in `x-github-event`. */
  readonly headers: { readonly [name: string]: string };
}

export type GeneratorCommand = { readonly kind: "start"; readonly plan: LoadPlan } | { readonly kind: "stop" };

export type GeneratorMessage =
  | { readonly kind: "ready" }
  | ({ readonly kind: "interval" } & LoadInterval)
  | {
      readonly kind: "finished";
      readonly startedAtUs: number;
      readonly finishedAtUs: number;
      readonly cpuUs: number;
      /** Connections that were opened because earlier ones had been closed. */
      readonly reopened: number;
    };

/** Totals so far; sent twice a second. */
export interface LoadInterval {
  /** Unix microseconds of this reading. */
  readonly atUs: number;
  readonly sent: number;
  readonly acked: number;
  readonly errors: number;
  readonly inFlight: number;
  /** Requests that are due and not sent. */
  readonly waiting: number;
  /** Of the generator's process since it was started. */
  readonly cpuUs: number;
}
