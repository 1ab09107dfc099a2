import type { CallRequest } from "@meshhook/core";

/** A request with everything that a run does not know. */
export interface OutgoingRequest extends Omit<CallRequest, "body" | "base64" | "references" | "signingKeys"> {
  readonly body?: string | Buffer;
  /** Names of headers that hold a secret. They stay with the origin that they are for. */
  readonly secretHeaders?: ReadonlySet<string>;
  /** The body holds a secret. */
  readonly hasSecretBody?: true;
}
