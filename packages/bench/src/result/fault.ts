import { amount, count, nullable, object, text } from "./schema-builder.ts";

/** What one fault did to those who send webhooks. Times are milliseconds since the first request. */
export interface FaultResult {
  readonly kind: string;
  /** In a sentence. */
  readonly text: string;
  readonly beganMs: number;
  /** From here on the system could recover. */
  readonly endedMs: number;
  readonly failedRequests: number;
  readonly firstFailedMs: number | null;
  readonly lastFailedMs: number | null;
  /** From the beginning to the last failed request. */
  readonly clientsMs: number;
  /** From its end until requests were accepted at their rate again, and stayed so; null when that was not seen. */
  readonly rateBackMs: number | null;
  /** From its end until the median latency was back, and stayed so; null when that was not seen. */
  readonly p50BackMs: number | null;
}

export const faultSchema = object<FaultResult>(
  "What one fault did to those who send webhooks. Times are milliseconds since the first request.",
  {
    kind: text("As in the scenario's file."),
    text: text("In a sentence."),
    beganMs: amount("When it began."),
    endedMs: amount("When it ended: from here on the system could recover."),
    failedRequests: count("Requests that failed because of it."),
    firstFailedMs: nullable(amount("When the first of them failed; null when none did.")),
    lastFailedMs: nullable(amount("When the last of them failed; null when none did.")),
    clientsMs: amount("From its beginning to the last failed request, milliseconds; 0 when none failed."),
    rateBackMs: nullable(
      amount(
        "From its end until requests were accepted at their rate again, milliseconds; null when that was not seen.",
      ),
    ),
    p50BackMs: nullable(
      amount("From its end until the median latency was back, milliseconds; null when that was not seen."),
    ),
  },
);
