import { isTruthy } from "../../expression/equal.ts";
import { evaluate } from "../../expression/evaluate.ts";
import type { Scope } from "../../expression/index.ts";
import type { Json } from "../../json.ts";
import type { BranchStep } from "../../plan/plan.ts";
import { type Outcome, succeeded } from "../outcome.ts";

/** A case of a branch whose condition was evaluated. Cases after the first true one were not. */
export interface TriedCase {
  readonly port: string;
  readonly when: string;
  readonly value: Json;
  readonly holds: boolean;
}

export function runBranch(branch: BranchStep, scope: Scope): Outcome {
  for (const { port, when } of branch.cases) {
    if (isTruthy(evaluate(when, scope))) return succeeded(port, port);
  }
  return succeeded(branch.otherwise, branch.otherwise);
}

/** Tries the cases as the step did. The cases before a condition that fails are reported too. */
export function tryCases(branch: BranchStep, scope: Scope, tried: TriedCase[]): void {
  for (const { port, when } of branch.cases) {
    const value = evaluate(when, scope);
    const holds = isTruthy(value);
    tried.push({ port, when: when.text, value, holds });
    if (holds) return;
  }
}
