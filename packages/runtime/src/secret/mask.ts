import type { Json, JsonObject } from "@meshhook/core";
import { ExactNumber } from "@meshhook/core";

import type { CallOutcome } from "../call/call-outcome.ts";

/** A secret, or a link, that a request holds. */
export interface KnownSecret {
  /** As its author writes it, without braces: `secrets.NAME`. */
  readonly shown: string;
  readonly value: string;
}

/** What one secret looks like in a text, and in bytes of which each is one character. */
interface Form {
  readonly inText: RegExp;
  readonly inBytes: RegExp;
  readonly shown: string;
}

/**
 * Takes secrets out of what a target answered, before it becomes a fact: `{{ secrets.NAME }}` stands in their place.
 *
 * Found are the value itself, also where characters of it are percent-encoded or escaped as JSON, HTML and XML allow, and Base64 of it, also
 * inside longer Base64 text; in texts, names and numbers.
 */
export class Mask {
  readonly #forms: readonly Form[];

  constructor(secrets: readonly KnownSecret[]) {
    // A secret may be a part of another.
    const longestFirst = [...secrets].sort((one, other) => other.value.length - one.value.length);
    this.#forms = longestFirst.map(({ shown, value }) => ({
      inText: patternOf(value, (char) => char),
      inBytes: patternOf(value, (char) => Buffer.from(char).toString("latin1")),
      shown: `{{ ${shown} }}`,
    }));
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
    for (const { inText, shown } of this.#forms) masked = masked.replace(inText, () => shown);
    return masked;
  }

  /** Base64 of bytes that may hold a form. */
  #bytes(base64: string): string {
    const bytes = Buffer.from(base64, "base64").toString("latin1");
    let masked = bytes;
    for (const { inBytes, shown } of this.#forms) masked = masked.replace(inBytes, () => shown);
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

/** @param written  A character as it stands where nothing is escaped. */
function patternOf(value: string, written: (char: string) => string): RegExp {
  const plain = Array.from(value, (char) => {
    const spellings = isNeverEscaped(char) ? [] : spellingsOf(char);
    return spellings.length === 0 ? char : `(?:${[escapedForPattern(written(char)), ...spellings].join("|")})`;
  });
  return new RegExp([plain.join(""), ...base64Forms(value).map(escapedForPattern)].join("|"), "g");
}

function isNeverEscaped(char: string): boolean {
  return /^[A-Za-z0-9]$/.test(char);
}

const NAMED: { readonly [char: string]: string } = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
  " ": "\\+",
};
const BACKSLASHED: { readonly [char: string]: string } = {
  '"': '"',
  "\\": "\\\\",
  "/": "/",
  "\b": "b",
  "\f": "f",
  "\n": "n",
  "\r": "r",
  "\t": "t",
};

/** A character in URLs and forms, in JSON, and in HTML and XML, as patterns. */
function spellingsOf(char: string): string[] {
  const code = char.codePointAt(0) ?? 0;
  const percent = Array.from(Buffer.from(char), (byte) => `%${anyCase(byte, 2)}`).join("");
  const units = Array.from({ length: char.length }, (_, at) => `\\\\u${anyCase(char.charCodeAt(at), 4)}`).join("");
  const entities = [`&#0*${code};`, `&#[xX]0*${anyCase(code, 0)};`];
  const named = NAMED[char];
  const backslashed = BACKSLASHED[char];
  return [
    percent,
    units,
    ...entities,
    ...(named === undefined ? [] : [named]),
    ...(backslashed === undefined ? [] : [`\\\\${backslashed}`]),
  ];
}

/** Hexadecimal digits, which may be capitals or not. */
function anyCase(code: number, digits: number): string {
  const hex = code.toString(16).padStart(digits, "0");
  return hex.replaceAll(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
}

function escapedForPattern(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9]/gu, (char) =>
    Array.from({ length: char.length }, (_, at) => `\\u${char.charCodeAt(at).toString(16).padStart(4, "0")}`).join(""),
  );
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
