import { generateKeyPairSync, sign as signWith } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { RequestProblem, type RejectionResource, type SignatureKind } from "@meshhook/contract";
import { waitFor } from "@meshhook/testkit";
import { exportJWK, SignJWT } from "jose";
import { Webhook } from "standardwebhooks";
import Stripe from "stripe";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { post, publish, pureDefinition, startHarness, type Harness } from "./harness.ts";
import { hmac } from "./signing.ts";

let harness: Harness;
const SECRET = "canary-of-signatures-7f3a9c2e";
const STANDARD = `whsec_${Buffer.alloc(24, 3).toString("base64")}`;
const OTHER = `whsec_${Buffer.alloc(24, 4).toString("base64")}`;
const ED25519 = generateKeyPairSync("ed25519");
const PUBLIC = Buffer.from(ED25519.publicKey.export({ format: "jwk" }).x ?? "", "base64url").toString("hex");

beforeAll(async () => {
  harness = await startHarness({ egressAllow: ["127.0.0.0/8"] });
  await publish(harness.client, pureDefinition());
});
afterAll(() => harness.close());

type Settings = Omit<Parameters<Harness["client"]["createEndpoint"]>[0]["body"], "workflow" | "name">;

async function endpoint(settings: Settings): Promise<{ readonly id: string; readonly url: string }> {
  const { id, path } = await harness.client.createEndpoint({ body: { workflow: "pure", name: "signed", ...settings } });
  return { id, url: harness.url + path };
}

async function issueOf(attempt: Promise<unknown>): Promise<{ readonly path: string; readonly message: string }> {
  const error: unknown = await attempt.then(
    () => null,
    (refusal: unknown) => refusal,
  );
  if (!(error instanceof RequestProblem)) throw new Error(`It was not refused as a request: ${String(error)}`);
  expect(error.status).toBe(422);
  return { path: error.issues[0]?.path ?? error.code, message: error.issues[0]?.message ?? error.detail };
}

/** A refusal is recorded beside its answer. */
async function rejectionsOf({ client }: Harness, endpointId: string, count: number): Promise<RejectionResource[]> {
  let items: RejectionResource[] = [];
  await waitFor("the refusals are listed", async () => {
    ({ items } = await client.listRejections({ endpointId }));
    return items.length === count;
  });
  return items;
}

const seconds = (): number => Math.floor(Date.now() / 1_000);

/** What the sender of each kind puts into its headers now. */
const SENDERS: readonly {
  readonly kind: SignatureKind;
  readonly settings: Settings;
  readonly headers: (body: string) => { readonly [name: string]: string };
}[] = [
  {
    kind: "stripe",
    settings: { secret: SECRET },
    headers: (payload) => ({
      "stripe-signature": new Stripe("sk_test_none").webhooks.generateTestHeaderString({ payload, secret: SECRET }),
    }),
  },
  {
    kind: "standard-webhooks",
    settings: { secret: STANDARD },
    headers: (body) => {
      const time = new Date();
      const timestamp = String(Math.floor(time.getTime() / 1_000));
      const signature = new Webhook(STANDARD).sign("msg_1", time, body);
      return { "webhook-id": "msg_1", "webhook-timestamp": timestamp, "webhook-signature": signature };
    },
  },
  {
    kind: "slack",
    settings: { secret: SECRET },
    headers: (body) => {
      const timestamp = String(seconds());
      const signature = `v0=${hmac("sha256", SECRET, `v0:${timestamp}:${body}`)}`;
      return { "x-slack-signature": signature, "x-slack-request-timestamp": timestamp };
    },
  },
  {
    kind: "shopify",
    settings: { secret: SECRET },
    headers: (body) => ({ "x-shopify-hmac-sha256": hmac("sha256", SECRET, body, "base64") }),
  },
  {
    kind: "twilio",
    settings: { secret: SECRET, signatureSettings: { url: "https://mine.example/hook" } },
    headers: (body) => ({
      "content-type": "application/x-www-form-urlencoded",
      "x-twilio-signature": hmac("sha1", SECRET, `https://mine.example/hook${body.replace("=", "")}`, "base64"),
    }),
  },
  {
    kind: "discord",
    settings: { secret: PUBLIC },
    headers: (body) => {
      const timestamp = String(seconds());
      const signature = signWith(null, Buffer.from(timestamp + body), ED25519.privateKey).toString("hex");
      return { "x-signature-ed25519": signature, "x-signature-timestamp": timestamp };
    },
  },
  {
    kind: "hmac",
    settings: { secret: SECRET, signatureSettings: { hmac: { header: "X-Mine", prefix: "v=" } } },
    headers: (body) => ({ "x-mine": `v=${hmac("sha256", SECRET, body)}` }),
  },
  {
    kind: "basic",
    settings: { secret: `user:${SECRET}` },
    headers: () => ({ authorization: `Basic ${Buffer.from(`user:${SECRET}`).toString("base64")}` }),
  },
];

