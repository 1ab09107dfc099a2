import { createHash, createHmac, generateKeyPairSync, type KeyObject } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import type { JwtSettings } from "@meshhook/contract";
import { EgressPolicy, HttpCaller, systemClock } from "@meshhook/runtime";
import { exportJWK, SignJWT, type JWTPayload } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { causeOf, NOW, NOW_S, type Signed } from "../../test/signing.ts";
import { Refusal } from "../refusal.ts";
import { KeyError } from "./key-material.ts";
import { KeySets } from "./key-sets.ts";

const SHARED = "a shared secret of at least 32 bytes";
const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
const { privateKey: strangersKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
const PEM = publicKey.export({ type: "spki", format: "pem" }).toString();
const CLAIMS = { iss: "https://issuer.example", aud: "meshhook", exp: NOW_S + 600 };
const HS: JwtSettings = { algorithms: ["HS256"], issuer: CLAIMS.iss, audience: CLAIMS.aud };
const RS: JwtSettings = { ...HS, algorithms: ["RS256"] };

type Claims = { readonly [Name in keyof JWTPayload]: JWTPayload[Name] | undefined };

function token(claims: Claims, key: KeyObject | Uint8Array, header: { alg: string; [name: string]: unknown }) {
  return new SignJWT(JSON.parse(JSON.stringify(claims)) as JWTPayload).setProtectedHeader(header).sign(key);
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function jwt(given: string, settings: JwtSettings, secret: string, more: Partial<Signed> = {}): Promise<string | null> {
  const headers = { authorization: `Bearer ${given}` };
  return causeOf({ kind: "jwt", settings: { jwt: settings }, secret, headers, ...more });
}

const shared = Buffer.from(SHARED);

describe("a token", () => {
  it("is accepted with a shared secret, or the key of a pair", async () => {
    expect(await jwt(await token(CLAIMS, shared, { alg: "HS256" }), HS, SHARED)).toBe(null);
    expect(await jwt(await token(CLAIMS, privateKey, { alg: "RS256" }), RS, PEM)).toBe(null);
    expect(await jwt(await token({ ...CLAIMS, aud: ["x", "meshhook"] }, shared, { alg: "HS256" }), HS, SHARED)).toBe(
      null,
    );
  });

  it.each([
    ["is over", { exp: NOW_S - 61 }],
    ["is not valid yet", { nbf: NOW_S + 61 }],
    ["is for somebody else", { aud: "other" }],
    ["is for nobody", { aud: undefined }],
    ["comes from somebody else", { iss: "https://issuer.example.evil" }],
    ["has no end", { exp: undefined }],
    ["has an end that is not a number", { exp: "9999999999" as unknown as number }],
  ])("that %s is refused", async (_name, claims) => {
    expect(await jwt(await token({ ...CLAIMS, ...claims }, shared, { alg: "HS256" }), HS, SHARED)).toMatch(
      /not accepted/,
    );
  });

  it("may differ by a minute from the server's clock, or by what the endpoint says", async () => {
    for (const claims of [{ exp: NOW_S - 59 }, { nbf: NOW_S + 59 }])
      expect(await jwt(await token({ ...CLAIMS, ...claims }, shared, { alg: "HS256" }), HS, SHARED)).toBe(null);
    const settings = { jwt: HS, toleranceS: 1 };
    const late = await token({ ...CLAIMS, exp: NOW_S - 2 }, shared, { alg: "HS256" });
    expect(await jwt(late, HS, SHARED, { settings })).toMatch(/exp/);
  });

  it("needs no end where the endpoint limits its age", async () => {
    const settings = { algorithms: ["HS256"], maxAgeS: 300 } as const;
    const at = (iat?: number) => token(iat === undefined ? {} : { iat }, shared, { alg: "HS256" });
    expect(await jwt(await at(NOW_S - 300), { ...settings, algorithms: ["HS256"] }, SHARED)).toBe(null);
    for (const iat of [NOW_S - 361, NOW_S + 61, undefined])
      expect(await jwt(await at(iat), { ...settings, algorithms: ["HS256"] }, SHARED)).toMatch(/not accepted/);
  });

  it("is refused without a signature, and with one of another algorithm", async () => {
    const bare = `${part({ alg: "none" })}.${part(CLAIMS)}.`;
    expect(await jwt(bare, HS, SHARED)).toBe("The header authorization is not a signed token");
    expect(await jwt(`${bare}AA`, HS, SHARED)).toMatch(/"alg"/);
    expect(await jwt(await token(CLAIMS, shared, { alg: "HS384" }), HS, SHARED)).toMatch(/"alg"/);
    expect(await jwt(await token(CLAIMS, privateKey, { alg: "PS256" }), RS, PEM)).toMatch(/"alg"/);
  });

  it("is refused when it is signed with the public key as a shared secret", async () => {
    const signed = `${part({ alg: "HS256" })}.${part(CLAIMS)}`;
    const forged = `${signed}.${createHmac("sha256", PEM).update(signed).digest("base64url")}`;
    expect(await jwt(forged, RS, PEM)).toMatch(/"alg"/);
    await expect(jwt(forged, HS, PEM)).rejects.toThrow(KeyError);
  });

  it.each([
    ["a key of its own", { jwk: publicKey.export({ format: "jwk" }) }],
    ["the address of a key", { jku: "http://127.0.0.1:9/keys", kid: "1" }],
    ["the address of a certificate", { x5u: "http://127.0.0.1:9/cert" }],
  ])("that brings %s gains nothing, and nothing is requested", async (_name, more) => {
    expect(await jwt(await token(CLAIMS, strangersKey, { alg: "RS256", ...more }), RS, PEM)).toMatch(/not accepted/);
  });

  it.each([
    ["an unknown critical part", `${part({ alg: "HS256", crit: ["x"], x: 1 })}.${part(CLAIMS)}.AAAA`],
    ["five parts, as an encrypted one has", `${part({ alg: "dir", enc: "A256GCM", zip: "DEF" })}..AA.AA.AA`],
    ["100 kB", `${part({ alg: "HS256" })}.${"A".repeat(100_000)}.AAAA`],
    ["a header that is not JSON", `AAAA.${part(CLAIMS)}.AAAA`],
    ["claims that are not an object", `${part({ alg: "HS256" })}.${Buffer.from("[]").toString("base64url")}.AAAA`],
    ["one part", "abc"],
    ["nothing", ""],
  ])("with %s is refused", async (_name, given) => {
    expect(await jwt(given, HS, SHARED)).toEqual(expect.any(String));
  });

  it("signs the body only where a claim holds its SHA-256", async () => {
    const settings: JwtSettings = { ...HS, bodySha256Claim: "body_sha256", header: "X-Proof" };
    const sha256 = createHash("sha256").update("{}").digest("hex");
    const made = await token({ ...CLAIMS, body_sha256: sha256 }, shared, { alg: "HS256" });
    const send = (body: string, given = made) =>
      causeOf({ kind: "jwt", settings: { jwt: settings }, secret: SHARED, headers: { "x-proof": given }, body });
    expect(await send("{}")).toBe(null);
    expect(await send("{ }")).toMatch(/body_sha256 is not the SHA-256/);
    expect(await send("{}", await token(CLAIMS, shared, { alg: "HS256" }))).toMatch(/body_sha256/);
  });

  it("is accepted with an older secret until it expires", async () => {
    const keys = [
      { secret: `${SHARED}, the newer one`, expiresAt: null },
      { secret: SHARED, expiresAt: NOW },
    ];
    const made = await token(CLAIMS, shared, { alg: "HS256" });
    expect(await jwt(made, HS, "", { keys, now: NOW - 1 })).toBe(null);
    expect(await jwt(made, HS, "", { keys, now: NOW })).toMatch(/not accepted/);
  });
});

/** Key sets that may be read from this machine. `close` gives the connections back. */
function localKeySets(): { readonly keySets: KeySets; readonly close: () => Promise<void> } {
  const clock = systemClock();
  const caller = new HttpCaller({
    clock,
    egress: new EgressPolicy(["127.0.0.0/8"]),
    connectionsPerOrigin: 2,
    userAgent: "test",
  });
  return { keySets: new KeySets(caller, clock), close: () => caller.close() };
}

describe("published keys", () => {
  let server: Server;
  let url: string;
  let keys: object[] = [];
  let status = 200;
  let requests = 0;
  const local = localKeySets();
  const other = generateKeyPairSync("ec", { namedCurve: "P-256" });

  beforeAll(async () => {
    server = createServer((_request, response) => {
      requests++;
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ keys }));
    });
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    keys = [{ ...(await exportJWK(publicKey)), kid: "one", alg: "RS256" }];
  });
  afterAll(async () => {
    await local.close();
    server.closeAllConnections();
    await new Promise((resolve) => void server.close(resolve));
  });

  async function send(path: string, header: { alg: string; kid?: string; jku?: string }, key: KeyObject = privateKey) {
    const settings: JwtSettings = { ...RS, algorithms: ["RS256", "ES256"], jwksUrl: url + path };
    const made = await token(CLAIMS, key, header);
    const headers = { authorization: `Bearer ${made}` };
    return causeOf({ kind: "jwt", settings: { jwt: settings }, headers, keySets: local.keySets });
  }

  it("are requested once, however many tokens come, and whatever keys they name", async () => {
    requests = 0;
    const sent = await Promise.all([1, 2, 3].map(() => send("/once", { alg: "RS256", kid: "one" })));
    expect(sent).toEqual([null, null, null]);
    for (const kid of ["../../x", "' or 1=1 --", "two"])
      expect(await send("/once", { alg: "RS256", kid, jku: `${url}/evil` })).toMatch(/no applicable key/);
    expect(requests).toBe(1);
  });

  it("must be of the kind that the algorithm uses", async () => {
    expect(await send("/kind", { alg: "ES256", kid: "one" }, other.privateKey)).toMatch(/no applicable key/);
  });

  it("that cannot be read make the sender send again, and the failure is not asked for by every token", async () => {
    status = 500;
    requests = 0;
    for (let sent = 0; sent < 3; sent++) {
      const failure: unknown = await send("/broken", { alg: "RS256", kid: "one" }).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(Refusal);
      expect(failure).toMatchObject({
        code: "unavailable",
        retryAfterS: 5,
        cause: expect.stringContaining("status 500"),
      });
    }
    expect(requests).toBe(1);
    status = 200;
  });
});
