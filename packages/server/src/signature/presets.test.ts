import { createHash, randomBytes } from "node:crypto";

import { sign as signAsGitHub } from "@octokit/webhooks-methods";
import Stripe from "stripe";
import { describe, expect, it } from "vitest";

import { causeOf, hmac, NOW_S, type Signed } from "../../test/signing.ts";

describe("x-hub-signature-256", () => {
  const secret = "It's a Secret to Everybody";
  const body = "Hello, World!";
  const right = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
  const gitHub = (headers: { [name: string]: string | string[] }, signed: string | Buffer = body) =>
    causeOf({ kind: "github-sha256", secret, headers, body: signed });

  it("is GitHub's own test value", async () => {
    expect(await gitHub({ "X-Hub-Signature-256": right })).toBe(null);
  });

  it("is what GitHub's library signs", async () => {
    const text = '{"text":"grüße \u2028"}';
    expect(await gitHub({ "x-hub-signature-256": await signAsGitHub(secret, text) }, text)).toBe(null);
  });

  it.each([
    ["missing", {}],
    ["empty", { "x-hub-signature-256": "" }],
    ["without its prefix", { "x-hub-signature-256": right.slice(7) }],
    ["in upper case", { "x-hub-signature-256": `sha256=${right.slice(7).toUpperCase()}` }],
    ["63 digits", { "x-hub-signature-256": right.slice(0, -1) }],
    ["65 digits", { "x-hub-signature-256": `${right}0` }],
    ["not hexadecimal", { "x-hub-signature-256": `sha256=${"g".repeat(64)}` }],
    ["followed by a line break", { "x-hub-signature-256": `${right}\n` }],
    ["another", { "x-hub-signature-256": `sha256=${"0".repeat(64)}` }],
    ["there twice", { "x-hub-signature-256": [right, right] }],
    ["only the older SHA-1", { "x-hub-signature": `sha1=${hmac("sha1", secret, body)}` }],
  ])("that is %s is refused", async (_name, headers) => {
    expect(await gitHub(headers)).toEqual(expect.any(String));
  });

  it("covers every byte of the body", async () => {
    const bytes = randomBytes(64);
    const headers = { "x-hub-signature-256": `sha256=${hmac("sha256", secret, bytes)}` };
    expect(await gitHub(headers, bytes)).toBe(null);
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(at) ^ 0x80, at);
      expect(await gitHub(headers, changed)).toEqual(expect.any(String));
    }
  });

  it.each(['{"a": 1}', '\ufeff{"a":1}', '{"a":1}\r\n', '{"a":1}'.replace("1", "2")])(
    "covers the text as sent, so %j is another body",
    async (other) => {
      const headers = { "x-hub-signature-256": `sha256=${hmac("sha256", secret, '{"a":1}\n')}` };
      expect(await gitHub(headers, '{"a":1}\n')).toBe(null);
      expect(await gitHub(headers, other)).toEqual(expect.any(String));
    },
  );

  it("of SHA-1 is accepted where the endpoint names it as outdated", async () => {
    const settings = { hmac: { header: "X-Hub-Signature", prefix: "sha1=", algorithm: "sha1-legacy" } } as const;
    const headers = { "x-hub-signature": `sha1=${hmac("sha1", secret, body)}` };
    expect(await causeOf({ kind: "hmac", settings, secret, headers, body })).toBe(null);
  });
});

