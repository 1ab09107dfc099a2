import type { Json } from "../json.ts";
import { isArray, isObject } from "../json-kind.ts";
import { ExactNumber } from "../json-number.ts";
import { ExpressionError } from "./expression-error.ts";

/**
 * What one expression may cost. It is counted, never timed, so that the same expression with the same input ends the same way on every
 * machine.
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

/** The units since the last call of `takeSpentUnits`, and their limit. */
let account = 0;
let accountMax = Number.POSITIVE_INFINITY;
let isOverdrawn = false;
/** The limit of the account during the part that `limitUnits` began, and the limit of one part, for messages. */
let partEnd = Number.POSITIVE_INFINITY;
let partMax = Number.POSITIVE_INFINITY;

/**
 * Returns the units of work that all evaluations and renderings of this process took since the last call, and restarts at 0.
 *
 * They include more than the units that `EXPRESSION_LIMITS.fuel` limits. Work that the budget of a single expression has never covered,
 * such as measuring its result, comparing long texts and encoding a hole, is counted here, so that these units grow with processor time.
 *
 * Deterministic: the same expressions on the same values take the same units on every machine. Call it once before the work to be measured
 * and once after it, without an `await` in between.
 *
 * @param unitsMax  From now until the next call, an evaluation that would exceed this is interrupted with `expression_budget`.
 */
export function takeSpentUnits(unitsMax = Number.POSITIVE_INFINITY): number {
  const units = account;
  account = 0;
  accountMax = unitsMax;
  isOverdrawn = false;
  limitUnits(Number.POSITIVE_INFINITY);
  return units;
}

/**
 * Begins a part of what is being measured, such as a step of a run. Until the next call of this or of `takeSpentUnits`, an evaluation that
 * would exceed `unitsMax` is interrupted with `expression_budget`. If less is left of the whole, that is the limit.
 */
export function limitUnits(unitsMax: number): void {
  partMax = unitsMax;
  partEnd = account + unitsMax;
}

/** The current units of the account, for computing the cost of a part. */
export function spentUnits(): number {
  return account;
}

/** Counts work that is done however little is left; the next evaluation has less. */
export function addUnits(units: number): void {
  account += units;
}

/** Says whether more was counted than the `unitsMax` of `takeSpentUnits`. */
export function hasOverspent(): boolean {
  return account > accountMax;
}

/** Says whether an evaluation since `takeSpentUnits` was last called ended because of its `unitsMax`, and not because of its own budget. */
export function ranOutOfUnits(): boolean {
  return isOverdrawn;
}

/** Counts work for `takeSpentUnits` that the budget of a single expression does not cover. Called before the work is done. */
export function countUnits(units: number): void {
  const spent = account + units;
  if (spent > accountMax || spent > partEnd) throw spentAll();
  account = spent;
}

function spentAll(): ExpressionError {
  if (partEnd < accountMax) {
    return new ExpressionError(
      "expression_budget",
      `The step needs more than the ${partMax} units of work that one step may cost; spread the work over several steps, or handle fewer or shorter values`,
    );
  }
  isOverdrawn = true;
  return new ExpressionError(
    "expression_budget",
    `needs more than the ${accountMax} units of work that are left; handle fewer or shorter values`,
  );
}

/** The state of one evaluation: the units left, the root value and the values bound by `let`. */
export class Meter {
  root: Json = null;
  readonly slots: Json[] = [];
  #fuel: number = EXPRESSION_LIMITS.fuel;

  /** Starts an evaluation. */
  begin(root: Json): void {
    this.root = root;
    this.#fuel = EXPRESSION_LIMITS.fuel;
  }

  /** Spends units of work. Called before the work is done. */
  spend(units: number): void {
    if (units > this.#fuel) {
      throw new ExpressionError(
        "expression_budget",
        `needs more than ${EXPRESSION_LIMITS.fuel} units of work; select or filter earlier, or handle fewer elements`,
      );
    }
    countUnits(units);
    this.#fuel -= units;
  }

  /** Spends the work for handling `length` characters. */
  spendText(length: number): void {
    this.spend(1 + (length >>> 4));
  }

  /** Spends the work for building a string. Called before it is built. */
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
 * Throws `expression_budget` if a value exceeds the limits of a result. It is measured as it would be written: a shared part counts each
 * time.
 */
export function checkSize(value: Json): void {
  if (value === null || typeof value === "boolean" || typeof value === "number") return;
  if (typeof value === "string" && value.length <= EXPRESSION_LIMITS.resultLengthMax) return;
  measure(value, 1, { nodes: 0, length: 0, exact: 0, keyUnits: 0 });
}

/** Writes a value as JSON. Throws like `checkSize`; before writing, it counts what `Meter.spendString` does not count afterwards. */
export function writeJson(value: Json, meter: Meter): string {
  const size = { nodes: 0, length: 0, exact: 0, keyUnits: 0 };
  measure(value, 1, size);
  countUnits(3 + 2 * size.nodes + EXACT_UNITS * size.exact + size.keyUnits + (size.length >>> 3));
  const json = JSON.stringify(value);
  meter.spendString(json.length);
  return json;
}

/** The cost of writing an exact number, for each of which the platform calls back. */
const EXACT_UNITS = 14;

interface Size {
  nodes: number;
  length: number;
  /** Exact numbers. */
  exact: number;
  /** The cost of listing the keys of large objects. */
  keyUnits: number;
}

/** Objects with more keys are hash tables, whose keys have to be sorted. */
const FEW_KEYS = 100;

/** The cost of listing the keys of an object, besides the one unit for each value. */
export function keyUnits(keys: number): number {
  return keys <= FEW_KEYS ? 3 * keys : 8 * keys;
}

function measure(value: Json, depth: number, size: Size): void {
  size.nodes += 1;
  if (typeof value === "string") size.length += value.length;
  else if (value instanceof ExactNumber) {
    size.length += value.text.length;
    size.exact += 1;
  }
  if (size.nodes > EXPRESSION_LIMITS.resultNodesMax) {
    throw new ExpressionError("expression_budget", `gives more than ${EXPRESSION_LIMITS.resultNodesMax} values`);
  }
  if (size.length > EXPRESSION_LIMITS.resultLengthMax) {
    throw new ExpressionError("expression_budget", `gives more than ${EXPRESSION_LIMITS.resultLengthMax} characters`);
  }
  if (value === null || typeof value !== "object" || value instanceof ExactNumber) return;
  if (depth > EXPRESSION_LIMITS.resultDepthMax) {
    throw new ExpressionError(
      "expression_budget",
      `gives a value nested deeper than ${EXPRESSION_LIMITS.resultDepthMax} levels`,
    );
  }
  if (isArray(value)) {
    countUnits(1 + value.length);
    for (const element of value) measure(element, depth + 1, size);
  } else if (isObject(value)) {
    const keys = Object.keys(value);
    const units = keyUnits(keys.length);
    if (keys.length > FEW_KEYS) size.keyUnits += units;
    countUnits(1 + keys.length + units);
    for (const key of keys) {
      size.length += key.length;
      measure(value[key] ?? null, depth + 1, size);
    }
  }
}
