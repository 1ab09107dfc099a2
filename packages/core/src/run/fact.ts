import type { Json } from "../json.ts";
import type { Micros } from "../time.ts";
import type { StepError } from "./event.ts";
import type { Kept } from "./kept.ts";
import type { RunOrigin } from "./origin.ts";
import type { TerminalStatus } from "./status.ts";
import type { StepPlace } from "./step-key.ts";

/**
 * A fact is something that cannot be recomputed. Everything else about a run is folded from its facts.
 *
 * Facts of one run have a total order (segment `seq`, then position within the segment); `at` never goes back.
 */
export type Fact =
  | DeliveryFact
  | IntentFact
  | ResponseFact
  | FailureFact
  | TimerFact
  | TimeoutFact
  | SignalFact
  | ChildFact
  | BeginFact
  | CancelFact;

/** The inbound webhook request as received, or what stands for one. Always the first fact of a run, and only the first. */
export interface DeliveryFact {
  readonly kind: "delivery";
  readonly at: Micros;
  /** Lower-case names; only the headers the intake keeps. Credentials and signatures are never kept. */
  readonly headers: { readonly [name: string]: string };
  /** A parameter that came several times is a list, in the order sent. */
  readonly query: QueryParameters;
  /** The parsed body: the same as a later read of the stored bytes gives. */
  readonly body: Json;
  /** The engine semantics with which the run was started and by which it is always folded. Absent: 1, the first. */
  readonly semantics?: number;
  /** The request that started the run. Absent where none did, and in runs of earlier releases. */
  readonly source?: DeliverySource;
  /** Absent where a webhook started the run. */
  readonly origin?: RunOrigin;
  /** What a resumed run takes over from the run that it continues. Present, if only empty, exactly when `origin` is a resume. */
  readonly kept?: readonly Kept[];
  /** The id of the node that starts the run. Absent: the webhook, or the schedule where there is no webhook. */
  readonly start?: string;
  /** The run waits for its turn: no step runs before a `begin` fact. */
  readonly held?: true;
}

/** What the intake knew about a request besides what workflows see of it. No part of the state follows from it. */
export interface DeliverySource {
  /** The id of the endpoint that accepted it. */
  readonly endpoint: string;
  /** The body as it was sent, in bytes. */
  readonly bytes: number;
  /** Where it came from, if that was known. */
  readonly address?: string;
  /** Absent: POST. */
  readonly method?: string;
  /** The endpoint was set to answer with what the run makes of it, so that the status does not follow. Absent: 202 was answered. */
  readonly waited?: true;
  /** Somebody sent it from MeshHook to try the endpoint. */
  readonly test?: true;
  /** How much of it was redacted before it was stored, by the name of the rule. Absent: nothing was. */
  readonly redacted?: { readonly [rule: string]: number };
}

/** It is the turn of a run that was held. */
export interface BeginFact {
  readonly kind: "begin";
  readonly at: Micros;
}

/** Parameters of a query by name; a list if a name came several times. */
export interface QueryParameters {
  readonly [name: string]: string | readonly string[];
}

/** An at-most-once call is about to be sent. Durable before the send; without an answer the outcome is unknown. */
export interface IntentFact extends StepPlace {
  readonly kind: "intent";
  readonly at: Micros;
  readonly attempt: number;
}

/** An HTTP response of any status arrived. `core` decides whether it is a success, a retry or a failure. */
export interface ResponseFact extends StepPlace {
  readonly kind: "response";
  readonly at: Micros;
  /** Numbered from 1. */
  readonly attempt: number;
  /** From the start of the call to the last byte of the answer. */
  readonly durationUs: number;
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  /** JSON if the response says so and can be parsed; otherwise text, or base64 if `bodyEncoding` says so. */
  readonly body: Json;
  /** Set when the body is not text; `body` is then its bytes in base64. */
  readonly bodyEncoding?: "base64";
  /** Set when the response claimed to be JSON but was not; `body` is then the text. */
  readonly bodyError?: string;
  /** The redirects before this answer, in order; absent when there were none. */
  readonly redirects?: readonly Redirect[];
}

/** A redirect. */
export interface Redirect {
  readonly status: number;
  /** Where it led: an absolute URL without user, password and fragment. */
  readonly url: string;
}

/** A call ended without a response. */
export interface FailureFact extends StepPlace {
  readonly kind: "failure";
  readonly at: Micros;
  readonly attempt: number;
  readonly durationUs: number;
  readonly code: CallFailureCode;
  /** For people. Never contains a secret. */
  readonly message: string;
  /** Set when it is certain that no byte of the request was sent: then even an at-most-once call may be retried. */
  readonly notSent?: true;
}

/**
 * `timeout`, `network` (connect, reset, DNS, broken response), `tls`, `forbidden_target` (egress guard), `response_too_large`,
 * `response_unreadable` (its content coding is unknown or broken), `redirect_failed` (too many, a loop, no usable address, or from
 * https to http), `outcome_unknown` (an at-most-once call whose owner died), `secret_missing` and `secret_invalid` (a secret that the request needs),
 * `link_unavailable` (the process knows no address for a link that the request needs), and `circuit_open` (calls to the target are held back, and the node does not want to wait).
 */
export type CallFailureCode =
  | "timeout"
  | "network"
  | "tls"
  | "forbidden_target"
  | "response_too_large"
  | "response_unreadable"
  | "redirect_failed"
  | "outcome_unknown"
  | "secret_missing"
  | "secret_invalid"
  | "link_unavailable"
  | "circuit_open";

/** A `delay` node is due. (Retry timers need no fact: the next attempt's own fact says that it happened.) */
export interface TimerFact extends StepPlace {
  readonly kind: "timer";
  readonly at: Micros;
}

/** The time is over that a step may take, or, without a node, the run. */
export interface TimeoutFact extends Partial<StepPlace> {
  readonly kind: "timeout";
  readonly at: Micros;
}

/** Somebody sent the run a signal. The fold decides which step takes it, and keeps it until one does. */
export interface SignalFact {
  readonly kind: "signal";
  readonly at: Micros;
  /** Its id. Ids of one run ascend, so that one that was recorded before is known again. */
  readonly signal: string;
  readonly name: string;
  readonly payload: Json;
}

/** The run that a `call_workflow` step waited for has ended, or could not be started. */
export interface ChildFact extends StepPlace {
  readonly kind: "child";
  readonly at: Micros;
  /** The child; where it was not started, the id that it would have had. */
  readonly runId: string;
  /** How the child ended. `not_started`: there is no such run, and `error` says why. */
  readonly status: TerminalStatus | "not_started";
  /** The output of the child's result. */
  readonly output: Json;
  /** Why the child failed or was not started. Beside `succeeded`: why the step fails all the same. */
  readonly error?: StepError;
}

/** A request to stop the run. */
export interface CancelFact {
  readonly kind: "cancel";
  readonly at: Micros;
  readonly reason?: string;
  /** The id of the signal with the request. */
  readonly signal?: string;
}
