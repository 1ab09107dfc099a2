import type { RedactionRuleResource } from "@meshhook/contract";
import type { RedactionRule } from "@meshhook/journal";

/** Rules as people read them: as they were written. */
export function rulesResource(rules: readonly RedactionRule[]): RedactionRuleResource[] {
  return structuredClone(rules) as RedactionRuleResource[];
}
