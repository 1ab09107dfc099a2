import { freeName } from "./free-name.ts";
import type { OpenRule } from "./open-rule.ts";
import type { PathStep } from "./payload-path.ts";
import type { RedactionPass } from "./redaction-pass.ts";

/** How far a path has come. */
interface Place {
  readonly rule: OpenRule;
  readonly steps: readonly PathStep[];
  readonly at: number;
}

const BLANK = /[ \t\r\n]*/y;
const SCALAR = /[^ \t\r\n,\]}]+/y;

/**
 * Replaces values and parts of texts in a JSON text, and leaves every other character as it is: numbers keep their digits, objects their
 * order and their white space.
 *
 * @param text  Is JSON, of bounded depth.
 */
export function redactJson(text: string, pass: RedactionPass): string {
  const places = pass.rules.flatMap((rule) => rule.paths.map((steps) => ({ rule, steps, at: 0 })));
  if (places.length === 0 && pass.rules.every(({ finders }) => finders.length === 0)) return text;
  return new JsonText(text, pass).redacted(places);
}

class JsonText {
  readonly #text: string;
  readonly #pass: RedactionPass;
  #at = 0;
  #result = "";
  #copied = 0;

  constructor(text: string, pass: RedactionPass) {
    this.#text = text;
    this.#pass = pass;
  }

  redacted(places: readonly Place[]): string {
    this.#skipBlank();
    this.#value(places);
    return this.#copied === 0 ? this.#text : this.#result + this.#text.slice(this.#copied);
  }

  #value(places: readonly Place[]): void {
    switch (this.#text[this.#at]) {
      case "{":
        return this.#object(places);
      case "[":
        return this.#array(places);
      case '"':
        return this.#string();
      default:
        return this.#scalar();
    }
  }

  #object(places: readonly Place[]): void {
    /** Names that were replaced, so that two of them stay apart. */
    let replaced: { [name: string]: true } | null = null;
    this.#enter();
    while (this.#text[this.#at] !== "}") {
      const from = this.#at;
      this.#skipString();
      const name = textOf(this.#text.slice(from, this.#at));
      const safe = this.#pass.text(name);
      if (safe !== name) {
        replaced ??= Object.create(null) as { [name: string]: true };
        const free = freeName(replaced, safe);
        replaced[free] = true;
        this.#replace(from, JSON.stringify(free));
      }
      this.#skipBlank();
      this.#enter();
      this.#member(places, name);
    }
    this.#at++;
  }

  #array(places: readonly Place[]): void {
    this.#enter();
    for (let index = 0; this.#text[this.#at] !== "]"; index++) this.#member(places, index);
    this.#at++;
  }

  #member(places: readonly Place[], key: string | number): void {
    const next: Place[] = [];
    this.#pass.spend(places.length);
    for (const place of places) advance(place, key, next);
    const end = next.find(({ steps, at }) => at === steps.length);
    if (end === undefined) this.#value(next);
    else this.#whole(end.rule);
    this.#skipBlank();
    if (this.#text[this.#at] === ",") this.#enter();
  }

  /** A value that a rule names; null says nothing. */
  #whole(rule: OpenRule): void {
    const from = this.#at;
    this.#skip();
    const written = this.#text.slice(from, this.#at);
    if (written === "null") return;
    const value = written.startsWith('"') ? textOf(written) : written;
    const mark = this.#pass.mark(rule, value);
    if (mark !== value) this.#replace(from, JSON.stringify(mark));
  }

  #string(): void {
    const from = this.#at;
    this.#skipString();
    const value = textOf(this.#text.slice(from, this.#at));
    const safe = this.#pass.text(value);
    if (safe !== value) this.#replace(from, JSON.stringify(safe));
  }

  #scalar(): void {
    const from = this.#at;
    this.#move(SCALAR);
    const written = this.#text.slice(from, this.#at);
    // true, false and null begin with a letter.
    const mark = written > ":" ? null : this.#pass.number(written);
    if (mark !== null) this.#replace(from, JSON.stringify(mark));
  }

  /** Behind the whole value, whatever it is. */
  #skip(): void {
    let depth = 0;
    do {
      const char = this.#text[this.#at];
      if (char === '"') this.#skipString();
      else {
        if (char === "{" || char === "[") depth++;
        else if (char === "}" || char === "]") depth--;
        else if (depth === 0) return this.#move(SCALAR);
        this.#at++;
      }
    } while (depth > 0);
  }

  #skipString(): void {
    let end = this.#at;
    do {
      end = this.#text.indexOf('"', end + 1);
    } while (isEscaped(this.#text, end));
    this.#at = end + 1;
  }

  /** Behind one character and the blanks after it. */
  #enter(): void {
    this.#at++;
    this.#skipBlank();
  }

  #skipBlank(): void {
    if (this.#text.charCodeAt(this.#at) <= 0x20) this.#move(BLANK);
  }

  #move(pattern: RegExp): void {
    pattern.lastIndex = this.#at;
    pattern.test(this.#text);
    this.#at = pattern.lastIndex;
  }

  /** What was read since `from` becomes something else. */
  #replace(from: number, replacement: string): void {
    this.#result += this.#text.slice(this.#copied, from) + replacement;
    this.#copied = this.#at;
  }
}

/** Whether an odd number of backslashes stands before. */
function isEscaped(text: string, at: number): boolean {
  let from = at;
  while (text[from - 1] === "\\") from--;
  return (at - from) % 2 === 1;
}

/** @param written  With its quotes. */
function textOf(written: string): string {
  return written.includes("\\") ? (JSON.parse(written) as string) : written.slice(1, -1);
}

/** Adds where a path comes to with a member or an element. */
function advance(place: Place, key: string | number, next: Place[]): void {
  const step = place.steps[place.at];
  switch (step?.kind) {
    case "name":
      if (step.name !== key) return;
      break;
    case "index":
      if (step.index !== key) return;
      break;
    case "any-name":
      if (typeof key !== "string") return;
      break;
    case "any-index":
      if (typeof key !== "number") return;
      break;
    case "any-depth":
      next.push(place);
      return advance({ ...place, at: place.at + 1 }, key, next);
    case undefined:
      return;
  }
  next.push({ ...place, at: place.at + 1 });
}
