import { describe, expect, it } from "vitest";

import { isKept, keptHeaders } from "./kept-headers.ts";

describe("a sender's header", () => {
  it.each([
    "content-type",
    "user-agent",
    "x-request-id",
    "x-github-event",
    "x-github-delivery",
    "x-gitlab-event-uuid",
    "x-gitea-event",
    "x-discourse-event",
    "linear-event",
    "linear-delivery",
    "x-slack-request-timestamp",
    "x-slack-retry-num",
    "x-zendesk-webhook-id",
    "x-wc-webhook-topic",
    "x-shopify-topic",
    "x-shopify-webhook-id",
    "svix-id",
    "svix-timestamp",
    "webhook-id",
    "webhook-timestamp",
    "x-event-key",
    "x-hook-uuid",
    "x-goog-resource-state",
    "x-amz-sns-message-type",
    "ce-id",
    "ce-partitionkey",
    "idempotency-key",
    "x-idempotency-key",
    "x-routing-key",
    "x-author",
    "traceparent",
    "date",
    "accept-language",
    "referer",
    "paypal-transmission-id",
    "x-custom",
    "x-keyword",
    "x-monkey-id",
    "paypal-cert-url",
    "x-commit-hash",
    "x-signed-up",
    "x-tokens-used",
  ])("%s is kept", (name) => expect(isKept(name)).toBe(true));

  it.each([
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "x-api-key",
    "apikey",
    "api_key",
    "ocp-apim-subscription-key",
    "x-functions-key",
    "x-auth",
    "x-authenticated-user",
    "x-access-token",
    "x-gitlab-token",
    "x-goog-channel-token",
    "x-telegram-bot-api-secret-token",
    "x-hook-secret",
    "x-amz-security-token",
    "x-goog-iap-jwt-assertion",
    "x-ms-client-principal",
    "x-session-id",
    "x-csrf",
    "x-webhook-password",
    "verif-hash",
    "x-hub-signature",
    "x-hub-signature-256",
    "stripe-signature",
    "svix-signature",
    "webhook-signature",
    "x-slack-signature",
    "x-shopify-hmac-sha256",
    "paypal-transmission-sig",
    "x-sig",
    "signature-input",
    "x-client-cert",
    "x-forwarded-client-cert",
    "x-otp",
    "x_pass",
    "x.sig",
    "webhook_sig",
    "x-phpsessid",
    "dpop",
  ])("%s, a credential or a signature, is not", (name) => expect(isKept(name)).toBe(false));

  it.each([
    "host",
    "connection",
    "content-length",
    "accept-encoding",
    "prefer",
    "te",
    "x-forwarded-for",
    "cf-ray",
    "via",
  ])("%s, which serves the connection or was added on the way, is not", (name) => expect(isKept(name)).toBe(false));

  it("that Connection names is for the next hop only", () => {
    const headers = { connection: "Keep-Alive, X-Hop", "x-hop": "1", "x-stays": "2" };
    expect(keptHeaders(headers).headers).toEqual({ "x-stays": "2" });
  });

  it("keeps its whole value, in the characters that it was written in", () => {
    const value = "x".repeat(5_000);
    const headers = { "x-long": value, "x-utf8": Buffer.from("größer").toString("latin1"), "x-latin": "gr\u00f6ßer" };
    expect(keptHeaders(headers).headers).toEqual({ "x-long": value, "x-utf8": "größer", "x-latin": "größer" });
  });
});
