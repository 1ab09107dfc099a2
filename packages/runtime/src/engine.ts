import type {
  CallRequest,
  DeliverySource,
  Json,
  Kept,
  Micros,
  Plan,
  QueryParameters,
  RunEvent,
  RunOrigin,
  RunResult,
  RunStatus,
} from "@meshhook/core";

import type { RunTurn } from "./admission/admission.ts";
import type { CallWait } from "./call/call-wait.ts";
import type { LatencyCounts } from "./latency-histogram.ts";

/** What the server, and only the server, needs from the runtime. Implemented by `Runtime`. */
export interface Engine {
  /**
   * Makes a delivery durable and starts its run. Resolves after the commit; never resolves `accepted` before.
   * Never rejects: every failure is an outcome.
   */
  deliver(delivery: Delivery): Promise<DeliveryOutcome>;

  /**
   * Resolves with a run's result when it ends, whichever process owns it, or at once if it has ended. Resolves with null after `timeoutMs`, or
   * if the journal does not answer. A run that does not exist may still come: the delivery of another process can be on its way to its owner.
   */
  waitForResult(runId: string, timeoutMs: number): Promise<RunResult | null>;

  /** Asks the run's owner (this process or another) to cancel it. `accepted`: the request is durable and will be carried out. */
  cancel(
    projectId: string,
    runId: string,
    reason: string,
  ): Promise<"accepted" | "finished" | "not_found" | "unavailable">;

  /** Sends a signal to a run, whichever process owns it. */
  signal(projectId: string, runId: string, signal: RunSignal): Promise<SignalOutcome>;

  /**
   * Reads which workflows are paused, which projects have a limit, and what of answers is redacted: after a change by this process, so that
   * it takes effect here at once.
   *
   * @throws JournalUnavailable
   */
  readAdmissionRules(): Promise<void>;

  /** Has secrets read again before they are used: after a change by this process, so that it takes effect here at once. */
  forgetSecrets(): void;

  /** What a run waits for that has not begun; null when it does not wait here: it has begun, or another process owns it. */
  turnOf(projectId: string, workflowId: string, runId: string): RunTurn | null;

  /**
   * What the calls of a run wait for that are due and have not been sent, by `stepKey`. Empty where they have been, or where another process
   * owns the run.
   */
  callWaitsOf(runId: string): ReadonlyMap<string, CallWait>;

  /**
   * The project's runs that are set aside, whichever process owns them, in id order.
   *
   * @throws JournalUnavailable
   */
  listSetAside(projectId: string): Promise<readonly RunSetAside[]>;

  /**
   * Has a run that is set aside loaded again: its owner tries within seconds.
   *
   * @throws JournalUnavailable
   */
  release(projectId: string, runId: string): Promise<"released" | "not_set_aside" | "not_found">;

  /**
   * Everything that happened in the run after `after`, then what happens from now on, without gap or repeat, until the run
   * ends (`done`) or the caller closes. `listener` is called after each commit with whole segments, in order.
   */
  watchRun(projectId: string, runId: string, after: EventCursor | null, listener: EventListener): Subscription;

  /**
   * Committed events, from now on, of all the project's runs, each run's in order. With several processes, all of them give the same events
   * in the same order, with the same cursors.
   */
  watchProject(projectId: string, after: string | null, listener: ProjectListener): Subscription;

  /** Calls `listener` after every change of the catalog, in this or another process (within a heartbeat). */
  watchCatalog(listener: () => void): Subscription;

  /** True when this process is the one, of all processes, that does what is done once for a project: it owns its home shard. */
  isHomeOf(projectId: string): boolean;

  /**
   * Sends a request for a project, as a call of its runs would be sent: through the egress guard, and signed with the project's secrets. Rejects
   * with why it was not answered by a status below 300; the message is for people and holds no secret.
   */
  send(projectId: string, request: CallRequest, timeoutMs: number): Promise<void>;

  stats(): EngineStats;

  /** True when this process owns its shards and the database answers. */
  readonly isReady: boolean;
}

export interface Delivery {
  readonly projectId: string;
  readonly workflowId: string;
  readonly versionId: string;
  readonly plan: Plan;
  readonly receivedAt: Micros;
  readonly headers: { readonly [name: string]: string };
  readonly query: QueryParameters;
  readonly body: Json;
  /** The body's own text if it was JSON, stored unchanged; otherwise null, and `body` is encoded. */
  readonly bodyText: string | null;
  /** The request, where one starts the run. */
  readonly source?: DeliverySource;
  /** Where a run comes from that no webhook starts. */
  readonly origin?: RunOrigin;
  /** The node that starts the run; absent: the webhook, or the only start. */
  readonly start?: string;
  readonly dedupe?: { readonly endpointId: string; readonly key: string; readonly bodyHash: string };
  /** What a resumed run takes over from the run that it continues, and the engine semantics of that run. */
  readonly continues?: { readonly kept: readonly Kept[]; readonly semantics: number };
}

