import { createHmac } from "node:crypto";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";

import { exportJWK, exportSPKI, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { startHarness, type Harness } from "./harness.ts";
import { addUser, ask, type Answer } from "./people.ts";

const ISSUER = "https://project.supabase.example/auth/v1";
const SUBJECT = "5b1e3c52-0000-4000-8000-000000000001";

let auth: HttpServer;
/** What was asked of the issuer, and of whoever a token names. */
const requests: string[] = [];
let keysUrl: string;
let own: { readonly privateKey: CryptoKey; readonly publicKey: CryptoKey };
let foreign: { readonly privateKey: CryptoKey; readonly publicKey: CryptoKey };
let harness: Harness;

beforeAll(async () => {
  [own, foreign] = await Promise.all([generateKeyPair("ES256"), generateKeyPair("ES256")]);
  const keys = JSON.stringify({
    keys: [{ ...(await exportJWK(own.publicKey)), kid: "one", alg: "ES256", use: "sig" }],
  });
  auth = createServer((request, response) => {
    requests.push(request.url ?? "");
    response.setHeader("content-type", "application/json").end(keys);
  });
  await new Promise<void>((resolve) => auth.listen(0, "127.0.0.1", resolve));
  keysUrl = `http://127.0.0.1:${(auth.address() as AddressInfo).port}/auth/v1/.well-known/jwks.json`;
  harness = await startHarness({
    egressAllow: ["127.0.0.0/8"],
    tokens: { issuer: ISSUER, audience: "authenticated", keysUrl },
  });
  const projectId = (await harness.store.catalog.listProjects())[0]?.id ?? "";
  const ann = await addUser(harness.store.people, "ann@example.com", { projectId, role: "editor" });
  await harness.client.linkIdentity({ userId: ann.id, body: { issuer: ISSUER, subject: SUBJECT } });
});
afterAll(async () => {
  await harness.close();
  auth.closeAllConnections();
  await new Promise((resolve) => auth.close(resolve));
});

const CLAIMS: JWTPayload = { sub: SUBJECT, role: "authenticated", email: "ann@example.com" };

interface Given {
  readonly claims?: JWTPayload;
  readonly header?: object;
  readonly key?: CryptoKey;
  readonly issuer?: string;
  readonly audience?: string;
  readonly expires?: string | null;
  readonly notBefore?: string;
}

async function tokenOf(given: Given = {}): Promise<string> {
  const { claims = CLAIMS, header = {}, key = own.privateKey, issuer = ISSUER, audience = "authenticated" } = given;
  const { expires = "5m", notBefore } = given;
  let token = new SignJWT(claims)
    .setProtectedHeader({ alg: "ES256", kid: "one", ...header })
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt();
  if (expires !== null) token = token.setExpirationTime(expires);
  if (notBefore !== undefined) token = token.setNotBefore(notBefore);
  return token.sign(key);
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const payload = (): string =>
  encode({ ...CLAIMS, iss: ISSUER, aud: "authenticated", exp: Math.floor(Date.now() / 1_000) + 300 });
const send = (token: string, path = "/session", method = "GET", body?: unknown): Promise<Answer> =>
  ask(harness, method, path, { authorization: `Bearer ${token}` }, body);
const codeOf = ({ status, body }: Answer): string => `${status} ${String(body["code"] ?? "")}`.trim();

describe("a token of the configured issuer", () => {
  it("stands for the user whom an administrator has linked, with the user's role", async () => {
    const answer = await send(await tokenOf());
    expect(answer.body).toMatchObject({ user: { email: "ann@example.com" }, role: "editor", expiresAt: null });
    const token = await tokenOf();
    expect((await send(token, "/secrets/KEY", "PUT", { value: "a long value" })).status).toBe(200);
    expect(codeOf(await send(token, "/keys"))).toBe("403 role_insufficient");
    const [entry] = (await harness.client.listAudit({ action: "putSecret" })).items;
    expect(entry?.actor).toMatchObject({ kind: "user", name: "ann@example.com" });
  });

  it("gives no rights by what its user can write into it", async () => {
    const claims = {
      ...CLAIMS,
      user_metadata: { role: "owner", is_admin: true, sub: "other" },
      app_metadata: { role: "owner" },
      role: "service_role",
    };
    expect((await send(await tokenOf({ claims }))).body["role"]).toBe("editor");
    // The address says nothing about who somebody is here.
    expect(codeOf(await send(await tokenOf({ claims: { ...CLAIMS, sub: "somebody-else" } })))).toBe(
      "401 token_invalid",
    );
  });

  it.each<readonly [string, () => Promise<string> | string]>([
    ["without a signature", () => `${encode({ alg: "none" })}.${payload()}.`],
    ["with a made-up signature", () => `${encode({ alg: "none" })}.${payload()}.AAAA`],
    [
      "signed with the public key as a secret",
      async () => {
        const head = `${encode({ alg: "HS256", kid: "one" })}.${payload()}`;
        return `${head}.${createHmac("sha256", await exportSPKI(own.publicKey))
          .update(head)
          .digest("base64url")}`;
      },
    ],
    ["of another key", () => tokenOf({ key: foreign.privateKey })],
    ["whose key id is a path", () => tokenOf({ key: foreign.privateKey, header: { kid: "../../../etc/passwd" } })],
    ["whose key id is a statement", () => tokenOf({ key: foreign.privateKey, header: { kid: "' or 1=1 --" } })],
    [
      "that says where its key is",
      () => tokenOf({ key: foreign.privateKey, header: { jku: `${keysUrl}?stolen`, x5u: `${keysUrl}?stolen` } }),
    ],
    [
      "that brings its own key",
      async () => tokenOf({ key: foreign.privateKey, header: { jwk: await exportJWK(foreign.publicKey) } }),
    ],
    [
      "with a critical header that is unknown",
      async () => {
        const [, body = "", mark = ""] = (await tokenOf()).split(".");
        return `${encode({ alg: "ES256", kid: "one", crit: ["unknown"], unknown: true })}.${body}.${mark}`;
      },
    ],
    ["that has expired", () => tokenOf({ expires: "-1m" })],
    ["that never expires", () => tokenOf({ expires: null })],
    ["that is not yet good", () => tokenOf({ notBefore: "5m" })],
    ["for another audience", () => tokenOf({ audience: "other" })],
    ["of another issuer", () => tokenOf({ issuer: "https://other.supabase.example/auth/v1" })],
    ["without a subject", () => tokenOf({ claims: { role: "authenticated" } })],
    ["with an empty subject", () => tokenOf({ claims: { ...CLAIMS, sub: "" } })],
    ["that was changed", async () => (await tokenOf()).replace(/\.[^.]+\./, `.${payload()}.`)],
    ["that is none", () => "a.b.c"],
    ["with dots only", () => ".."],
    ["of five parts", async () => `${await tokenOf()}.a.b`],
  ])("%s is refused, and nothing else is asked than the configured keys", async (_what, make) => {
    requests.length = 0;
    expect(codeOf(await send(await make()))).toBe("401 token_invalid");
    for (const url of requests) expect(url).toBe("/auth/v1/.well-known/jwks.json");
    expect(requests.length).toBeLessThanOrEqual(1);
  });

  it("of 100 KB is refused like every header of that size", async () => {
    expect((await send(`${"a".repeat(50_000)}.${"b".repeat(50_000)}.c`)).status).toBe(431);
  });

  it("is no more than any text where no issuer is configured", async () => {
    const other = await startHarness({ store: harness.store, key: harness.key });
    try {
      const answer = await ask(other, "GET", "/session", { authorization: `Bearer ${await tokenOf()}` });
      expect(codeOf(answer)).toBe("401 unauthenticated");
    } finally {
      await other.close();
    }
  });

  it("ends when its user is disabled", async () => {
    const user = (await harness.client.listUsers()).items.find(({ email }) => email === "ann@example.com");
    await harness.client.updateUser({ userId: user?.id ?? "", body: { isDisabled: true } });
    expect(codeOf(await send(await tokenOf()))).toBe("401 token_invalid");
  });
});
