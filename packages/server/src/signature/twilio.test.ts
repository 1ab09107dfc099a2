import { createHash } from "node:crypto";

import { describe, expect, it } from "vitest";

import { causeOf, hmac, type Signed } from "../../test/signing.ts";

const TOKEN = "12345-67890";
const URL_AT_TWILIO = "https://mycompany.com/myapp.php";
const FORM = "application/x-www-form-urlencoded; charset=UTF-8";

function twilio(signature: string, body: string, more: Partial<Signed> & { readonly type?: string } = {}) {
  const { type = FORM, ...others } = more;
  return causeOf({
    kind: "twilio",
    secret: TOKEN,
    settings: { url: URL_AT_TWILIO },
    headers: { "x-twilio-signature": signature, "content-type": type },
    body,
    ...others,
  });
}

describe("x-twilio-signature", () => {
  it("is the one of the tests of Twilio's own libraries", async () => {
    const body = "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212";
    const request = { kind: "twilio", secret: "12345", settings: { url: URL_AT_TWILIO } } as const;
    const headers = { "x-twilio-signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8=", "content-type": FORM };
    const url = "/hooks/token-0001?foo=1&bar=2";
    expect(await causeOf({ ...request, headers, body, url })).toBe(null);
    // In any order, because they are sorted; but every field counts.
    expect(await causeOf({ ...request, headers, body: body.split("&").reverse().join("&"), url })).toBe(null);
    expect(await causeOf({ ...request, headers, body: `${body}&more=1`, url })).toMatch(/not match/);
    expect(await causeOf({ ...request, headers, body, url: `${url}&x=1` })).toMatch(/not match/);
    const repeated = "Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234";
    const ofRepeated = { ...headers, "x-twilio-signature": "IK+Dwps556ElfBT0I3Rgjkr1wJU=" };
    expect(await causeOf({ ...request, headers: ofRepeated, body: repeated, url })).toBe(null);
    const hash = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
    const hashed = {
      headers: { "x-twilio-signature": "a9nBmqA0ju/hNViExpshrM61xv4=", "content-type": "application/json" },
      url: `${url}&bodySHA256=${hash}`,
    };
    expect(await causeOf({ ...request, ...hashed, body: '{"property": "value", "boolean": true}' })).toBe(null);
  });

  it("covers other bodies by their SHA-256 in the query", async () => {
    const body = '{"property": "value", "boolean": true}';
    const hash = createHash("sha256").update(body).digest("hex");
    const query = `?foo=1&bodySHA256=${hash}`;
    const url = `/hooks/token-0001${query}`;
    const signature = hmac("sha1", TOKEN, URL_AT_TWILIO + query, "base64");
    expect(await twilio(signature, body, { type: "application/json", url })).toBe(null);
    expect(await twilio(signature, `${body} `, { type: "application/json", url })).toMatch(/not the SHA-256/);
    const twice = `${url}&bodySHA256=${hash}`;
    expect(await twilio(signature, body, { type: "application/json", url: twice })).toMatch(/not the SHA-256/);
    const bare = hmac("sha1", TOKEN, URL_AT_TWILIO, "base64");
    expect(await twilio(bare, body, { type: "application/json" })).toBe(
      "The body is neither a form nor signed by bodySHA256 in the query",
    );
    expect(await twilio(bare, "", { type: "application/json" })).toBe(null);
  });

  it("counts equal values of a repeated field once, sorted, as Twilio's library does", async () => {
    const signature = hmac("sha1", TOKEN, `${URL_AT_TWILIO}MediaaMediabZ1ü?x`, "base64");
    expect(await twilio(signature, "Z=1&Media=b&Media=a&Media=b&%C3%BC=%3Fx")).toBe(null);
    expect(await twilio(signature, "?Z=1&Media=b&Media=a&%C3%BC=%3Fx")).toMatch(/not match/);
  });

  it("is for the address that the request names, if none is configured", async () => {
    const url = "/hooks/token-0001?a=%20b";
    const signature = hmac("sha1", TOKEN, `https://hooks.example.com${url}X1`, "base64");
    expect(await twilio(signature, "X=1", { url, settings: {} })).toBe(null);
    expect(await twilio(signature, "X=1", { url: `http://any.example${url}`, settings: {} })).toBe(null);
    expect(await twilio(signature, "X=1", { url: `${url}c`, settings: {} })).toMatch(/not match/);
  });

  it("of a form with thousands of fields is not computed", async () => {
    expect(await twilio(hmac("sha1", TOKEN, "", "base64"), "a=1&".repeat(1_000))).toMatch(/more than 1000 fields/);
  });
});