export type DeliveryOutcome =
  | { readonly kind: "accepted"; readonly runId: string; readonly status: RunStatus; readonly result: RunResult | null }
  | { readonly kind: "duplicate"; readonly runId: string; readonly sameBody: boolean }
  /** A queue is full; nothing was stored. */
  | { readonly kind: "overloaded"; readonly retryAfterMs: number }
  /** The database cannot be reached, ownership is in doubt, or the process is draining; nothing was stored. */
  | { readonly kind: "unavailable"; readonly retryAfterMs: number }
  /** The database's answer was lost: the delivery may have been stored, as this run, or not. */
  | { readonly kind: "unknown"; readonly runId: string; readonly retryAfterMs: number };

/** What a workflow may wait for, sent to one of its runs. */
export interface RunSignal {
  readonly name: string;
  /** JSON text. */
  readonly payload: string;
  /** The sender's: the run gets one signal with each key. 1 to 255 characters. */
  readonly key?: string;
}

/**
 * `accepted`: it is durable. `repeated`: the run had one with this key before. `full`: the run has as many as it may have. Only after
 * `accepted` something was stored.
 */
export type SignalOutcome = "accepted" | "repeated" | "full" | "finished" | "not_found" | "unavailable";

/** A run that is not loaded any more, because its owners ended, or lost its shard, while they loaded it. */
export interface RunSetAside {
  readonly runId: string;
  /** How many owners tried. */
  readonly attempts: number;
  /** When the last one began. */
  readonly at: Micros;
}

/** Position in a run's stream: the last event that was seen. */
export interface EventCursor {
  readonly seq: number;
  readonly position: number;
}

export interface Subscription {
  close(): void;
}

export type EventListener = (
  message:
    { readonly events: readonly RunEvent[]; readonly done: boolean } | { readonly error: "not_found" | "unavailable" },
) => void;

export type ProjectListener = (message: {
  readonly events: readonly RunEvent[];
  /** Resume point after these events. */
  readonly cursor: string;
  /** True when events between the caller's cursor and these may have been missed; look up runs through the API. */
  readonly gap: boolean;
}) => void;

/** Gauges and counters for /metrics; counters start at 0 with the process. */
export interface EngineStats {
  readonly shardsOwned: number;
  /** Processes that own shards or want some, as the last heartbeat found them. */
  readonly ownersAlive: number;
  /** Shards whose unfinished runs have not all been loaded yet. */
  readonly shardsRecovering: number;
  readonly runsLive: number;
  /** Estimated. */
  readonly runsLiveBytes: number;
  /** Runs that are set aside, because two owners failed on them. */
  readonly runsSetAside: number;
  readonly appendQueueRows: number;
  readonly appendQueueBytes: number;
  /** How long the oldest fact has been waiting for its commit, in milliseconds; 0: none waits. */
  readonly appendQueueAgeMs: number;
  readonly callsInFlight: number;
  /** They wait in line for a place, or for a connection. */
  readonly callsQueued: number;
  /** How long the call that has waited in line the longest has been due, in milliseconds; 0: none waits. */
  readonly callQueueAgeMs: number;
  /** Targets whose circuit breaker lets no call through. */
  readonly breakersOpen: number;
  /** How late the next timer is, in milliseconds; 0: it is in time. */
  readonly timersLateMs: number;
  readonly watchers: number;
  readonly limits: {
    readonly appendQueueRows: number;
    readonly runsLive: number;
    readonly runsLiveBytes: number;
    readonly calls: number;
  };
  readonly durations: {
    readonly runs: LatencyCounts;
    readonly appends: LatencyCounts;
    /** By how calls ended: `2xx` to `5xx`, or `none` without an answer. */
    readonly calls: { readonly [ending: string]: LatencyCounts };
  };
  readonly totals: {
    readonly deliveriesAccepted: number;
    readonly deliveriesDuplicate: number;
    readonly deliveriesShed: number;
    readonly runsFinished: { readonly succeeded: number; readonly failed: number; readonly canceled: number };
    readonly segmentsAppended: number;
    readonly batches: number;
    readonly calls: number;
    readonly callFailures: number;
    readonly takeovers: number;
    readonly fenced: number;
    readonly statisticsDropped: number;
  };
}