describe("stripe-signature", () => {
  const secret = "whsec_8V2kYx0QmC5vKqRzJb1TtWnLhGfEdSaP";
  const body = '{"id":"evt_1","object":"event"}';
  const { webhooks } = new Stripe("sk_test_none");
  const made = (timestamp: number): string => webhooks.generateTestHeaderString({ payload: body, secret, timestamp });
  const stripe = (header: string | string[], settings = {}) =>
    causeOf({ kind: "stripe", secret, headers: { "stripe-signature": header }, body, settings });
  const v1 = hmac("sha256", secret, `${NOW_S}.${body}`);

  it("is what Stripe's library signs, within the tolerance on both sides", async () => {
    for (const far of [-300, -299, 0, 299, 300]) expect(await stripe(made(NOW_S + far))).toBe(null);
    expect(await stripe(made(NOW_S - 301))).toBe("The timestamp is 301 seconds old; at most 300 are accepted");
    expect(await stripe(made(NOW_S + 301))).toMatch(/301 seconds ahead of this server's clock/);
    expect(await stripe(made(NOW_S - 11), { toleranceS: 10 })).toMatch(/at most 10/);
  });

  it("may have several signatures, of which one must be right", async () => {
    expect(await stripe(`t=${NOW_S},v1=${"0".repeat(64)},v1=${v1},v0=${"1".repeat(64)}`)).toBe(null);
    expect(await stripe(`t=${NOW_S},v1=short,v1=${v1}`)).toBe(null);
  });

  it.each([
    ["has two timestamps", `t=1,t=${NOW_S},v1=${v1}`],
    ["has two equal timestamps", `t=${NOW_S},t=${NOW_S},v1=${v1}`],
    ["has no timestamp", `v1=${v1}`],
    ["has only the scheme v0", `t=${NOW_S},v0=${v1}`],
    ["has no signature", `t=${NOW_S}`],
    ["has an empty one", `t=${NOW_S},v1=`],
    ["has blanks", `t=${NOW_S}, v1=${v1}`],
    ["has a timestamp with a fraction", `t=${NOW_S}.0,v1=${v1}`],
    [
      "has more than eight",
      `t=${NOW_S},${Array(8)
        .fill(`v1=${"0".repeat(64)}`)
        .join(",")},v1=${v1}`,
    ],
    ["has more than sixteen items", `t=${NOW_S},v1=${v1}${",v2=x".repeat(15)}`],
    ["is longer than 2,048 characters", `t=${NOW_S},v1=${v1},v2=${"x".repeat(2_048)}`],
    ["came twice", [made(NOW_S), made(NOW_S)]],
    ["came in two pieces", [`t=${NOW_S}`, `v1=${v1}`]],
  ])("that %s is refused", async (_name, header) => {
    expect(await stripe(header)).toEqual(expect.any(String));
  });
});

describe("x-slack-signature", () => {
  const secret = "8f742231b10e8888abcd99yyyzzz85a5";
  /** The example of Slack's documentation. */
  const example = {
    body: "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c",
    signature: "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
    timestamp: "1531420618",
  };
  const slack = (now: number, changed: { [name: string]: string } = {}) =>
    causeOf({
      kind: "slack",
      secret,
      headers: {
        "x-slack-signature": example.signature,
        "x-slack-request-timestamp": example.timestamp,
        ...changed,
      },
      body: example.body,
      now: now * 1_000_000,
    });

  it("is the one of Slack's documentation, for five minutes", async () => {
    expect(await slack(1_531_420_618)).toBe(null);
    expect(await slack(1_531_420_618 + 299)).toBe(null);
    expect(await slack(1_531_420_618 + 360)).toMatch(/360 seconds old/);
  });

  it.each([
    ["of another version", { "x-slack-signature": example.signature.replace("v0", "v1") }],
    ["for another time", { "x-slack-request-timestamp": "1531420619" }],
    ["without a time", { "x-slack-request-timestamp": "" }],
  ])("%s is refused", async (_name, changed) => {
    expect(await slack(1_531_420_618, changed)).toEqual(expect.any(String));
  });
});

describe("x-shopify-hmac-sha256", () => {
  const secret = "hush-hush";
  const body = '{"id":820982911946154508}';
  const right = hmac("sha256", secret, body, "base64");
  const shopify = (header: string) =>
    causeOf({ kind: "shopify", secret, headers: { "x-shopify-hmac-sha256": header }, body });

  it("is the Base64 of the body's HMAC", async () => {
    expect(await shopify(right)).toBe(null);
    for (const wrong of [right.slice(0, -1), `${right}=`, ` ${right}`, right.replace("=", "-"), ""])
      expect(await shopify(wrong)).toMatch(/not the base64 of 32 bytes/);
    expect(await shopify(hmac("sha256", secret, `${body} `, "base64"))).toMatch(/does not match/);
  });
});

describe("a timestamp", () => {
  it.each(["xyz", " 1764504000", "1764504000xyz", "1764504000.9", "0x692c3d40", "1e9", "-1", "", "1".repeat(30)])(
    "of %j is not a number of seconds",
    async (timestamp) => {
      const secret = "secret-of-slack";
      const signature = `v0=${hmac("sha256", secret, `v0:${timestamp}:{}`)}`;
      const headers = { "x-slack-signature": signature, "x-slack-request-timestamp": timestamp };
      const cause = await causeOf({ kind: "slack", secret, headers, body: "{}" });
      expect(cause).toBe("The timestamp is not seconds since 1970 as ten digits");
    },
  );
});

const TWILIO_TOKEN = "12345-67890";
const URL_AT_TWILIO = "https://mycompany.com/myapp.php";
const FORM = "application/x-www-form-urlencoded; charset=UTF-8";

function twilio(signature: string, body: string, more: Partial<Signed> & { readonly type?: string } = {}) {
  const { type = FORM, ...others } = more;
  return causeOf({
    kind: "twilio",
    secret: TWILIO_TOKEN,
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
    const signature = hmac("sha1", TWILIO_TOKEN, URL_AT_TWILIO + query, "base64");
    expect(await twilio(signature, body, { type: "application/json", url })).toBe(null);
    expect(await twilio(signature, `${body} `, { type: "application/json", url })).toMatch(/not the SHA-256/);
    const twice = `${url}&bodySHA256=${hash}`;
    expect(await twilio(signature, body, { type: "application/json", url: twice })).toMatch(/not the SHA-256/);
    const bare = hmac("sha1", TWILIO_TOKEN, URL_AT_TWILIO, "base64");
    expect(await twilio(bare, body, { type: "application/json" })).toBe(
      "The body is neither a form nor signed by bodySHA256 in the query",
    );
    expect(await twilio(bare, "", { type: "application/json" })).toBe(null);
  });

  it("counts equal values of a repeated field once, sorted, as Twilio's library does", async () => {
    const signature = hmac("sha1", TWILIO_TOKEN, `${URL_AT_TWILIO}MediaaMediabZ1ü?x`, "base64");
    expect(await twilio(signature, "Z=1&Media=b&Media=a&Media=b&%C3%BC=%3Fx")).toBe(null);
    expect(await twilio(signature, "?Z=1&Media=b&Media=a&%C3%BC=%3Fx")).toMatch(/not match/);
  });

  it("is for the address that the request names, if none is configured", async () => {
    const url = "/hooks/token-0001?a=%20b";
    const signature = hmac("sha1", TWILIO_TOKEN, `https://hooks.example.com${url}X1`, "base64");
    expect(await twilio(signature, "X=1", { url, settings: {} })).toBe(null);
    expect(await twilio(signature, "X=1", { url: `http://any.example${url}`, settings: {} })).toBe(null);
    expect(await twilio(signature, "X=1", { url: `${url}c`, settings: {} })).toMatch(/not match/);
  });

  it("of a form with thousands of fields is not computed", async () => {
    expect(await twilio(hmac("sha1", TWILIO_TOKEN, "", "base64"), "a=1&".repeat(1_000))).toMatch(
      /more than 1000 fields/,
    );
  });
});
