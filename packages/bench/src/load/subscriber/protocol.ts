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
      /** Where every viewer's view of every run goes. */
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

/** What all viewers together saw. */
export interface StreamCounts {
  readonly viewers: number;
  readonly lines: number;
  /** Gaps that the server itself announced. */
  readonly announcedGaps: number;
  /** Streams that broke before the report. */
  readonly broken: number;
}
