import type { RedactionPattern, RedactionRule } from "@meshhook/journal";

import { findCards } from "./find-cards.ts";
import { findEmails } from "./find-emails.ts";
import { findIbans } from "./find-ibans.ts";
import { findPhones } from "./find-phones.ts";
import { ownPattern } from "./own-pattern.ts";
import { parsePath, type PathStep } from "./payload-path.ts";
import type { Finder } from "./span.ts";

export interface RuleFinder {
  readonly find: Finder;
  /** The same for all spellings of what was found. */
  readonly spelling: (found: string) => string;
  /** Also in numbers that are not texts. */
  readonly isForNumbers: boolean;
  /** What a character costs of the work that one delivery may make. */
  readonly costPerCharacter: number;
}

/** A rule made ready. */
export interface OpenRule {
  readonly name: string;
  readonly isPseudonym: boolean;
  readonly omitsAddress: boolean;
  readonly paths: readonly (readonly PathStep[])[];
  readonly headers: ReadonlySet<string>;
  readonly query: ReadonlySet<string>;
  readonly finders: readonly RuleFinder[];
}

/** Measured: RE2 in JavaScript takes about so much longer for a character than the search for an address. */
const OWN_COST = 200;

const asWritten = (found: string): string => found;
const withoutSeparators = (found: string): string => found.replaceAll(/[^0-9A-Za-z+]/g, "").toUpperCase();

const PATTERNS: { readonly [pattern in RedactionPattern]: RuleFinder } = {
  email: { find: findEmails, spelling: (found) => found.toLowerCase(), isForNumbers: false, costPerCharacter: 1 },
  phone: { find: findPhones, spelling: withoutSeparators, isForNumbers: false, costPerCharacter: 1 },
  card: { find: findCards, spelling: withoutSeparators, isForNumbers: true, costPerCharacter: 1 },
  iban: { find: findIbans, spelling: withoutSeparators, isForNumbers: false, costPerCharacter: 1 },
};

/** @throws PathError, PatternError */
export function openRule(rule: RedactionRule): OpenRule {
  const { name, paths = [], headers = [], query = [], patterns = [], expressions = [] } = rule;
  return {
    name,
    isPseudonym: rule.replace === "pseudonym",
    omitsAddress: rule.address === true,
    paths: paths.map(parsePath),
    headers: new Set(headers.map((header) => header.toLowerCase())),
    query: new Set(query),
    finders: [
      ...patterns.map((pattern) => PATTERNS[pattern]),
      ...expressions.map((source) => ({
        find: ownPattern(source),
        spelling: asWritten,
        isForNumbers: true,
        costPerCharacter: OWN_COST,
      })),
    ],
  };
}
