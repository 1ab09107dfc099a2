import { didYouMean, type Issue, pointer, quote } from "../error/issue.ts";
import type { FoundLink } from "../node/config-reader.ts";
import type { PlanStep } from "../plan/plan.ts";

/** Checks that a step waits for each signal that a link sends. Where a step computes the name that it waits for, any link may be meant. */
export function checkLinks(links: readonly FoundLink[], steps: readonly PlanStep[]): Issue[] {
  if (links.length === 0) return [];
  const names = new Set<string>();
  for (const step of steps) {
    if (step.type !== "wait_for_signal@1") continue;
    const [only, ...more] = step.name.parts;
    if (typeof only !== "string" || more.length > 0) return [];
    names.add(only);
  }
  return links
    .filter(({ signal }) => !names.has(signal))
    .map(({ path, text, signal }) => ({
      path: pointer(...path),
      code: "link_unknown_signal",
      message: `${quote(text)} is a link to the signal ${quote(signal)}, for which no step waits${didYouMean(signal, names) || "."}`,
      fix: "Correct the name, or add a wait_for_signal node with this name.",
    }));
}
