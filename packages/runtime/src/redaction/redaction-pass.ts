import { createHmac, type KeyObject } from "node:crypto";

import type { OpenRule, RuleFinder } from "./open-rule.ts";
import { freeName } from "./free-name.ts";

/** What stands in the place of what was redacted. */
export const MASK = "[redacted]";
const MARK = /^\[redacted(?::[0-9a-f]{8})?\]$/;
const PSEUDONYM_DIGITS = 8;

/** The most work, in characters that are searched for one thing, and the most findings of one delivery. */
const WORK_MAX = 30_000_000;
const FINDINGS_MAX = 50_000;

/** Redacting would take too long. Nothing may be stored of what was to be redacted. */
export class RedactionOverrun extends Error {
  override readonly name = "RedactionOverrun";
}

interface Finding {
  from: number;
  to: number;
  readonly rule: OpenRule;
  readonly spelling: RuleFinder["spelling"];
}

/** The redaction of one delivery or answer: what was found, and what work is left. */
export class RedactionPass {
  readonly #rules: readonly OpenRule[];
  readonly #key: KeyObject | null;
  readonly #counts = new Map<string, number>();
  #work = WORK_MAX;
  #findings = 0;

  /** @param key  For pseudonyms; null where no rule makes any. */
  constructor(rules: readonly OpenRule[], key: KeyObject | null) {
    this.#rules = rules;
    this.#key = key;
  }

  get rules(): readonly OpenRule[] {
    return this.#rules;
  }

  /** How much was redacted by the name of the rule. */
  get counts(): { readonly [rule: string]: number } {
    return Object.fromEntries(this.#counts);
  }

  /** @throws RedactionOverrun */
  spend(work: number): void {
    this.#work -= work;
    if (this.#work < 0)
      throw new RedactionOverrun(
        "Redacting this delivery takes more work than one may; send less at once, or use fewer patterns of your own",
      );
  }

  /** What stands for a value that a rule names. */
  mark(rule: OpenRule, value: string): string {
    if (MARK.test(value)) return value;
    this.#findings++;
    if (this.#findings > FINDINGS_MAX)
      throw new RedactionOverrun(
        `More than ${FINDINGS_MAX} values of this delivery would be redacted; send less at once`,
      );
    this.#counts.set(rule.name, (this.#counts.get(rule.name) ?? 0) + 1);
    if (!rule.isPseudonym || this.#key === null) return MASK;
    const digest = createHmac("sha256", this.#key).update(`pseudonym|${value}`).digest("hex");
    return `[redacted:${digest.slice(0, PSEUDONYM_DIGITS)}]`;
  }

  /** A text without what the patterns find in it. */
  text(text: string): string {
    let result = "";
    let done = 0;
    for (const { from, to, rule, spelling } of this.#findingsIn(text)) {
      result += text.slice(done, from) + this.mark(rule, spelling(text.slice(from, to)));
      done = to;
    }
    return done === 0 ? text : result + text.slice(done);
  }

  /** What stands for a number, as it is written; null: the number itself. */
  number(written: string): string | null {
    for (const rule of this.#rules)
      for (const { find, spelling, isForNumbers, costPerCharacter } of rule.finders) {
        if (!isForNumbers) continue;
        this.spend(written.length * costPerCharacter);
        if (find(written).length > 0) return this.mark(rule, spelling(written));
      }
    return null;
  }

  /** Headers, or parameters of a query, of which some are named. The same object when nothing was found. */
  fields<Value extends string | readonly string[]>(
    fields: { readonly [name: string]: Value },
    kind: "headers" | "query",
  ): { readonly [name: string]: Value } {
    const redacted = Object.create(null) as { [name: string]: Value };
    let isChanged = false;
    for (const [name, value] of Object.entries(fields)) {
      const rule = this.#rules.find((each) => each[kind].has(name));
      const one = (text: string): string => (rule === undefined ? this.text(text) : this.mark(rule, text));
      const after = (typeof value === "string" ? one(value) : value.map(one)) as Value;
      const nameAfter = kind === "headers" ? name : this.text(name);
      isChanged ||= nameAfter !== name || String(after) !== String(value);
      redacted[freeName(redacted, nameAfter)] = after;
    }
    return isChanged ? redacted : fields;
  }

  /** In order, without overlaps: what touches a finding of an earlier rule belongs to it. */
  #findingsIn(text: string): readonly Finding[] {
    const found: Finding[] = [];
    for (const rule of this.#rules)
      for (const { find, spelling, costPerCharacter } of rule.finders) {
        this.spend(text.length * costPerCharacter);
        for (const { from, to } of find(text)) found.push({ from, to, rule, spelling });
      }
    if (found.length < 2) return found;
    const merged: Finding[] = [];
    // Sorting is stable: of those that begin together, the earlier rule's comes first.
    for (const finding of found.sort((one, other) => one.from - other.from)) {
      const last = merged.at(-1);
      if (last !== undefined && finding.from < last.to) last.to = Math.max(last.to, finding.to);
      else merged.push(finding);
    }
    return merged;
  }
}