describe.each(SENDERS)("a webhook signed as $kind", ({ kind, settings, headers }) => {
  const body = kind === "twilio" ? "a=1" : '{"a":1}';

  it("is accepted; without the signature, or with another body, it gets the answer that all such get", async () => {
    const { id, url } = await endpoint({ signature: kind, ...settings });
    const type = { "content-type": kind === "twilio" ? "application/x-www-form-urlencoded" : "application/json" };
    const accepted = await post(url, body, { ...type, ...headers(body) });
    expect(accepted).toMatchObject({ status: 202, body: { duplicate: false } });
    const bare = await post(url, body, type);
    const others =
      kind === "basic" ? [bare] : [bare, await post(url, body.replace("1", "2"), { ...type, ...headers(body) })];
    for (const refused of others) {
      expect(refused.status).toBe(401);
      expect(refused.text).toBe(
        JSON.stringify({
          type: "/problems/signature_invalid",
          title: "Signature is not valid",
          status: 401,
          code: "signature_invalid",
          detail: refused.body["detail"],
        }),
      );
      expect(refused.body["detail"]).toBe(bare.body["detail"]);
    }
    const listed = await rejectionsOf(harness, id, others.length);
    expect(listed.map(({ code }) => code)).toEqual(others.map(() => "signature_invalid"));
    const shown = JSON.stringify(await harness.client.listEndpoints()) + JSON.stringify(listed);
    for (const secret of [SECRET, STANDARD]) expect(shown + harness.logged.join("\n")).not.toContain(secret);
  });
});

describe("the header of a signature by hand", () => {
  it("is not seen by the run", async () => {
    const { url } = await endpoint({
      secret: SECRET,
      signature: "hmac",
      signatureSettings: { hmac: { header: "X-Mine" } },
    });
    const { body } = await post(url, "{}", { "x-mine": hmac("sha256", SECRET, "{}"), "x-other": "kept" });
    const { result } = await harness.client.getRun({ runId: String(body["runId"]) });
    expect(JSON.stringify(result)).toContain("kept");
    expect(JSON.stringify(result)).not.toContain("x-mine");
  });
});

describe("a token whose keys the sender publishes", () => {
  it("is checked against them, and a failure to read them is a reason to send again", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: "k", alg: "ES256" }] });
    const publisher = createServer((request, response) => {
      response.writeHead(request.url === "/keys" ? 200 : 404, { "content-type": "application/json" }).end(keys);
    });
    await new Promise<void>((resolve) => void publisher.listen(0, "127.0.0.1", resolve));
    const address = `http://127.0.0.1:${(publisher.address() as AddressInfo).port}`;
    const jwt = (path: string) => ({ algorithms: ["ES256" as const], jwksUrl: address + path });
    const token = await new SignJWT({})
      .setProtectedHeader({ alg: "ES256", kid: "k" })
      .setExpirationTime("5m")
      .sign(privateKey);
    const headers = { authorization: `Bearer ${token}` };
    const { url } = await endpoint({ signature: "jwt", signatureSettings: { jwt: jwt("/keys") } });
    expect((await post(url, "{}", headers)).status).toBe(202);
    expect((await post(url, "{}", { authorization: `${headers.authorization.slice(0, -4)}AAAA` })).status).toBe(401);
    const broken = await endpoint({ signature: "jwt", signatureSettings: { jwt: jwt("/elsewhere") } });
    const answer = await post(broken.url, "{}", headers);
    expect(answer).toMatchObject({ status: 503, body: { code: "unavailable" } });
    expect(answer.text).not.toContain(address);
    expect(answer.headers.get("retry-after")).toBe("5");
    publisher.closeAllConnections();
    await new Promise((resolve) => void publisher.close(resolve));
  });

  it("is not checked against keys on a private network that the operator has not allowed", async () => {
    const jwt = { algorithms: ["ES256" as const], jwksUrl: "https://10.0.0.1/keys" };
    const { id, url } = await endpoint({ signature: "jwt", signatureSettings: { jwt } });
    expect((await post(url, "{}", { authorization: "Bearer e30.e30.AA" })).status).toBe(503);
    const [rejection] = await rejectionsOf(harness, id, 1);
    expect(rejection?.detail).toMatch(/not a public address.*MESHHOOK_EGRESS_ALLOW/);
  });
});

