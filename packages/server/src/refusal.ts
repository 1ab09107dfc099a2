import type { ProblemCode } from "@meshhook/contract";

import { HttpProblem } from "./http-problem.ts";

/** A refusal whose cause the sender does not learn. */
export class Refusal extends HttpProblem {
  override readonly cause: string;

  constructor(code: ProblemCode, cause: string, more: { readonly retryAfterS?: number } = {}) {
    super(code, "", more);
    this.cause = cause;
  }
}
