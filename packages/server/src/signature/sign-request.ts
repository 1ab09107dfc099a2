import { createHash, randomUUID } from "node:crypto";

import type { HmacSettings, JwtSettings, SignatureSettings } from "@meshhook/contract";
import type { Micros } from "@meshhook/core";
import { SignJWT } from "jose";

import { HMAC_ALGORITHMS, readCustomHmac } from "./custom-hmac.ts";
import { encodedKey, standardKey } from "./key-material.ts";
import type { SignatureSetup } from "./open-signature.ts";
import { readGitHub, readShopify, readSlack, readStripe } from "./presets.ts";
import { hmacOf, isLive, type ReadClaim } from "./signature-check.ts";
import { queryOf } from "./signed-request.ts";
import { readTwilio, TWILIO_BODY_HASH, isForm } from "./twilio.ts";

/** A request before it is signed. */
export interface UnsignedRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** With `host`; in lower case. */
  readonly headers: { readonly [name: string]: string };
  readonly body: Buffer;
}

/** What makes a request a signed one. */
export interface RequestSignature {
  /** In lower case. */
  readonly headers: { readonly [name: string]: string };
  /** The target, to which some senders add a hash of the body. */
  readonly target: string;
}

/** Only the sender can sign: it alone has the key. The message says so, and names the kind. */
export class SigningImpossible extends Error {
  override readonly name = "SigningImpossible";
}

/** A sender's tokens live about so long. */
const TOKEN_S = 300;

/**
 * Signs a request as the sender of an endpoint would, with the newest key.
 *
 * For the HMACs, what is signed is found by the code that checks it: the request is read with an empty code in place of the right one.
 *
 * @param now  Becomes the time of the signature.
 * @throws SigningImpossible
 * @throws Refusal  The endpoint's way of signing has no place for such a request. `cause` says why.
 */
export async function signRequest(
  setup: SignatureSetup,
  request: UnsignedRequest,
  now: Micros,
): Promise<RequestSignature> {
  const { kind, settings, keys } = setup;
  const { target } = request;
  const { secret = Buffer.alloc(0) } = keys.find(({ expiresAt }) => isLive(expiresAt, now)) ?? {};
  switch (kind) {
    case "none":
      return { headers: {}, target };
    case "basic":
      return { headers: { authorization: `Basic ${secret.toString("base64")}` }, target };
    case "jwt":
      return { headers: await tokenHeaders(settings.jwt, secret, request, now), target };
    case "standard-webhooks":
      return { headers: standardHeaders(setup, request, now), target };
    case "discord":
      throw new SigningImpossible("Discord signs with a private key that only Discord has");
    case "twilio":
      return byHmac(hmacForm(kind, settings, secret, now), withTwilioHash(request), now);
    case "github-sha256":
    case "shopify":
    case "slack":
    case "stripe":
    case "hmac":
    default:
      return byHmac(hmacForm(kind, settings, secret, now), request, now);
  }
}

/** The request that is signed here is as old as it can be: not at all. */
const ANY_AGE_S = 86_400;

interface HmacForm {
  readonly algorithm: "sha1" | "sha256" | "sha512";
  readonly bytes: number;
  readonly key: Buffer;
  readonly read: ReadClaim;
  readonly header: string;
  readonly prefix?: string;
  readonly encoding?: "hex" | "base64" | "base64url";
  /** Headers that are read, and may be signed, beside it. */
  readonly others?: { readonly [name: string]: string };
}

const SHA1 = { algorithm: "sha1", bytes: 20 } as const;
const SHA256 = { algorithm: "sha256", bytes: 32 } as const;

function hmacForm(
  kind: "github-sha256" | "shopify" | "slack" | "stripe" | "twilio" | "hmac",
  settings: SignatureSettings,
  key: Buffer,
  now: Micros,
): HmacForm {
  switch (kind) {
    case "github-sha256":
      return { ...SHA256, key, read: readGitHub, header: "x-hub-signature-256", prefix: "sha256=" };
    case "shopify":
      return { ...SHA256, key, read: readShopify, header: "x-shopify-hmac-sha256", encoding: "base64" };
    case "slack": {
      const others = { "x-slack-request-timestamp": secondsOf(now) };
      return { ...SHA256, key, read: readSlack(ANY_AGE_S), header: "x-slack-signature", prefix: "v0=", others };
    }
    case "stripe": {
      const prefix = `t=${secondsOf(now)},v1=`;
      return { ...SHA256, key, read: readStripe(ANY_AGE_S), header: "stripe-signature", prefix };
    }
    case "twilio": {
      const read = readTwilio(settings.url ?? null);
      return { ...SHA1, key, read, header: "x-twilio-signature", encoding: "base64" };
    }
    case "hmac":
    default: {
      const { hmac } = settings;
      if (hmac === undefined) throw new Error("The endpoint has no settings for its HMAC");
      const bytes = encodedKey(key.toString("utf8"), hmac.secretEncoding ?? "text");
      return { ...customForm(hmac, now), key: bytes, read: readCustomHmac(settings, ANY_AGE_S) };
    }
  }
}

