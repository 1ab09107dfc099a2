import type { Json } from "../json.ts";
import type { Reference } from "../expression/reference.ts";
import type { BreakerPolicy, ResponseType, TargetLimits, TlsPolicy } from "../plan/plan.ts";
import type { Micros } from "../time.ts";
import type { Redirect } from "./fact.ts";
import type { StepPlace } from "./step-key.ts";

/** What the fold asks the runtime to do outside. Nothing here starts before the facts it was derived from are durable. */
export type Effect = WaitEffect | TimeoutEffect;

/** What a step waits for. */
export type WaitEffect = CallEffect | TimerEffect | SignalEffect | ChildEffect;

/** Send one HTTP request: attempt `attempt` of step `node`. Ends in a `response` or a `failure` fact with the same attempt. */
export interface CallEffect extends StepPlace {
  readonly kind: "call";
  readonly attempt: number;
  /** Not before this time (backoff, `Retry-After`). Equal to the last fact's `at` for a first attempt. */
  readonly dueAt: Micros;
  /** The method and origin, for people: `POST https://api.example.com`. Without path and query, which can contain payload. */
  readonly target: string;
  /** The size of the request in UTF-16 units, for counting memory: without the escapes that JSON needs. */
  readonly requestBytes: number;
  /**
   * Returns the request to send, which is the same for every attempt and after a takeover. A large request is not kept but rendered each
   * time, so call this just before sending and do not keep the result.
   *
   * If the request is larger than 16 kB, this costs as much as the step's templates and writing the body.
   */
  readonly request: () => CallRequest;
  readonly timeoutMs: number;
  /** When true an `intent` fact for this attempt must be durable before the send. */
  readonly atMostOnce: boolean;
  /** What the author allows this call to ask of its target. Absent: no more than the runtime's own limits. */
  readonly gate?: CallGate;
}

/** Conditions under which a call may start; one of them at least is given. */
export interface CallGate {
  readonly limits: TargetLimits | null;
  readonly breaker: BreakerPolicy | null;
}

export interface CallRequest {
  readonly method: string;
  readonly url: string;
  /** Lower-case names, in order. Includes `idempotency-key` (the same for all attempts) and, with a body, `content-type`. */
  readonly headers: { readonly [name: string]: string };
  /** Undefined when there is no body. */
  readonly body?: string;
  /** The parts of the body that are Base64 here and are sent as the bytes they stand for, in order; absent when there are none. */
  readonly base64?: readonly TextRange[];
  /** The places that are filled when the request is sent, in order within each text; absent when there are none. */
  readonly references?: readonly RequestReference[];
  /** Names of the secrets that the request is signed with when it is sent (Standard Webhooks); absent when it is not signed. */
  readonly signingKeys?: readonly string[];
  /** What the target is shown, and whom the call trusts; absent: nothing, and whom all calls trust. */
  readonly tls?: TlsPolicy;
  /** How the body of the answer is read; absent: by its content type. */
  readonly responseType?: Exclude<ResponseType, "auto">;
  /** Largest accepted response body, after its content coding was undone. */
  readonly responseBytesMax: number;
  /** Absent when redirects are not followed. */
  readonly redirects?: RedirectRule;
  /** The request may not be repeated, so it must not go out on a connection that was used before. */
  readonly needsFreshConnection?: true;
}

/** A part of a text, in UTF-16 units. */
export interface TextRange {
  readonly at: number;
  readonly length: number;
}

/** A place in a request that holds `{{ secrets.NAME }}` or `{{ links.NAME }}`, where the value belongs when the request is sent. */
export interface RequestReference extends TextRange {
  readonly reference: Reference;
  /** `headers.<name>`: the value of a header. */
  readonly part: "url" | "body" | `headers.${string}`;
  /** How the value is written there. */
  readonly form: ReferenceForm;
}

/** `url`: percent-encoded; `form`: as in a form; `markup`: escaped for XML and HTML; `json`: as between the quotes of a JSON string. */
export type ReferenceForm = "text" | "url" | "form" | "markup" | "json";

/** Which answers are followed to the address in their `Location`. */
export interface RedirectRule {
  /** Some of 301, 302, 303, 307, 308; any other status is final. */
  readonly statuses: readonly number[];
  /** Hops, 1 to 20. */
  readonly max: number;
}

/** Append a `timer` fact for `node` at `dueAt`, or as soon after as possible; never before. */
export interface TimerEffect extends StepPlace {
  readonly kind: "timer";
  readonly dueAt: Micros;
}

/** Wait for a signal with this name; the run keeps signals that came before. Ends in a `signal` fact of the run. */
export interface SignalEffect extends StepPlace {
  readonly kind: "signal";
  readonly name: string;
  /** Append a `timeout` fact for `node` at this time, never before; null: wait for as long as it takes. */
  readonly dueAt: Micros | null;
}

/**
 * Append a `timeout` fact at `dueAt`, or as soon after as possible; never before. For a step this stands beside what the step waits for;
 * without a node it is the time that the whole run may take.
 */
export interface TimeoutEffect extends Partial<StepPlace> {
  readonly kind: "timeout";
  readonly dueAt: Micros;
}

/**
 * Start a run of another workflow, unless a run with this id exists already, and wait for its end. Ends in a `child` fact. The runs have the
 * same shard and so the same owner.
 */
export interface ChildEffect extends StepPlace {
  readonly kind: "child";
  /** The id of the run to start (`childRunId`). */
  readonly runId: string;
  /** The slug of a workflow in the same project. The version that is active when the child starts is run. */
  readonly workflow: string;
  readonly input: Json;
  /** How many runs are above the child; 1 for the child of a run that is nobody's child. */
  readonly depth: number;
  /** When the step asked for it. */
  readonly dueAt: Micros;
}

/** The output of an `http_call` step, as expressions see it. */
export interface CallOutput {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  /** JSON, text, or base64 if `bodyEncoding` says so. */
  readonly body: Json;
  readonly bodyEncoding?: "base64";
  /** Set when the answer claimed to be JSON but was not; `body` is then the text. */
  readonly bodyError?: string;
  /** The redirects before this answer; absent when there were none. */
  readonly redirects?: readonly Redirect[];
}
