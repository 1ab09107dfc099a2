/** What the endpoint's owner can do about a rejection, by code; a problem's own remedy is meant for its sender. */
const REMEDIES: { readonly [code: string]: string } = {
  body_too_large: "Have the sender send less, or raise the largest body in the endpoint's settings.",
  content_type_unsupported: "Have the sender send JSON, a form, text or XML, and name its type in Content-Type.",
  content_encoding_unsupported: "Have the sender send gzip, deflate, br or nothing compressed.",
  endpoint_not_published: "Publish the workflow. Then have the sender send it again.",
  idempotency_key_reused:
    "The sender gave two requests the same idempotency key. If it repeats deliveries with another timestamp inside, choose in the endpoint's settings that the first one counts.",
  json_invalid: "The body is not JSON although its Content-Type says so. Look at what the sender makes of its payload.",
  method_not_allowed: "Set the sender to the method that the endpoint accepts. Webhooks are usually sent with POST.",
  verify_token_wrong: "Enter the same verify token at the provider and in the endpoint's settings.",
  verification_unrecognized: "Somebody opened the address in a browser, or a provider verifies it in an unknown way.",
  endpoint_paused: "The endpoint is paused. Resume it; a good sender sends it again by itself.",
  rate_limited: "The sender sends faster than the rate limit allows. Raise the limit, or slow the sender down.",
  address_not_allowed: "Add the sender's address to those the endpoint accepts, if it is one of the sender's.",
  payload_invalid: "The payload does not fit the endpoint's schema. Correct the sender, or the schema.",
};

/** Signatures fail in several ways, which the recorded detail tells apart. */
const SIGNATURE_REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /does not match/,
    "The sender signs with another secret, or something on the way changes the body. Enter the same secret on both sides, and look for a proxy that rewrites bodies.",
  ],
  [
    /is missing/,
    "The sender does not sign, or signs in another way. Switch signing on at the sender, or choose the signature of this sender in the endpoint's settings.",
  ],
  [
    /seconds (?:old|ahead)/,
    "The request was signed too long ago, or the clocks differ. Check the clock of this server, and whether the sender repeats requests without signing them anew.",
  ],
  [/user name or the password/, "Enter the same user name and password at the sender and in the endpoint's settings."],
];

/** In sentences; null where the reason says it all. */
export function remedyOf(code: string, detail: string): string | null {
  if (code !== "signature_invalid") return REMEDIES[code] ?? null;
  const found = SIGNATURE_REMEDIES.find(([pattern]) => pattern.test(detail));
  return found?.[1] ?? "The endpoint expects another signature than the sender makes. Compare the settings of both.";
}
