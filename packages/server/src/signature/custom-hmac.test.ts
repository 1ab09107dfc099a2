import type { HmacSettings, SignatureSettings } from "@meshhook/contract";
import { describe, expect, it } from "vitest";

import { causeOf, hmac, NOW_S, type Signed } from "../../test/signing.ts";
import { KeyError } from "./key-material.ts";
import { readTemplate, TemplateError } from "./signed-template.ts";

const SECRET = "a-secret-of-some-length";
const BODY = '{"a":1}';

function custom(settings: HmacSettings, headers: Signed["headers"], more: Partial<Signed> & { url?: string } = {}) {
  return causeOf({ kind: "hmac", settings: { hmac: settings }, secret: SECRET, headers, body: BODY, ...more });
}

describe("an HMAC by hand", () => {
  it.each([
    [{}, hmac("sha256", SECRET, BODY)],
    [{ algorithm: "sha512" }, hmac("sha512", SECRET, BODY)],
    [{ encoding: "base64" }, hmac("sha256", SECRET, BODY, "base64")],
    [{ encoding: "base64url", prefix: "sig=" }, `sig=${hmac("sha256", SECRET, BODY, "base64url")}`],
    [{ secretEncoding: "base64" }, hmac("sha256", Buffer.from(SECRET), BODY)],
  ] as const)("with the settings %j", async (settings, signature) => {
    const secret = "secretEncoding" in settings ? Buffer.from(SECRET).toString("base64") : SECRET;
    const all = { header: "X-Signature", ...settings };
    expect(await custom(all, { "x-signature": signature }, { secret })).toBe(null);
    expect(await custom(all, { "x-signature": signature }, { secret, body: `${BODY} ` })).toMatch(/not match/);
    expect(await custom(all, { "x-signature": `${signature}0` }, { secret })).toEqual(expect.any(String));
    expect(await custom(all, {}, { secret })).toBe("The header x-signature is missing");
  });

  it("covers time, id, method and address where the sender signs them", async () => {
    const settings = {
      header: "x-signature",
      signed: "{timestamp}.{id}\n{method}\n{url}\n{body}",
      timestampHeader: "X-Time",
      idHeader: "X-Id",
    } as const;
    const url = "/hooks/token-0001?a=1";
    const text = `${NOW_S}.id-1\nPOST\nhttps://hooks.example.com${url}\n${BODY}`;
    const headers = { "x-time": String(NOW_S), "x-id": "id-1", "x-signature": hmac("sha256", SECRET, text) };
    expect(await custom(settings, headers, { url })).toBe(null);
    for (const changed of [
      { "x-time": String(NOW_S + 1) },
      { "x-id": "id-2" },
      { "x-id": "id.1" },
      { "x-time": String(NOW_S - 301) },
      { host: "other.example.com" },
    ])
      expect(await custom(settings, { ...headers, ...changed }, { url })).toEqual(expect.any(String));
    expect(await custom(settings, headers, { url: "/hooks/token-0001?a=2" })).toMatch(/not match/);
  });

  it.each([
    ["milliseconds", String(NOW_S * 1_000), String(NOW_S)],
    ["iso", "2025-11-30T12:00:00Z", "2025-11-30T12:00:00"],
    ["iso", "2025-11-30T13:00:00.250+01:00", "2025-11-30 12:00:00Z"],
  ] as const)("reads a time in %s", async (timestampFormat, time, wrong) => {
    const settings = { header: "x-s", signed: "{timestamp}|{body}", timestampHeader: "x-t", timestampFormat } as const;
    const headers = (text: string) => ({ "x-t": text, "x-s": hmac("sha256", SECRET, `${text}|${BODY}`) });
    expect(await custom(settings, headers(time))).toBe(null);
    expect(await custom(settings, headers(wrong))).toMatch(/The timestamp is not/);
  });

  it("with an address right before the body, as Square signs it, allows no query", async () => {
    const settings = { url: "https://example.com/square", hmac: { header: "x-s", signed: "{url}{body}" } };
    const headers = { "x-s": hmac("sha256", SECRET, `https://example.com/square${BODY}`) };
    expect(await custom(settings.hmac, headers, { settings })).toBe(null);
    const moved = { settings, url: "/hooks/token-0001?{", body: BODY.slice(1) };
    expect(await custom(settings.hmac, headers, moved)).toMatch(/has a query/);
  });

  it("whose secret is not in the encoding that it should have cannot be opened", async () => {
    await expect(custom({ header: "x-s", secretEncoding: "hex" }, {})).rejects.toThrow(KeyError);
  });
});

describe("what an HMAC signs", () => {
  const read = (signed: string, more: Partial<HmacSettings> = {}, url?: string) => {
    const settings: SignatureSettings = {
      hmac: { header: "x-s", signed, ...more },
      ...(url === undefined ? {} : { url }),
    };
    return () => readTemplate(settings);
  };
  const time = { timestampHeader: "x-t" };
  const id = { idHeader: "x-i" };

  it.each([
    ["{body}", {}],
    ["v0:{timestamp}:{body}", time],
    ["{timestamp}{body}", time],
    ["{body}{timestamp}", time],
    ["{id}.{timestamp}.{body}", { ...time, ...id }],
    ["{body}.{id}", id],
    ["{timestamp} {body}", { ...time, timestampFormat: "iso" }],
    ["{method}\n{url}\n{body}", {}],
  ] as const)("may be %j", (signed, more) => {
    expect(read(signed, more)).not.toThrow();
  });

  it.each([
    ["the body is missing", "{timestamp}", time],
    ["the body comes twice", "{body}{body}", {}],
    ["a place is unknown", "{body}{nonce}", {}],
    ["a brace is open", "{body", {}],
    ["a brace is left", "{body}}", {}],
    ["no header holds the time", "{timestamp}{body}", {}],
    ["the time is not signed", "{body}", time],
    ["a format belongs to no time", "{body}", { timestampFormat: "iso" }],
    ["the id is not signed", "{body}", id],
    ["id and body run into each other", "{id}{body}", id],
    ["id and body are separated by what an id may contain", "{id}-{body}", id],
    ["body and id run into each other", "{body}{id}", id],
    ["a time of any length runs into the body", "{timestamp}{body}", { ...time, timestampFormat: "iso" }],
    ["an address that anyone may choose runs into the body", "{url}{body}", {}],
  ] as const)("is refused when %s", (_name, signed, more) => {
    expect(read(signed, more)).toThrow(TemplateError);
  });
});

describe("basic", () => {
  const basic = (header: string | string[]) =>
    causeOf({ kind: "basic", secret: "user:pass:wörd", headers: { authorization: header } });
  const right = Buffer.from("user:pass:wörd").toString("base64");

  it("is a user name and a password, compared whole", async () => {
    expect(await basic(`Basic ${right}`)).toBe(null);
    expect(await basic(`basic ${right}`)).toBe(null);
    for (const other of ["user:pass", "user:pass:wörd2", "User:pass:wörd", ":", "user"])
      expect(await basic(`Basic ${Buffer.from(other).toString("base64")}`)).toBe(
        "The user name or the password is wrong",
      );
    for (const header of [
      "",
      "Basic",
      "Basic ",
      `Bearer ${right}`,
      `Basic ${right}=`,
      `Basic  ${right}`,
      [right, right],
    ])
      expect(await basic(header)).toEqual(expect.any(String));
  });

  it("needs a secret with both", async () => {
    await expect(causeOf({ kind: "basic", secret: "no-colon", headers: {} })).rejects.toThrow(KeyError);
  });
});
