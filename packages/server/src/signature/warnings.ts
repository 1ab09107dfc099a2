import type { SignatureKind, SignatureSettings } from "@meshhook/contract";

/** What is unsafe about the way an endpoint's deliveries are signed, in sentences. */
export function signatureWarnings(kind: SignatureKind, { hmac, jwt }: SignatureSettings): string[] {
  if (kind === "none") return ["Signatures are not checked: anyone who knows the address can send webhooks."];
  if (kind === "basic") return ["A password does not protect the body: only the connection does."];
  if (kind === "hmac" && hmac?.algorithm === "sha1-legacy")
    return ["SHA-1 is outdated: use SHA-256 if the sender can."];
  if (kind === "jwt" && jwt !== undefined && jwt.bodySha256Claim === undefined)
    return [
      "The token does not sign the body: anyone who gets hold of a token can send other bodies until it expires.",
    ];
  return [];
}
