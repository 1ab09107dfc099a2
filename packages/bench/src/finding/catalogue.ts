import { rules } from "./findings.ts";
import type { Advice, Knob } from "./rule.ts";

/** What a rule sees and recommends, without a result. */
export interface RuleDescription {
  readonly name: string;
  readonly looksFor: string;
  readonly advice: Advice;
  /** Null where no single setting tests the advice. */
  readonly knob: Knob | null;
}

/** Every rule, in the order in which they are looked at. */
export function ruleCatalogue(): readonly RuleDescription[] {
  return rules.map(({ name, looksFor, advice, knob }) => ({ name, looksFor, advice, knob: knob ?? null }));
}
