import { EXPRESSION_FUNCTIONS } from "./functions.ts";

/** A function as its users see it. */
export interface ExpressionFunctionInfo {
  readonly name: string;
  /** As in `contains(array|string, any)`: `?` marks an optional argument, `…` a repeatable one, `&` an expression reference. */
  readonly signature: string;
  /** Its result, in one line. */
  readonly description: string;
}

/** Lists the functions that an expression may call, by name: the table that the evaluator itself uses. */
export function expressionFunctions(): readonly ExpressionFunctionInfo[] {
  return Array.from(EXPRESSION_FUNCTIONS, ([name, { signature, description }]) => ({ name, signature, description }));
}