describe("signing keys", () => {
  const send = (url: string, secret: string) => {
    const time = new Date();
    return post(url, "{}", {
      "webhook-id": "msg_1",
      "webhook-timestamp": String(Math.floor(time.getTime() / 1_000)),
      "webhook-signature": new Webhook(secret).sign("msg_1", time, "{}"),
    });
  };

  it("are added while the older one still works, and removed by their id", async () => {
    const { id, url } = await endpoint({ signature: "standard-webhooks", secret: STANDARD });
    const added = await harness.client.addSigningKey({ endpointId: id, body: { secret: OTHER } });
    const [newer, older] = added.signingKeys;
    expect(added.signingKeys).toHaveLength(2);
    expect(newer?.expiresAt).toBe(null);
    const hours = (Date.parse(older?.expiresAt ?? "") - Date.now()) / 3_600_000;
    expect(hours).toBeGreaterThan(23.9);
    expect(hours).toBeLessThan(24.1);
    for (const secret of [STANDARD, OTHER]) expect((await send(url, secret)).status).toBe(202);
    const remove = (keyId = "") => harness.client.removeSigningKey({ endpointId: id, keyId });
    await expect(remove(newer?.id)).rejects.toMatchObject({ code: "secret_missing" });
    await expect(remove("key_0000000000000000")).rejects.toMatchObject({ code: "not_found" });
    expect((await remove(older?.id)).signingKeys).toEqual([newer]);
    expect((await send(url, STANDARD)).status).toBe(401);
    expect((await send(url, OTHER)).status).toBe(202);
  });

  it("of before end at once when the new one says so, or when the secret is replaced", async () => {
    const { id, url } = await endpoint({ signature: "standard-webhooks", secret: STANDARD });
    await harness.client.addSigningKey({ endpointId: id, body: { secret: OTHER, othersExpireInS: 0 } });
    expect((await send(url, STANDARD)).status).toBe(401);
    await harness.client.addSigningKey({ endpointId: id, body: { secret: STANDARD } });
    const replaced = await harness.client.updateEndpoint({ endpointId: id, body: { secret: STANDARD } });
    expect(replaced.signingKeys).toHaveLength(1);
    expect((await send(url, OTHER)).status).toBe(401);
    expect((await send(url, STANDARD)).status).toBe(202);
  });

  it("are four at most, and none outlives the time it was given", async () => {
    const { id } = await endpoint({ signature: "stripe", secret: SECRET });
    const add = (othersExpireInS: number) =>
      harness.client.addSigningKey({ endpointId: id, body: { secret: SECRET, othersExpireInS } });
    const first = (await add(100)).signingKeys[1];
    await add(1_000);
    const { signingKeys } = await add(10_000);
    expect(signingKeys.map((key) => key.id)).toContain(first?.id);
    expect(signingKeys.find((key) => key.id === first?.id)).toEqual(first);
    expect(await issueOf(add(1_000))).toEqual({
      path: "/body/secret",
      message: "The endpoint has 4 keys; it can have 4.",
    });
  });

  it("are for writers only", async () => {
    const { id } = await endpoint({ signature: "stripe", secret: SECRET });
    const key = await harness.addKey((await harness.client.getSession()).project.id, "read");
    const answer = await fetch(`${harness.url}/api/v1/endpoints/${id}/signing-keys`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify({ secret: SECRET }),
    });
    expect(answer.status).toBe(403);
  });
});

