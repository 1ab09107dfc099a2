import { generateKeyPairSync } from "node:crypto";

import type { SignatureKind, SignatureSettings } from "@meshhook/contract";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { causeOf, NOW_S } from "../../test/signing.ts";

interface Checked {
  readonly secret: string;
  readonly settings?: SignatureSettings;
  /** The headers that the check looks at. */
  readonly names: readonly string[];
}

const discordKey = Buffer.from(generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" }).x ?? "", "base64url");
const SECRET = "a-secret-of-at-least-32-characters";
const KINDS: { readonly [Kind in Exclude<SignatureKind, "none">]: Checked } = {
  "github-sha256": { secret: SECRET, names: ["x-hub-signature-256"] },
  stripe: { secret: SECRET, names: ["stripe-signature"] },
  slack: { secret: SECRET, names: ["x-slack-signature", "x-slack-request-timestamp"] },
  shopify: { secret: SECRET, names: ["x-shopify-hmac-sha256"] },
  twilio: { secret: SECRET, names: ["x-twilio-signature", "content-type", "host"] },
  "standard-webhooks": {
    secret: `whsec_${Buffer.alloc(24, 1).toString("base64")}`,
    names: ["webhook-id", "webhook-timestamp", "webhook-signature", "svix-signature"],
  },
  discord: { secret: discordKey.toString("hex"), names: ["x-signature-ed25519", "x-signature-timestamp"] },
  hmac: {
    secret: SECRET,
    settings: {
      hmac: { header: "x-s", signed: "{id}.{timestamp}.{body}", timestampHeader: "x-t", idHeader: "x-i" },
    },
    names: ["x-s", "x-t", "x-i"],
  },
  jwt: { secret: SECRET, settings: { jwt: { algorithms: ["HS256"] } }, names: ["authorization"] },
  basic: { secret: `user:${SECRET}`, names: ["authorization"] },
};

const json = fc.json().map((text) => Buffer.from(text).toString("base64url"));
/** Texts that get further into the checks than random ones do. */
const value = fc.oneof(
  fc.string({ unit: "binary-ascii", maxLength: 100 }),
  fc.constantFrom(
    String(NOW_S),
    "application/x-www-form-urlencoded",
    `v0=${"a".repeat(64)}`,
    `sha256=${"0".repeat(64)}`,
  ),
  fc.uint8Array({ maxLength: 70 }).map((bytes) => Buffer.from(bytes).toString("hex")),
  fc.uint8Array({ maxLength: 70 }).map((bytes) => `v1,${Buffer.from(bytes).toString("base64")}`),
  fc
    .array(fc.constantFrom(`t=${NOW_S}`, `v1=${"0".repeat(64)}`, "v1=", "=", "v0=1", ""), { maxLength: 20 })
    .map((items) => items.join(",")),
  fc.tuple(json, json, json).map((parts) => `Bearer ${parts.join(".")}`),
  fc
    .tuple(fc.constant(Buffer.from('{"alg":"HS256"}').toString("base64url")), json, json)
    .map((parts) => parts.join(".")),
  fc.string().map((text) => `Basic ${Buffer.from(text).toString("base64")}`),
);

describe.each(Object.entries(KINDS) as [SignatureKind, Checked][])("signatures of the kind %s", (kind, checked) => {
  it("are refused, and nothing is thrown, whatever the headers, the address and the body are", async () => {
    const { names, secret, settings = {} } = checked;
    const headers = fc.dictionary(fc.constantFrom(...names), fc.oneof(value, fc.tuple(value, value)));
    const form = fc.array(fc.constantFrom("a=1", "b", "=", "&", "%ff", "+", "?", "é"), { maxLength: 10 });
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      form.map((parts) => Buffer.from(parts.join("&"))),
    );
    const url = form.map((parts) => `/hooks/token-0001?${parts.join("&")}&bodySHA256=${parts.length}`);
    await fc.assert(
      fc.asyncProperty(headers, body, url, async (given, bytes, target) => {
        const cause = await causeOf({ kind, secret, settings, headers: given, body: bytes, url: target });
        expect(cause).toEqual(expect.any(String));
      }),
    );
  });
});
