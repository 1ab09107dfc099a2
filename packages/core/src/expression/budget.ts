import type { Json } from "../json.ts";
import { isArray, isObject } from "../json-kind.ts";
import { ExpressionError } from "./expression-error.ts";

/**
 * What one expression may cost. Counted, never timed: the same expression on the same input ends the same on every machine.
 *
 * Reasons and measurements: docs/decisions/0002-expression-budgets.md.
 */
export const EXPRESSION_LIMITS = {
  /** UTF-16 units of an expression's text. */
  textLengthMax: 4096,
  /** Brackets inside brackets, and chains of prefix operators. */
  nestingMax: 64,
  /** Words and signs; bounds the recursion of the parser. */
  tokensMax: 1024,
  /** Nodes of the tree; bounds the recursion of the evaluation. */
  nodesMax: 512,
  /** Units of work: about one per visited node, per handled element and per 16 handled characters. */
  fuel: 500_000,
  /** UTF-16 units of any string that is built. */
  stringLengthMax: 1_048_576,
  /** UTF-16 units of all strings and keys of a result. */
  resultLengthMax: 2_097_152,
  /** Values in a result, itself included. */
  resultNodesMax: 250_000,
  /** Arrays and objects inside each other in a result: twice what an input may have. */
  resultDepthMax: 128,
} as const;

/** Units since `takeSpentUnits` was last called. */
let account = 0;

/** What `account` may come to before no further evaluation begins. */
let accountMax = Number.POSITIVE_INFINITY;

/** The evaluations since `limitUnits` took all that they may. */
export class UnitsSpentError extends Error {
  override readonly name = "UnitsSpentError";
}

/**
 * Starts the account again from 0, and lets evaluations begin only while it is not above `units`; the one that crosses it is finished,
 * within its own budget. Call with Infinity when the work is done.
 */
export function limitUnits(units: number): void {
  account = 0;
  accountMax = units;
}

/**
 * Gives the units of work that all evaluations and renderings of this process took since the last call, and starts again from 0.
 *
 * More than what `EXPRESSION_LIMITS.fuel` limits: what a single expression gets for nothing, such as the measuring of its result, the comparing of
 * long texts and the encoding of a hole, is counted here too, so that units grow with the time that a processor takes.
 *
 * Deterministic: the same expressions on the same values take the same units on every machine. Take once before the work that is to be
 * measured, and once after it, without an `await` in between.
 */
export function takeSpentUnits(): number {
  const units = account;
  account = 0;
  return units;
}

/** Counts work for `takeSpentUnits` that no expression's own budget pays for. */
export function countUnits(units: number): void {
  account += units;
}

/** Counts the handling of `length` characters for `takeSpentUnits` alone. */
export function countText(length: number): void {
  account += length >>> 4;
}

/** The state of one evaluation: what is left to spend, the root value and the values bound by `let`. */
export class Meter {
  root: Json = null;
  readonly slots: Json[] = [];
  #fuel: number = EXPRESSION_LIMITS.fuel;

  /**
   * Starts an evaluation.
   *
   * @throws UnitsSpentError when those before it took what they may (`limitUnits`).
   */
  begin(root: Json): void {
    if (account > accountMax) throw new UnitsSpentError();
    this.root = root;
    this.#fuel = EXPRESSION_LIMITS.fuel;
  }

  /** Takes units of work. Called before the work is done. */
  spend(units: number): void {
    if (units > this.#fuel) {
      throw new ExpressionError(
        "expression_budget",
        `needs more than ${EXPRESSION_LIMITS.fuel} units of work; select or filter earlier, or handle fewer elements`,
      );
    }
    this.#fuel -= units;
    account += units;
  }

  /** Takes the work for handling `length` characters. */
  spendText(length: number): void {
    this.spend(1 + (length >>> 4));
  }

  /** Takes the work for building a string. Called before it is built. */
  spendString(length: number): void {
    if (length > EXPRESSION_LIMITS.stringLengthMax) {
      throw new ExpressionError(
        "expression_budget",
        `would build a string of ${length} characters; the limit is ${EXPRESSION_LIMITS.stringLengthMax}`,
      );
    }
    this.spendText(length);
  }
}

/**
 * Throws `expression_budget` unless a value keeps to the limits of a result, measured as it would be written out: a part that is
 * shared counts each time.
 */
export function checkSize(value: Json): void {
  if (value === null || typeof value === "boolean" || typeof value === "number") return;
  if (typeof value === "string" && value.length <= EXPRESSION_LIMITS.resultLengthMax) return;
  const size: Size = { nodes: 0, length: 0 };
  try {
    measure(value, 1, size);
  } finally {
    account += size.nodes;
  }
}

interface Size {
  nodes: number;
  length: number;
}

function measure(value: Json, depth: number, size: Size): void {
  size.nodes += 1;
  if (typeof value === "string") size.length += value.length;
  if (size.nodes > EXPRESSION_LIMITS.resultNodesMax) {
    throw new ExpressionError("expression_budget", `gives more than ${EXPRESSION_LIMITS.resultNodesMax} values`);
  }
  if (size.length > EXPRESSION_LIMITS.resultLengthMax) {
    throw new ExpressionError("expression_budget", `gives more than ${EXPRESSION_LIMITS.resultLengthMax} characters`);
  }
  if (value === null || typeof value !== "object") return;
  if (depth > EXPRESSION_LIMITS.resultDepthMax) {
    throw new ExpressionError(
      "expression_budget",
      `gives a value nested deeper than ${EXPRESSION_LIMITS.resultDepthMax} levels`,
    );
  }
  if (isArray(value)) {
    for (const element of value) measure(element, depth + 1, size);
  } else if (isObject(value)) {
    for (const key of Object.keys(value)) {
      size.length += key.length;
      measure(value[key] ?? null, depth + 1, size);
    }
  }
}