describe("the settings of a signature", () => {
  it("are as before where nothing new is said", async () => {
    const plain = await harness.client.createEndpoint({ body: { workflow: "pure", name: "plain" } });
    expect(plain).toMatchObject({ signature: "none", signatureSettings: {}, hasSecret: false, signingKeys: [] });
    expect(plain.warnings).toEqual(["Signatures are not checked: anyone who knows the address can send webhooks."]);
    const signed = await harness.client.updateEndpoint({
      endpointId: plain.id,
      body: { signature: "github-sha256", secret: SECRET },
    });
    expect(signed).toMatchObject({ signature: "github-sha256", hasSecret: true, warnings: [] });
    expect(signed.signingKeys).toEqual([{ id: expect.stringMatching(/^key_[0-9a-f]{16}$/), expiresAt: null }]);
    const renamed = await harness.client.updateEndpoint({ endpointId: plain.id, body: { name: "renamed" } });
    expect(renamed.signingKeys).toEqual(signed.signingKeys);
    const open = await harness.client.updateEndpoint({ endpointId: plain.id, body: { signature: "none" } });
    expect(open).toMatchObject({ signature: "none", hasSecret: false, signingKeys: [] });
  });

  it("go with the kind that they belong to", async () => {
    const made = await harness.client.createEndpoint({
      body: { workflow: "pure", name: "n", signature: "slack", secret: SECRET, signatureSettings: { toleranceS: 60 } },
    });
    expect(made.signatureSettings).toEqual({ toleranceS: 60 });
    const changed = await harness.client.updateEndpoint({ endpointId: made.id, body: { signature: "shopify" } });
    expect(changed).toMatchObject({ signature: "shopify", signatureSettings: {}, signingKeys: made.signingKeys });
  });

  it.each([
    [{ signature: "stripe" }, "secret_missing", /checks signatures of the kind stripe but has no secret/],
    [{ signature: "none", secret: SECRET }, "secret_missing", /checks no signatures/],
    [{ signature: "hmac", secret: SECRET }, "/body/signatureSettings", /needs the settings hmac/],
    [{ signature: "jwt", secret: SECRET }, "/body/signatureSettings", /needs the settings jwt/],
    [
      { signature: "stripe", secret: SECRET, signatureSettings: { url: "https://a.example/" } },
      "/body/signatureSettings/url",
      /url means nothing for the signature stripe/,
    ],
    [
      { signature: "shopify", secret: SECRET, signatureSettings: { toleranceS: 60 } },
      "/body/signatureSettings/toleranceS",
      /toleranceS means nothing/,
    ],
    [
      { signature: "slack", secret: SECRET, signatureSettings: { hmac: { header: "x-s" } } },
      "/body/signatureSettings/hmac",
      /hmac means nothing/,
    ],
    [
      {
        signature: "hmac",
        secret: SECRET,
        signatureSettings: { hmac: { header: "x-s", signed: "{timestamp}.{body}" } },
      },
      "/body/signatureSettings/hmac/signed",
      /needs timestampHeader/,
    ],
    [
      { signature: "hmac", secret: SECRET, signatureSettings: { hmac: { header: "x-s", algorithm: "sha1" } } },
      "/body/signatureSettings/hmac/algorithm",
      /sha1-legacy/,
    ],
    [{ signature: "standard-webhooks", secret: SECRET }, "/body/secret", /whsec_ and the Base64 of 24 to 64 bytes/],
    [{ signature: "discord", secret: SECRET }, "/body/secret", /64 hex digits/],
    [{ signature: "basic", secret: SECRET }, "/body/secret", /a colon between them/],
    [
      { signature: "jwt", secret: SECRET, signatureSettings: { jwt: { algorithms: ["HS256"] } } },
      "/body/secret",
      /at least 32 bytes/,
    ],
    [
      { signature: "jwt", secret: SECRET, signatureSettings: { jwt: { algorithms: ["RS256", "HS256"] } } },
      "/body/signatureSettings/jwt/algorithms",
      /cannot be combined/,
    ],
    [
      { signature: "jwt", secret: SECRET, signatureSettings: { jwt: { algorithms: ["none"] } } },
      "/body/signatureSettings/jwt/algorithms/0",
      /HS256/,
    ],
    [
      { signature: "jwt", signatureSettings: { jwt: { algorithms: ["RS256"], jwksUrl: "http://a.example/keys" } } },
      "/body/signatureSettings/jwt/jwksUrl",
      /./,
    ],
  ])("%j are refused with the place and the remedy", async (settings, path, message) => {
    const body = { workflow: "pure", name: "n", ...settings } as never;
    const issue = await issueOf(harness.client.createEndpoint({ body }));
    expect(issue.path).toBe(path);
    expect(issue.message).toMatch(message);
  });
});
