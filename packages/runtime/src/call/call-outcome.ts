import type { CallFailureCode, Json, Redirect } from "@meshhook/core";

/** How a call ended: with an answer, whatever its status, or without one. */
export type CallOutcome = CallResponse | CallFailure;

export interface CallResponse {
  readonly kind: "response";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Json;
  readonly bodyEncoding?: "base64";
  readonly bodyError?: string;
  readonly redirects?: readonly Redirect[];
  readonly durationUs: number;
}

export interface CallFailure {
  readonly kind: "failure";
  readonly code: CallFailureCode;
  readonly message: string;
  /** No byte of the request was handed to a connection. */
  readonly notSent?: true;
  readonly durationUs: number;
}
