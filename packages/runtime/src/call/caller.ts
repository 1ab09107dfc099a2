import type { CallOutcome } from "./call-outcome.ts";
import type { OutgoingRequest } from "./outgoing-request.ts";

/** Makes the calls of workflows. */
export interface Caller {
  /** Sends the request; `done` is called once, never synchronously, unless the returned function aborts it first. */
  call(request: OutgoingRequest, timeoutMs: number, done: (outcome: CallOutcome) => void): () => void;
  /** Requests handed over and not yet answered, waiting ones included. */
  readonly inFlight: number;
  /** Requests that wait for a free connection. */
  readonly queued: number;
  /** Aborts what is in flight without calling back, and closes all connections. */
  close(): Promise<void>;
}
