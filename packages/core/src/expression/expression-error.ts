/** Why an expression cannot be read. Stable; see the issue catalogue. */
export type ExpressionSyntaxCode = "expression_syntax" | "expression_unknown_function" | "expression_too_large";

/** An expression that cannot be read. `offset` counts UTF-16 units from the start of the expression's text. */
export class ExpressionSyntaxError extends Error {
  override readonly name = "ExpressionSyntaxError";
  readonly code: ExpressionSyntaxCode;
  readonly offset: number;

  constructor(code: ExpressionSyntaxCode, offset: number, message: string) {
    super(message);
    this.code = code;
    this.offset = offset;
  }
}

/**
 * An expression that was read but cannot be evaluated on this input.
 *
 * `expression_failed`: wrong types, division by zero, a template hole without a value. `expression_budget`: it would cost or produce
 * too much. Both happen in the same way on every machine, so trying again is useless.
 */
export class ExpressionError extends Error {
  override readonly name = "ExpressionError";
  readonly code: "expression_failed" | "expression_budget";

  constructor(code: "expression_failed" | "expression_budget", message: string) {
    super(message);
    this.code = code;
  }
}
