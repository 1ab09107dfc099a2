import type { CallFailureCode } from "@meshhook/core";

import { CodingError } from "./content-coding.ts";
import { DecodedTooLarge } from "./decompress.ts";
import { ForbiddenTarget } from "./egress.ts";
import { RedirectError } from "./redirect.ts";
import { TlsSettingsFault } from "./tls-identity.ts";

/** Why a call has no answer, as its fact says it. */
export interface Explained {
  readonly code: CallFailureCode;
  /** A sentence for people; no secret. */
  readonly message: string;
}

const TLS_CODES =
  /^(?:ERR_TLS|ERR_SSL|ERR_OSSL|CERT_|CRL_|EPROTO$|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH$|INVALID_CA$|INVALID_PURPOSE$|PATH_LENGTH_EXCEEDED$|OUT_OF_MEM$)/;

/**
 * Explains an error of connecting or of the exchange.
 *
 * @param isAnswered  Bytes of an answer have come.
 */
export function explainCallError(error: unknown, isAnswered: boolean, bytesMax: number): Explained {
  if (error instanceof ForbiddenTarget) return { code: "forbidden_target", message: error.message };
  if (error instanceof TlsSettingsFault) return { code: "tls", message: error.message };
  if (error instanceof RedirectError) return { code: "redirect_failed", message: error.message };
  if (error instanceof CodingError) {
    return { code: "response_unreadable", message: `The answer cannot be read: ${error.message}` };
  }
  if (error instanceof DecodedTooLarge) return tooLarge(bytesMax);
  const cause = error instanceof Error ? error : new Error(String(error));
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : "";
  if (TLS_CODES.test(code)) return { code: "tls", message: tlsMessage(cause, code) };
  return { code: "network", message: networkMessage(cause, code, isAnswered) };
}

export function tooLarge(bytesMax: number): Explained {
  return {
    code: "response_too_large",
    message: `The answer is larger than responseBytesMax (${bytesMax} bytes)`,
  };
}

/** The issuer of the certificate, or of one above it, is not known here. */
const UNKNOWN_ISSUER =
  /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT(?:_LOCALLY)?|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$/;

function tlsMessage(cause: Error, code: string): string {
  // OpenSSL's own message names a thread and a place in its source; `reason` is what it has to say.
  const reason = "reason" in cause && typeof cause.reason === "string" ? cause.reason : inOneLine(cause.message);
  if (UNKNOWN_ISSUER.test(code)) {
    // Node recommends an option of its command line, which users of MeshHook do not control.
    return `${code}: ${reason.replace(/; if the root CA .*/, "")}; to trust it, name its issuer's certificate in tls.ca, or in MESHHOOK_EXTRA_CA_FILE`;
  }
  if (code === "ERR_SSL_WRONG_VERSION_NUMBER" || code === "ERR_SSL_PACKET_LENGTH_TOO_LONG") {
    return `${code}: ${reason}; the target may not use TLS, in which case the URL must start with http:`;
  }
  if (CLIENT_CERTIFICATE.test(code))
    return `${code}: ${reason}; the target demands a client certificate, or does not accept this one; see tls.certificate`;
  return `${code}: ${reason}`;
}

/** How OpenSSL reports, in any of its versions, what a target says of the client's certificate or of the lack of one. */
const CLIENT_CERTIFICATE =
  /_ALERT_(?:CERTIFICATE_REQUIRED|UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_EXPIRED|CERTIFICATE_REVOKED|CERTIFICATE_UNKNOWN|UNSUPPORTED_CERTIFICATE|HANDSHAKE_FAILURE)$/;

function inOneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

/** What undici says of an answer 101 with an `Upgrade`. */
const SWITCHED = "bad upgrade";

export const SWITCHED_PROTOCOLS =
  "The target switched to another protocol, which the request had not asked for (status 101)";

function networkMessage(cause: Error, code: string, isAnswered: boolean): string {
  switch (code) {
    case "UND_ERR_SOCKET":
      if (cause.message === SWITCHED) return SWITCHED_PROTOCOLS;
      return isAnswered
        ? "The target closed the connection in the middle of its answer"
        : "The target closed the connection without an answer";
    case "UND_ERR_RES_CONTENT_LENGTH_MISMATCH":
      return "The answer is not as long as its Content-Length says, or it has several, or a Transfer-Encoding beside it";
    case "UND_ERR_HEADERS_OVERFLOW":
      return "The answer's headers are larger than 64 kB";
  }
  // A name with several addresses fails with all their errors; the first is as good as any.
  const first = cause instanceof AggregateError && cause.errors[0] instanceof Error ? cause.errors[0] : cause;
  return first.message === "" ? code : inOneLine(first.message);
}
