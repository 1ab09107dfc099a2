import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

import type { Json, JsonObject } from "@meshhook/core";

import type { Fields } from "./fields.ts";
import { mediaTypeOf } from "./media-type.ts";

/** An answer that proves to a provider that the person who gave it this address controls the address. */
export interface HandshakeAnswer {
  readonly status: 200 | 204;
  readonly contentType: "text/plain; charset=utf-8" | "application/json";
  readonly text: string;
  readonly headers?: { readonly [name: string]: string };
}

const CHALLENGE_CHARACTERS_MAX = 2_048;
/** The text that is returned is one line, which can neither end a header nor hide in a terminal. */
const CHALLENGE = /^[^\p{Cc}\p{Zl}\p{Zp}]+$/u;
const ORIGIN = /^[!-~]{1,255}$/;

/**
 * The answer to a GET. "ready": it contains neither a handshake nor anything else, as when Mailchimp or a person checks whether the address
 * exists. Null: the query asks for something that is not answered here.
 *
 * @param verifyToken  What `hub.verify_token` must be; null: anything.
 */
export function answerGet(
  query: Fields<string>,
  headers: IncomingHttpHeaders,
  verifyToken: Buffer | null,
): HandshakeAnswer | "ready" | "wrong_token" | null {
  const okta = headers["x-okta-verification-challenge"];
  if (typeof okta === "string" && isChallenge(okta)) return json({ verification: okta });
  // Meta, WebSub. A hub that asks whether to stop does not get a yes: anyone who knows the address could have made it ask.
  const hubChallenge = query["hub.challenge"];
  if (query["hub.mode"] === "subscribe" && isChallenge(hubChallenge)) {
    const token = query["hub.verify_token"];
    const isRight = verifyToken === null || (typeof token === "string" && isSame(verifyToken, token));
    return isRight ? text(hubChallenge) : "wrong_token";
  }
  // Dropbox, Nylas, Adobe.
  const { challenge } = query;
  if (isChallenge(challenge)) return text(challenge);
  return answerValidationToken(query) ?? (Object.keys(query).length === 0 ? "ready" : null);
}

/**
 * The answer to an empty POST, whose query has the token: `validationToken` of Microsoft Graph, `validationtoken` of SharePoint. Null when it
 * is not a handshake.
 */
export function answerValidationToken(query: Fields<string>): HandshakeAnswer | null {
  const { validationToken, validationtoken = validationToken } = query;
  return isChallenge(validationtoken) ? text(validationtoken) : null;
}

/**
 * The answer to a POST whose body or headers ask for one: Slack and Lark, monday.com, Azure Event Grid, Twitch, Discord. Null: it is a
 * delivery.
 */
export function answerPost(headers: IncomingHttpHeaders, body: Json): HandshakeAnswer | null {
  if (isObject(body)) {
    if (body["type"] === "url_verification" && isChallenge(body["challenge"]))
      return json({ challenge: body["challenge"] });
    if (headers["twitch-eventsub-message-type"] === "webhook_callback_verification" && isChallenge(body["challenge"]))
      return text(body["challenge"]);
    // Discord expects 401 to one that is not signed, which was checked before.
    if (body["type"] === 1 && headers["x-signature-ed25519"] !== undefined)
      return { status: 200, contentType: "application/json", text: '{"type":1}' };
    // monday.com sends nothing else. A body with anything else is a delivery, and so is a form.
    if (isChallenge(body["challenge"]) && Object.keys(body).length === 1 && isJson(headers["content-type"]))
      return json({ challenge: body["challenge"] });
  } else if (Array.isArray(body) && headers["aeg-event-type"] === "SubscriptionValidation") {
    const [event] = body as readonly Json[];
    const data = isObject(event) ? event["data"] : undefined;
    const code = isObject(data) ? data["validationCode"] : undefined;
    if (isChallenge(code)) return json({ validationResponse: code });
  }
  return null;
}

/**
 * The answer to OPTIONS of a CloudEvents sender (HTTP webhooks for event delivery, section 4). Null: it does not ask to send.
 *
 * @param perMinute  The most requests that it may send; null: any number.
 */
export function answerOptions(headers: IncomingHttpHeaders, perMinute: number | null): HandshakeAnswer | null {
  const origin = headers["webhook-request-origin"];
  if (typeof origin !== "string" || !ORIGIN.test(origin)) return null;
  // A sender that does not ask for a rate is told one only where it is limited.
  const isUntold = perMinute === null && headers["webhook-request-rate"] === undefined;
  const rate = isUntold ? {} : { "webhook-allowed-rate": perMinute === null ? "*" : String(perMinute) };
  return { ...text(""), headers: { "webhook-allowed-origin": origin, ...rate } };
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isJson(contentType: string | undefined): boolean {
  return contentType !== undefined && mediaTypeOf(contentType).kind === "json";
}

function isChallenge(value: unknown): value is string {
  return typeof value === "string" && value.length <= CHALLENGE_CHARACTERS_MAX && CHALLENGE.test(value);
}

function text(value: string): HandshakeAnswer {
  return { status: 200, contentType: "text/plain; charset=utf-8", text: value };
}

function json(value: { readonly [name: string]: string }): HandshakeAnswer {
  return { status: 200, contentType: "application/json", text: JSON.stringify(value) };
}

/** Takes the same time wherever the texts differ. */
function isSame(expected: Buffer, given: string): boolean {
  const digest = (bytes: Buffer | string): Buffer => createHash("sha256").update(bytes).digest();
  return timingSafeEqual(digest(expected), digest(given));
}
