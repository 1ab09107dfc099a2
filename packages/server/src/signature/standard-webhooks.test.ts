import { generateKeyPairSync, sign } from "node:crypto";

import { Webhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";
import { describe, expect, it } from "vitest";

import { causeOf, NOW, NOW_S, type Signed } from "../../test/signing.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const BODY = '{"test": 2432232314}';
const ID = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const library = new Webhook(SECRET);
const right = library.sign(ID, new Date(NOW_S * 1_000), BODY);

function standard(changed: Signed["headers"] = {}, more: Partial<Signed> = {}): Promise<string | null> {
  const headers = { "webhook-id": ID, "webhook-timestamp": String(NOW_S), "webhook-signature": right, ...changed };
  return causeOf({ kind: "standard-webhooks", secret: SECRET, headers, body: BODY, ...more });
}

/** By the library, at another time. */
function signedAt(timestamp: number): Signed["headers"] {
  return {
    "webhook-timestamp": String(timestamp),
    "webhook-signature": library.sign(ID, new Date(timestamp * 1_000), BODY),
  };
}

describe("Standard Webhooks", () => {
  it("are signed as their library does, with the secret written in any of its ways", async () => {
    expect(await standard()).toBe(null);
    expect(await standard({}, { secret: SECRET.slice("whsec_".length) })).toBe(null);
  });

  it("may have the names that Svix gives the headers", async () => {
    const signature = new SvixWebhook(SECRET).sign(ID, new Date(NOW_S * 1_000), BODY);
    const headers = { "svix-id": ID, "svix-timestamp": String(NOW_S), "svix-signature": signature };
    expect(await causeOf({ kind: "standard-webhooks", secret: SECRET, headers, body: BODY })).toBe(null);
    // The two families do not complete each other.
    const mixed = { "webhook-id": ID, "webhook-timestamp": String(NOW_S), "svix-signature": right };
    expect(await causeOf({ kind: "standard-webhooks", secret: SECRET, headers: mixed, body: BODY })).toMatch(/svix-id/);
  });

  it.each([
    ["", /no signature/],
    ["v1", /no signature/],
    ["v1,", /no signature/],
    ["v1,dawfeoifkpqwoekfpqoekf", /no signature|not match/],
    [right.slice(0, 8), /no signature|not match/],
    [`${right},`, /no signature/],
    [right.replace("v1", "v2"), /no signature/],
    [right.replace("v1,", "v1a,"), /no signature/],
  ])("with the signature %j are refused", async (signature, cause) => {
    expect(await standard({ "webhook-signature": signature })).toMatch(cause);
  });

  it("need all three headers, each once", async () => {
    const headers = { "webhook-id": ID, "webhook-timestamp": String(NOW_S), "webhook-signature": right };
    for (const name of ["webhook-id", "webhook-timestamp", "webhook-signature"] as const) {
      const { [name]: value, ...others } = headers;
      const less = await causeOf({ kind: "standard-webhooks", secret: SECRET, headers: others, body: BODY });
      expect(less).toMatch(/is missing/);
      expect(await standard({ [name]: [value, value] })).toBe(`The header ${name} was sent more than once`);
    }
  });

  it("may have a list of signatures, of which one must be right", async () => {
    const bad = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=";
    expect(await standard({ "webhook-signature": `${bad} v2,x ${bad} ${right}` })).toBe(null);
    expect(await standard({ "webhook-signature": `${`${bad} `.repeat(7)}${right}` })).toBe(null);
    expect(await standard({ "webhook-signature": `${`${bad} `.repeat(8)}${right}` })).toMatch(
      /9 signatures; at most 8/,
    );
    expect(await standard({ "webhook-signature": `${"v2,x ".repeat(500)}${right}` })).toMatch(/at most 2048/);
  });

  it("are accepted for five minutes before and after", async () => {
    for (const far of [-300, -299, 299, 300]) expect(await standard(signedAt(NOW_S + far))).toBe(null);
    for (const far of [-301, 301]) expect(await standard(signedAt(NOW_S + far))).toMatch(/301 seconds/);
  });

  it.each(["1763931000xyz", " 1763931000", "1763931000.9", "0x6922dd38", "1e9", "-1", "", "9".repeat(30)])(
    "with the timestamp %j are refused, whatever the library reads from it",
    async (timestamp) => {
      expect(await standard({ "webhook-timestamp": timestamp })).toMatch(/ten digits/);
    },
  );

  it("cannot be cut into another id, timestamp and body with the same signature", async () => {
    const cut = library.sign("a", new Date(NOW_S * 1_000), `${NOW_S}.{}`);
    const headers = (id: string) => ({ "webhook-id": id, "webhook-signature": cut });
    expect(await standard(headers("a"), { body: `${NOW_S}.{}` })).toBe(null);
    expect(await standard(headers(`a.${NOW_S}`), { body: "{}" })).toMatch(/webhook-id does not consist of/);
    expect(await standard({ "webhook-id": "x".repeat(256) })).toMatch(/1 to 255/);
  });

  it("are accepted with an older key until it expires", async () => {
    const newer = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
    const keys = [
      { secret: newer, expiresAt: null },
      { secret: SECRET, expiresAt: NOW },
    ];
    expect(await standard({}, { keys, now: NOW - 1 })).toBe(null);
    expect(await standard({}, { keys, now: NOW })).toMatch(/any key that is valid now/);
    const byNewer = new Webhook(newer).sign(ID, new Date(NOW_S * 1_000), BODY);
    expect(await standard({ "webhook-signature": byNewer }, { keys, now: NOW })).toBe(null);
  });

  it("may be signed with a private key, whose public key the endpoint has", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const secret = `whpk_${Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url").toString("base64")}`;
    const message = Buffer.from(`${ID}.${NOW_S}.${BODY}`);
    const signature = `v1a,${sign(null, message, privateKey).toString("base64")}`;
    expect(await standard({ "webhook-signature": signature }, { secret })).toBe(null);
    expect(await standard({ "webhook-signature": signature }, { secret, body: `${BODY} ` })).toMatch(/not match/);
    // A public key is not a shared secret: nobody can sign with it.
    expect(await standard({ "webhook-signature": right }, { secret })).toMatch(/no signature/);
    // While a sender changes from one to the other, both are accepted, whichever came last.
    const [one, other] = [
      { secret, expiresAt: null },
      { secret: SECRET, expiresAt: NOW + 1 },
    ];
    for (const keys of [
      [one, other],
      [
        { ...other, expiresAt: null },
        { ...one, expiresAt: NOW + 1 },
      ],
    ])
      for (const given of [signature, right, `v1,x ${signature}`, `${right} v1a,x`])
        expect(await standard({ "webhook-signature": given }, { keys })).toBe(null);
  });
});

describe("Discord", () => {
  it("signs timestamp and body with a private key", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const secret = Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url").toString("hex");
    const body = '{"type":1}';
    const signature = sign(null, Buffer.from(`${NOW_S}${body}`), privateKey).toString("hex");
    const discord = (headers: Signed["headers"], sent = body) =>
      causeOf({ kind: "discord", secret, body: sent, headers: { "x-signature-timestamp": String(NOW_S), ...headers } });
    expect(await discord({ "x-signature-ed25519": signature })).toBe(null);
    expect(await discord({ "x-signature-ed25519": signature }, `${body} `)).toMatch(/not match/);
    expect(await discord({ "x-signature-ed25519": signature.toUpperCase() })).toMatch(/lower-case hex/);
    expect(await discord({ "x-signature-ed25519": signature.slice(2) })).toMatch(/128 lower-case hex/);
    expect(await discord({ "x-signature-ed25519": signature, "x-signature-timestamp": String(NOW_S + 1) })).toMatch(
      /not match/,
    );
  });
});
