export type SubscriberCommand =
  | {
      readonly kind: "subscribe";
      /** A project's stream, as in `http://127.0.0.1:3000/api/v1/events`. */
      readonly url: string;
      readonly apiKey: string;
      readonly subscribers: number;
    }
  | {
      readonly kind: "report";
      /** Where the first subscriber's last lines go. */
      readonly path: string;
      /** Reports when all subscribers together have seen so many ends, or when the time is up. */
      readonly ends: number;
      readonly timeoutMs: number;
    };

export type SubscriberMessage =
  | { readonly kind: "ready" }
  /** Every subscriber's stream is open. */
  | { readonly kind: "subscribed" }
  | { readonly kind: "failed"; readonly message: string }
  | ({ readonly kind: "reported" } & StreamCounts);

/** What all subscribers together saw. */
export interface StreamCounts {
  readonly lines: number;
  /** Places where a run's lines skip a position, plus gaps that the server itself announced. */
  readonly gaps: number;
  readonly duplicates: number;
  readonly misordered: number;
  /** Runs whose last line arrived: of the subscriber that saw fewest, and of the one that saw most. */
  readonly endsMin: number;
  readonly endsMax: number;
  /** Streams that broke before the report. */
  readonly broken: number;
  /** From a last line's own time to its arrival, each end at each subscriber; microseconds. */
  readonly lagUs: readonly number[];
}