function secondsOf(now: Micros): string {
  return String(Math.floor(now / 1_000_000));
}

function byHmac(form: HmacForm, { method, target, headers, body }: UnsignedRequest, now: Micros): RequestSignature {
  const { algorithm, bytes, key, read, header, prefix = "", encoding = "hex", others = {} } = form;
  const signed = (code: Buffer): RequestSignature["headers"] => ({
    ...others,
    [header]: prefix + code.toString(encoding),
  });
  const rawHeaders = Object.entries({ ...headers, ...signed(Buffer.alloc(bytes)) }).flat();
  const claim = read({ method, url: target, rawHeaders }, body, now);
  return { headers: signed(hmacOf(algorithm, key, claim)), target };
}

function customForm(
  {
    algorithm = "sha256",
    header,
    prefix,
    encoding,
    timestampHeader,
    timestampFormat = "seconds",
    idHeader,
  }: HmacSettings,
  now: Micros,
): Omit<HmacForm, "key" | "read"> {
  const { name, bytes } = HMAC_ALGORITHMS[algorithm];
  const ms = Math.floor(now / 1_000);
  const time = {
    seconds: String(Math.floor(ms / 1_000)),
    milliseconds: String(ms),
    iso: new Date(ms).toISOString(),
  }[timestampFormat];
  return {
    algorithm: name,
    bytes,
    header: header.toLowerCase(),
    ...(prefix === undefined ? {} : { prefix }),
    ...(encoding === undefined ? {} : { encoding }),
    others: {
      ...(timestampHeader === undefined ? {} : { [timestampHeader.toLowerCase()]: time }),
      ...(idHeader === undefined ? {} : { [idHeader.toLowerCase()]: newMessageId() }),
    },
  };
}

/** Twilio signs bodies other than forms by their hash in the query. */
function withTwilioHash(request: UnsignedRequest): UnsignedRequest {
  const { target, headers, body } = request;
  if (body.length === 0 || isForm(headers["content-type"] ?? null)) return request;
  const hash = `${TWILIO_BODY_HASH}=${createHash("sha256").update(body).digest("hex")}`;
  return { ...request, target: `${target}${queryOf({ url: target, rawHeaders: [] }) === "" ? "?" : "&"}${hash}` };
}

function standardHeaders(
  { keys }: SignatureSetup,
  { body }: UnsignedRequest,
  now: Micros,
): RequestSignature["headers"] {
  const live = keys.filter(({ expiresAt }) => isLive(expiresAt, now));
  const key = live.map(({ secret }) => standardKey(secret.toString("utf8"))).find((each) => Buffer.isBuffer(each));
  if (key === undefined)
    throw new SigningImpossible(
      "The endpoint knows the sender's public key only (whpk_…), which checks and cannot sign",
    );
  const id = newMessageId();
  const timestamp = secondsOf(now);
  const code = hmacOf("sha256", key, { signed: [`${id}.${timestamp}.`, body], codes: [] }).toString("base64");
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${code}` };
}

async function tokenHeaders(
  jwt: JwtSettings | undefined,
  secret: Buffer,
  { body }: UnsignedRequest,
  now: Micros,
): Promise<RequestSignature["headers"]> {
  const nowS = Number(secondsOf(now));
  const [alg = ""] = jwt?.algorithms ?? [];
  if (jwt === undefined || !alg.startsWith("HS"))
    throw new SigningImpossible(
      `The endpoint checks tokens with ${jwt?.jwksUrl === undefined ? "a public key" : "the keys that the sender publishes"}, and only the sender can sign them`,
    );
  const { header = "authorization", issuer, audience, bodySha256Claim } = jwt;
  const claims =
    bodySha256Claim === undefined ? {} : { [bodySha256Claim]: createHash("sha256").update(body).digest("hex") };
  const token = new SignJWT({
    ...claims,
    iat: nowS,
    exp: nowS + TOKEN_S,
    ...(issuer === undefined ? {} : { iss: issuer }),
    ...(audience === undefined ? {} : { aud: audience }),
  }).setProtectedHeader({ alg, typ: "JWT" });
  return { [header.toLowerCase()]: `Bearer ${await token.sign(secret)}` };
}

/** Letters, digits, `_` and `-` only, which every reader of ids accepts. */
function newMessageId(): string {
  return `msg_test_${randomUUID()}`;
}
