import type { Json } from "../json.ts";
import { emptyObject } from "../json-kind.ts";
import type { HttpCallStep } from "../plan/plan.ts";
import type { CallEffect } from "./effect.ts";
import type { StepError } from "./event.ts";
import type { CallFailureCode, FailureFact, QueryParameters, ResponseFact } from "./fact.ts";
import { redirectedMethod } from "./redirected-method.ts";
import { textBefore } from "./text-before.ts";

/** The server gave up waiting for the request; whether it had begun to act is unknown. */
const REQUEST_TIMEOUT = 408;

/** The answer to a conditional GET or HEAD when there is nothing new. It is a success, although the status begins with a 3. */
const NOT_MODIFIED = 304;
/** Others are never conditional in this way (RFC 9110 15.4.5). */
const ASKING_METHODS = new Set(["GET", "HEAD"]);

/** Failures that may occur after the request was sent, so that an at-most-once call may have taken effect. */
const LEAVE_OUTCOME_OPEN: ReadonlySet<CallFailureCode> = new Set([
  "timeout",
  "network",
  "response_unreadable",
  "response_too_large",
]);

/** Says whether an answer is a success. Up to semantics 1, a redirect was one. */
export function isSuccess(call: HttpCallStep, fact: ResponseFact, semantics: number): boolean {
  const { status } = fact;
  if (semantics === 1) return status < 400;
  if (status === NOT_MODIFIED) return ASKING_METHODS.has(call.method) && !isNamedForRetry(call, status);
  return status < 300;
}

function isNamedForRetry(call: HttpCallStep, status: number): boolean {
  return call.retry.onStatus.some(({ from, to }) => status >= from && status <= to);
}

/**
 * Says whether a failed attempt of an at-most-once call may have taken effect, so that it must not be repeated.
 *
 * A 5xx or 408 leaves it open, and so does any answer to a GET that a redirect made of another method. Any other answer, even a redirect,
 * says that the target did not act. Up to semantics 1, no failure recorded whether the request had been sent.
 */
export function mayHaveActed(call: HttpCallStep, fact: ResponseFact | FailureFact, semantics: number): boolean {
  if (fact.kind === "failure") return semantics === 1 || fact.notSent !== true;
  return fact.status >= 500 || fact.status === REQUEST_TIMEOUT || wasTaken(call, fact);
}

/** A redirect on the way turned the call into a GET, which asks for the answer to what the target has already taken. */
function wasTaken({ method }: HttpCallStep, { redirects = [] }: ResponseFact): boolean {
  return redirects.some(({ status }) => redirectedMethod(method, status) !== method);
}

/** The error of a call that is not retried. */
export function callError(
  node: string,
  call: HttpCallStep,
  effect: CallEffect,
  fact: ResponseFact | FailureFact,
  semantics: number,
): StepError {
  const { target } = effect;
  const { attempt } = fact;
  if (fact.kind === "response") {
    const { status } = fact;
    const message = semantics === 1 ? `${target} answered ${status}` : answerMessage(call, target, fact);
    return { code: "http_status", message, node, status, attempt };
  }
  const isOpen = semantics >= 2 && call.atMostOnce && fact.notSent !== true && LEAVE_OUTCOME_OPEN.has(fact.code);
  if (!isOpen) return { code: fact.code, message: `${target}: ${fact.message}`, node, attempt };
  const message = `${target}: ${fact.message}. The request may have been sent and may have taken effect, so it is not sent again`;
  return { code: "outcome_unknown", message, node, attempt };
}

/** Names the origin that answered, even if a redirect led there. */
function answerMessage(call: HttpCallStep, target: string, fact: ResponseFact): string {
  const [first, last] = [originOf(target.slice(target.indexOf(" ") + 1)), originOf(fact.redirects?.at(-1)?.url ?? "")];
  const who = last === null || last === first ? target : `${target} led to ${last}, which`;
  return `${who} answered ${fact.status}${redirectAdvice(call, target, fact)}`;
}

/** Where a 3xx leads, and the remedy; empty for other answers. Never names more than an origin, because a path can contain payload. */
function redirectAdvice(call: HttpCallStep, target: string, { status, headers, redirects = [] }: ResponseFact): string {
  if (status < 300 || status > 399) return "";
  if (status === NOT_MODIFIED) {
    return ASKING_METHODS.has(call.method) ? "" : `, which answers nothing but a conditional GET or HEAD`;
  }
  const location = headers["location"];
  if (location === undefined) return ", without a Location that could be followed";
  const from = originOf(redirects.at(-1)?.url ?? target.slice(target.indexOf(" ") + 1));
  const isWithoutScheme = /^[\\/]{2}/.test(location);
  const address = isWithoutScheme ? `${textBefore(from ?? "", "/")}${location}` : location;
  const to = isWithoutScheme || /^[a-z][a-z0-9+.-]*:/i.test(location) ? originOf(address) : from;
  const leads = ` and leads to ${to === null ? "an address that is not http or https" : to === from ? `another address of ${to}` : to}`;
  if (call.redirects.statuses.includes(status)) return `${leads}, which could not be followed`;
  if (isNamedForRetry(call, status)) return leads;
  if (call.redirects.mode === "none") {
    return `${leads}; redirects are not followed here. Correct the URL, or set redirects to "follow"`;
  }
  if (status === 301 || status === 302) {
    return `${leads}; a ${status} to a ${call.method} is not followed, since servers disagree on whether method and body go along. Correct the URL, or set redirects to "browser"`;
  }
  return leads;
}

function originOf(address: string): string | null {
  const [, scheme = "", authority = ""] = /^(https?:)[\\/]{2}([^/?#\\]*)/i.exec(address.trim()) ?? [];
  if (authority === "") return null;
  return `${scheme.toLowerCase()}//${authority.slice(authority.lastIndexOf("@") + 1)}`;
}

/** The output of a call, as expressions see it. */
export function callOutput(fact: ResponseFact, semantics: number): Json {
  const output = emptyObject();
  output["status"] = fact.status;
  output["headers"] = withoutPrototype(fact.headers);
  output["body"] = fact.body;
  if (fact.bodyEncoding !== undefined) output["bodyEncoding"] = fact.bodyEncoding;
  if (fact.bodyError !== undefined && semantics >= 2) output["bodyError"] = fact.bodyError;
  if (fact.redirects !== undefined && fact.redirects.length > 0) {
    output["redirects"] = fact.redirects.map(({ status, url }) => {
      const redirect = emptyObject();
      redirect["status"] = status;
      redirect["url"] = url;
      return redirect;
    });
  }
  return output;
}

/** Facts that were read back have no prototypes, and live ones must look the same to expressions. */
export function withoutPrototype(parameters: QueryParameters): Json {
  if (Object.getPrototypeOf(parameters) === null) return parameters;
  const result = emptyObject();
  for (const [name, value] of Object.entries(parameters)) result[name] = value;
  return result;
}
