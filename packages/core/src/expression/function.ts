import type { Json } from "../json.ts";
import type { Meter } from "./budget.ts";
import type { Program } from "./program.ts";

/** A function of expressions: pure, independent of locale, linear in its input (except sorting) and paid for in advance. */
export interface ExpressionFunction {
  /** How it is written, for messages and documentation. */
  readonly signature: string;
  /** Its result, in one line. */
  readonly description: string;
  readonly argumentsMin: number;
  readonly argumentsMax: number;
  /** The index of the argument that is an expression reference (`&name`); null when there is none. It is left out of `args`. */
  readonly lambdaAt: number | null;
  readonly call: (args: readonly Json[], meter: Meter, lambda: Program) => Json;
}

/** An entry of a table of functions. */
export function define(
  signature: string,
  description: string,
  argumentsMin: number,
  argumentsMax: number,
  call: ExpressionFunction["call"],
  lambdaAt: number | null = signature.includes(", &") ? 1 : null,
): [string, ExpressionFunction] {
  return [
    signature.slice(0, signature.indexOf("(")),
    { signature, description, argumentsMin, argumentsMax, lambdaAt, call },
  ];
}
