import type { Json, JsonObject } from "@meshhook/core";
import { ExactNumber } from "@meshhook/core";

import type { CallOutcome } from "../call/call-outcome.ts";

/** A secret, or a link, that a request holds. */
export interface KnownSecret {
  /** As its author writes it, without braces: `secrets.NAME`. */
  readonly shown: string;
  readonly value: string;
}

/**
 * Takes secrets out of what a target answered, before it becomes a fact: `{{ secrets.NAME }}` stands in their place.
 *
 * Found are the value itself, its percent-encoded, JSON and Base64 forms (also inside longer Base64 text), in texts, names and numbers.
 */
export class Mask {
  readonly #forms: readonly (readonly [form: string, shown: string])[];

  constructor(secrets: readonly KnownSecret[]) {
    const forms = new Map<string, string>();
    for (const { shown, value } of secrets) for (const form of formsOf(value)) forms.set(form, `{{ ${shown} }}`);
    // A form may be a part of another.
    this.#forms = [...forms].toSorted(([left], [right]) => right.length - left.length);
  }

  outcome(outcome: CallOutcome): CallOutcome {
    if (outcome.kind === "failure") return { ...outcome, message: this.#text(outcome.message) };
    const { headers, body, bodyEncoding, bodyError, redirects } = outcome;
    return {
      ...outcome,
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [this.#text(name), this.#text(value)]),
      ),
      body: bodyEncoding === "base64" && typeof body === "string" ? this.#bytes(body) : this.#value(body),
      ...(bodyError === undefined ? undefined : { bodyError: this.#text(bodyError) }),
      ...(redirects === undefined
        ? undefined
        : { redirects: redirects.map(({ status, url }) => ({ status, url: this.#text(url) })) }),
    };
  }

  #text(text: string): string {
    let masked = text;
    for (const [form, shown] of this.#forms) masked = masked.replaceAll(form, () => shown);
    return masked;
  }

  /** Base64 of bytes that may hold a form. */
  #bytes(base64: string): string {
    const bytes = Buffer.from(base64, "base64").toString("latin1");
    let masked = bytes;
    for (const [form, shown] of this.#forms) {
      masked = masked.replaceAll(Buffer.from(form).toString("latin1"), () => shown);
    }
    return masked === bytes ? base64 : Buffer.from(masked, "latin1").toString("base64");
  }

  #value(value: Json): Json {
    if (typeof value === "string") return this.#text(value);
    if (typeof value === "number" || value instanceof ExactNumber) {
      const text = String(value);
      const masked = this.#text(text);
      return masked === text ? value : masked;
    }
    if (value === null || typeof value !== "object") return value;
    if (Array.isArray(value)) return (value as readonly Json[]).map((item) => this.#value(item));
    const masked = Object.create(null) as { [name: string]: Json };
    for (const [name, member] of Object.entries(value as JsonObject)) masked[this.#text(name)] = this.#value(member);
    return masked;
  }
}

function formsOf(value: string): string[] {
  const percent = encodeURIComponent(value);
  const form = new URLSearchParams([["", value]]).toString().slice(1);
  const html = value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return [
    value,
    percent,
    percent.replaceAll(/%../g, (code) => code.toLowerCase()),
    form,
    html,
    html.replaceAll('"', "&quot;"),
    JSON.stringify(value).slice(1, -1),
    ...base64Forms(value),
  ];
}

/** What Base64 of a text that holds the value has in common, for each of the three offsets at which the value can begin in it. */
function base64Forms(value: string): string[] {
  const bytes = Buffer.from(value);
  return [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64url");
    // Characters at the ends also hold bits of what stands around the value.
    const inner = text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
    return [inner, inner.replaceAll("-", "+").replaceAll("_", "/")];
  });
}
