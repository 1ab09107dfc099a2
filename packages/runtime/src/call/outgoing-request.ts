import type { CallRequest } from "@meshhook/core";

import type { TlsIdentity } from "./tls-identity.ts";

/** A request with everything that a run does not know. */
export interface OutgoingRequest extends Omit<CallRequest, "body" | "base64" | "references" | "signingKeys" | "tls"> {
  readonly body?: string | Buffer;
  /** It stays with the origin that it is for, too. Absent: the connections that calls without settings share. */
  readonly tlsIdentity?: TlsIdentity;
  /** Names of headers that hold a secret. They stay with the origin that they are for. */
  readonly secretHeaders?: ReadonlySet<string>;
  /** The body holds a secret. */
  readonly hasSecretBody?: true;
}
