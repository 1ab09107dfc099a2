import { createHmac, createSecretKey, type KeyObject } from "node:crypto";

import { parseJsonInput, type Json, type JsonLimits, type QueryParameters } from "@meshhook/core";
import type { RedactionRule } from "@meshhook/journal";

import type { CallOutcome } from "../call/call-outcome.ts";
import { openRule, type OpenRule } from "./open-rule.ts";
import { redactJson } from "./redact-json.ts";
import { RedactionOverrun, RedactionPass } from "./redaction-pass.ts";

/** A delivery as it will be stored, as far as something can be redacted in it. */
export interface RedactableDelivery {
  readonly headers: { readonly [name: string]: string };
  readonly query: QueryParameters;
  readonly body: Json;
  /** The body as JSON. */
  readonly bodyText: string;
}

/** The log of deliveries looks for headers within `DELIVERY_HEAD_CHARACTERS`; marks may be longer than what they replace. */
const HEADER_CHARACTERS_MAX = 28_000;

/** What is read again was read within limits before. */
const ANY: JsonLimits = { depthMax: 1_000, nodesMax: Infinity, exactNumbersMax: Infinity };

/**
 * The rules that apply to deliveries or to answers, made ready. It changes what is about to be stored and nothing else: what was sent was
 * checked before, as it was sent (docs/decisions/0088).
 */
export class Redaction {
  readonly #rules: readonly OpenRule[];
  readonly #key: KeyObject | null;

  /**
   * @param key  The project's, for pseudonyms and for what replaces keys of deliveries.
   * @throws PathError, PatternError
   */
  constructor(rules: readonly RedactionRule[], key: Buffer | null) {
    this.#rules = rules.map(openRule);
    // Four times as fast as with the bytes.
    this.#key = key === null ? null : createSecretKey(key);
  }

  get omitsAddress(): boolean {
    return this.#rules.some(({ omitsAddress }) => omitsAddress);
  }

  /**
   * @param isQueryPayload  The body is the query, as it is where a request delivers by GET: both stay the same.
   * @returns With what was redacted, by the name of the rule; null: nothing was.
   * @throws RedactionOverrun
   */
  delivery<D extends RedactableDelivery>(
    delivery: D,
    isQueryPayload = false,
  ): { readonly delivery: D; readonly redacted: { readonly [rule: string]: number } | null } {
    const pass = new RedactionPass(this.#rules, this.#key);
    const headers = pass.fields(delivery.headers, "headers");
    if (headers !== delivery.headers) requireShort(headers);
    const query = pass.fields(delivery.query, "query");
    const bodyText = redactJson(
      isQueryPayload && query !== delivery.query ? JSON.stringify(query) : delivery.bodyText,
      pass,
    );
    const body = bodyText === delivery.bodyText ? delivery.body : parseJsonInput(bodyText, ANY);
    const { counts } = pass;
    if (Object.keys(counts).length === 0) return { delivery, redacted: null };
    const parameters = isQueryPayload ? (body as QueryParameters) : query;
    return { delivery: { ...delivery, headers, query: parameters, body, bodyText }, redacted: counts };
  }

  /** A JSON text of another origin, such as the payload of a signal. @throws RedactionOverrun */
  json(text: string): string {
    return redactJson(text, new RedactionPass(this.#rules, this.#key));
  }

  /** What is kept of a request that was refused. Nothing of what cannot be redacted. */
  refused(
    headers: { readonly [name: string]: string },
    detail: string,
  ): { readonly headers: { readonly [name: string]: string }; readonly detail: string } {
    try {
      const pass = new RedactionPass(this.#rules, this.#key);
      return { headers: pass.fields(headers, "headers"), detail: pass.text(detail) };
    } catch (error) {
      if (!(error instanceof RedactionOverrun)) throw error;
      return { headers: {}, detail: "What was recorded of the request could not be redacted, so that it was left out" };
    }
  }

  /**
   * The key of a delivery as it is stored. One that holds something to be redacted is replaced by a digest, which no two keys share.
   *
   * @param header  The header that it comes from; null: it comes from the payload.
   */
  deliveryKey(key: string, header: string | null): string {
    const isNamed = header === null || this.#rules.some(({ headers }) => headers.has(header));
    const isPlain = !isNamed && new RedactionPass(this.#rules, this.#key).text(key) === key;
    return isPlain ? key : `:redacted\t${this.digest("key", key)}`;
  }

  /** Says whether two values are the same, and nothing of the value without the project's key. */
  digest(what: "key" | "body", value: string | Buffer): string {
    if (this.#key === null) throw new Error("The project has no key for digests");
    return createHmac("sha256", this.#key).update(`${what}|`).update(value).digest("hex");
  }

  /** What a target answered, before it becomes a fact. */
  outcome(outcome: CallOutcome): CallOutcome {
    const pass = new RedactionPass(this.#rules, this.#key);
    try {
      if (outcome.kind === "failure") return { ...outcome, message: pass.text(outcome.message) };
      const { headers, body, bodyEncoding, bodyError, redirects } = outcome;
      // Bytes are not searched, but a path may name the whole of them.
      const text = bodyEncoding === undefined ? JSON.stringify(body) : null;
      const safe = text === null ? null : redactJson(text, pass);
      return {
        ...outcome,
        headers: pass.fields(headers, "headers"),
        body: safe === null || safe === text ? body : parseJsonInput(safe, ANY),
        ...(bodyError === undefined ? undefined : { bodyError: pass.text(bodyError) }),
        ...(redirects === undefined
          ? undefined
          : { redirects: redirects.map(({ status, url }) => ({ status, url: pass.text(url) })) }),
      };
    } catch (error) {
      if (!(error instanceof RedactionOverrun)) throw error;
      const { durationUs } = outcome;
      const message = `The answer cannot be redacted, and so not be stored. ${error.message}`;
      return { kind: "failure", code: "response_too_large", message, durationUs };
    }
  }
}

/** @throws RedactionOverrun */
function requireShort(headers: { readonly [name: string]: string }): void {
  const { length } = JSON.stringify(headers);
  if (length > HEADER_CHARACTERS_MAX)
    throw new RedactionOverrun(
      `Redacted, the headers have ${length} characters, and at most ${HEADER_CHARACTERS_MAX} are stored; send fewer`,
    );
}
