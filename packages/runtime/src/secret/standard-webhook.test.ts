import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";

import type { OutgoingRequest } from "../call/outgoing-request.ts";
import { SecretFault } from "./secret-source.ts";
import { signRequest } from "./standard-webhook.ts";

const OLD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NEW = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;

function request(body: string | Buffer, key = "mh-run-tell"): OutgoingRequest {
  return {
    method: "POST",
    url: "https://a.example.com/",
    headers: { "idempotency-key": key },
    body,
    responseBytesMax: 1,
  };
}

const now = (): number => Math.floor(Date.now() / 1_000);

describe("signRequest", () => {
  it.each(["", '{"text":"grüße \\u2028"}', Buffer.from("é")])(
    "signs what the library of Standard Webhooks accepts",
    (body) => {
      const { headers } = signRequest(request(body), [{ name: "OLD", value: OLD }], now());
      const text = body.toString();
      expect(() => new Webhook(OLD).verify(text, headers as Record<string, string>)).not.toThrow(/signature/i);
      expect(() => new Webhook(NEW).verify(text, headers as Record<string, string>)).toThrow(/signature/i);
      expect(() => new Webhook(OLD).verify(`${text} `, headers as Record<string, string>)).toThrow(/signature/i);
    },
  );

  it("signs with each key, so that receivers may have either", () => {
    const keys = [
      { name: "NEW", value: NEW },
      { name: "OLD", value: OLD },
    ];
    const { headers } = signRequest(request("{}"), keys, now());
    expect(headers["webhook-signature"]).toMatch(/^v1,[^ ]+ v1,[^ ]+$/);
    for (const key of [OLD, NEW]) expect(new Webhook(key).verify("{}", headers as Record<string, string>)).toEqual({});
  });

  it("has an id without dots, which stays the same at any time", () => {
    const first = signRequest(request("{}", "mh-run-tell-0.1"), [{ name: "OLD", value: OLD }], 1);
    const second = signRequest(request("{}", "mh-run-tell-0.1"), [{ name: "OLD", value: OLD }], 2);
    expect([first.headers["webhook-id"], second.headers["webhook-id"]]).toEqual(["mh-run-tell-0-1", "mh-run-tell-0-1"]);
    expect(first.headers["webhook-signature"]).not.toBe(second.headers["webhook-signature"]);
  });

  it.each(["whsec_not base64!", "whsec_c2hvcnQ=", `whsec_${Buffer.alloc(65).toString("base64")}`])(
    "refuses %s, which is not a key",
    (value) => {
      expect(() => signRequest(request(""), [{ name: "KEY", value }], 1)).toThrow(SecretFault);
      expect(() => signRequest(request(""), [{ name: "KEY", value }], 1)).toThrow(
        /^The secret KEY is not a signing key/,
      );
    },
  );
});
