import type { Json } from "../json.ts";
import { emptyObject, isArray, isObject } from "../json-kind.ts";
import { roundNumbers } from "../round-numbers.ts";
import { compareNumbers, isNumeric } from "../json-number.ts";
import { countUnits, keyUnits, type Meter } from "./budget.ts";
import { calculate, negated, type Numeric, type Operator, requireNumeric } from "./arithmetic.ts";
import { isEqual, isTruthy } from "./equal.ts";
import { ExpressionSyntaxError } from "./expression-error.ts";
import { EXPRESSION_FUNCTIONS } from "./functions.ts";
import { freezeLiteral } from "./literal.ts";
import type { Program } from "./program.ts";
import { roundsNumbers } from "./semantics.ts";
import type { SyntaxNode } from "./syntax-tree.ts";
import { codePoints } from "./text.ts";

type Run = Program["run"];

/** The variables in scope and their slots. A slot belongs to one binding of the whole expression. */
interface Bindings {
  readonly slots: ReadonlyMap<string, number>;
  /** Shared by all bindings of one expression. */
  readonly allocated: { count: number };
}

/**
 * Turns a syntax tree into nested closures: JMESPath's semantics, with every loop paid for in advance, only own properties, and results
 * that inherit nothing.
 *
 * Mistakes that depend only on the text are refused here: unknown functions and variables, wrong numbers of arguments, misplaced
 * expression references, a slice step of 0.
 *
 * Cost and reasons: docs/decisions/0002-expression-budgets.md.
 *
 * @throws ExpressionSyntaxError with offset 0; the caller knows the text and finds the position.
 */
export function buildProgram(tree: SyntaxNode): Program {
  return build(tree, { slots: new Map(), allocated: { count: 0 } });
}

function build(node: SyntaxNode, bindings: Bindings): Program {
  switch (node.type) {
    case "Field":
      return path([node.name]);
    case "Subexpression":
      return buildSubexpression(node.left, node.right, bindings);
    case "Current":
    case "Identity":
      return { run: (value) => value, weight: 1, selectsOnly: false };
    case "Root":
      return { run: (_value, meter) => meter.root, weight: 1, selectsOnly: false };
    case "Literal": {
      return { run: literalOf(node.value), weight: 1, selectsOnly: true };
    }
    case "Index":
      return { run: pickIndex(whole(node.value, "an index")), weight: 1, selectsOnly: true };
    case "Slice":
      return { run: buildSlice(node), weight: 1, selectsOnly: false };
    case "IndexExpression":
    case "Pipe":
      return chain(build(node.left, bindings), build(node.right, bindings));
    case "Projection":
      return buildProjection(node.left, build(node.left, bindings), build(node.right, bindings));
    case "ValueProjection":
      refuseNegatedParent(node.left);
      return buildValueProjection(build(node.left, bindings), build(node.right, bindings));
    case "FilterProjection":
      return buildFilter(build(node.left, bindings), build(node.condition, bindings), build(node.right, bindings));
    case "Flatten":
      return buildFlatten(build(node.child, bindings));
    case "MultiSelectList":
      return buildList(node.children.map((child) => build(child, bindings)));
    case "MultiSelectHash":
      return buildHash(node.children.map((pair) => [pair.name, build(pair.value, bindings)]));
    case "OrExpression": {
      const [left, right] = [build(node.left, bindings), build(node.right, bindings)];
      return branching([left, right], (value, meter) => {
        const result = left.run(value, meter);
        return isTruthy(result) ? result : right.run(value, meter);
      });
    }
    case "AndExpression": {
      const [left, right] = [build(node.left, bindings), build(node.right, bindings)];
      return branching([left, right], (value, meter) => {
        const result = left.run(value, meter);
        return isTruthy(result) ? right.run(value, meter) : result;
      });
    }
    case "NotExpression": {
      const child = build(node.child, bindings);
      return computed([child], (value, meter) => !isTruthy(child.run(value, meter)));
    }
    case "Ternary": {
      const condition = build(node.condition, bindings);
      const [yes, no] = [build(node.trueExpr, bindings), build(node.falseExpr, bindings)];
      return {
        run: (value, meter) => (isTruthy(condition.run(value, meter)) ? yes : no).run(value, meter),
        weight: 1 + condition.weight + yes.weight + no.weight,
        selectsOnly: yes.selectsOnly && no.selectsOnly,
      };
    }
    case "Comparator":
      return buildComparator(node.name, build(node.left, bindings), build(node.right, bindings));
    case "Arithmetic":
      return buildArithmetic(node.operator, build(node.left, bindings), build(node.right, bindings));
    case "Unary": {
      const operand = build(node.operand, bindings);
      if (node.operator === "Minus")
        return computed([operand], (value, meter) => negated(requireNumeric(operand.run(value, meter), "-")));
      return computed([operand], (value, meter) => requireNumeric(operand.run(value, meter), "+"));
    }
    case "Function":
      return buildCall(node.name, node.children, bindings);
    case "LetExpression":
      return buildLet(node.bindings, node.expression, bindings);
    case "Variable": {
      const slot = bindings.slots.get(node.name);
      if (slot === undefined) throw syntax(`the variable $${node.name} is not bound by a "let" around it`);
      return { run: (_value, meter) => meter.slots[slot] ?? null, weight: 1, selectsOnly: false };
    }
    case "Binding":
      throw syntax(`"=" binds a variable inside "let $name = … in …"; compare with "=="`);
    case "ExpressionReference":
    default:
      throw syntax(`"&" is only allowed as an argument of map, sort_by, group_by, min_by and max_by`);
  }
}

function literalOf(value: Json): Run {
  const literal = freezeLiteral(value);
  const rounded = roundNumbers(literal);
  if (rounded === literal) return () => literal;
  const frozen = freezeLiteral(rounded);
  return () => (roundsNumbers() ? frozen : literal);
}

function syntax(message: string): ExpressionSyntaxError {
  return new ExpressionSyntaxError("expression_syntax", 0, message);
}

function whole(value: number, what: string): number {
  if (!Number.isSafeInteger(value)) throw syntax(`${what} must be a whole number`);
  return value;
}

/** A part that gives a new value: with at most the values of its parts and one of its own. */
function computed(parts: readonly Program[], run: Run): Program {
  return { run, weight: weigh(parts), selectsOnly: true };
}

/** A part that gives the value of one of its own parts. */
function branching(parts: readonly Program[], run: Run): Program {
  return { run, weight: weigh(parts), selectsOnly: parts.every((part) => part.selectsOnly) };
}

/** A part that combines values. */
function constructing(parts: readonly Program[], run: Run): Program {
  return { run, weight: weigh(parts), selectsOnly: false };
}

function weigh(parts: readonly Program[]): number {
  return parts.reduce((sum, part) => sum + part.weight, 1);
}

function buildSubexpression(left: SyntaxNode, right: SyntaxNode, bindings: Bindings): Program {
  refuseNegatedParent(left);
  const names = fieldNames(left, right);
  if (names !== null) return path(names);
  const [first, second] = [build(left, bindings), build(right, bindings)];
  return {
    run: (value, meter) => {
      const result = first.run(value, meter);
      return result === null ? null : second.run(result, meter);
    },
    weight: 1 + first.weight + second.weight,
    selectsOnly: first.selectsOnly && second.selectsOnly,
  };
}

/** JMESPath reads `!a.b` as `(!a).b`, which is null whatever `a` is and never intended. */
function refuseNegatedParent(parent: SyntaxNode): void {
  if (parent.type === "NotExpression") throw syntax(`"!a.b" reads as "(!a).b", which is always null; write "!(a.b)"`);
}

/** The names of `a.b.c`; null for anything else. */
function fieldNames(left: SyntaxNode, right: SyntaxNode): string[] | null {
  if (right.type !== "Field") return null;
  if (left.type === "Field") return [left.name, right.name];
  if (left.type !== "Subexpression") return null;
  const names = fieldNames(left.left, left.right);
  names?.push(right.name);
  return names;
}

function path(names: readonly string[]): Program {
  const [first = "", ...rest] = names;
  const run: Run =
    rest.length === 0
      ? (value) => field(value, first)
      : (value) => {
          let current = field(value, first);
          for (const name of rest) current = field(current, name);
          return current;
        };
  // `nodes` contains many results, which are bounded only individually. A path below a node's output is bounded, and so is every other
  // root.
  return { run, weight: 2 * names.length - 1, selectsOnly: first !== "nodes" || rest.length >= 2 };
}

/** An own property of an object, so that no name reaches a prototype; null for anything else. */
function field(value: Json, name: string): Json {
  if (!isObject(value) || !Object.hasOwn(value, name)) return null;
  return value[name] ?? null;
}

function pickIndex(index: number): Run {
  return (value) => (isArray(value) ? (value[index < 0 ? value.length + index : index] ?? null) : null);
}

function chain(first: Program, second: Program): Program {
  return {
    run: (value, meter) => second.run(first.run(value, meter), meter),
    weight: 1 + first.weight + second.weight,
    selectsOnly: first.selectsOnly && second.selectsOnly,
  };
}

function buildSlice(node: Extract<SyntaxNode, { type: "Slice" }>): Run {
  const step = node.step === null ? 1 : whole(node.step, "a slice step");
  const start = node.start === null ? null : whole(node.start, "a slice start");
  const stop = node.stop === null ? null : whole(node.stop, "a slice stop");
  if (step === 0) throw syntax("a slice step cannot be 0");
  return (value, meter) => {
    if (typeof value === "string") {
      meter.spend(1 + value.length);
      return sliced(codePoints(value), start, stop, step).join("");
    }
    if (!isArray(value)) return null;
    meter.spend(1 + value.length);
    return sliced(value, start, stop, step);
  };
}

function sliced<T>(elements: readonly T[], start: number | null, stop: number | null, step: number): T[] {
  const length = elements.length;
  const cap = (position: number): number =>
    position < 0 ? Math.max(position + length, step < 0 ? -1 : 0) : Math.min(position, step < 0 ? length - 1 : length);
  const from = start === null ? (step < 0 ? length - 1 : 0) : cap(start);
  const to = stop === null ? (step < 0 ? -1 : length) : cap(stop);
  if (step === 1) return elements.slice(from, Math.max(from, to));
  const result: T[] = [];
  for (let i = from; step > 0 ? i < to : i > to; i += step) {
    const element = elements[i];
    if (element !== undefined) result.push(element);
  }
  return result;
}

function buildProjection(leftNode: SyntaxNode, left: Program, right: Program): Program {
  // `text[1:3]` slices a string, so there the projection passes the string on instead of giving null.
  const passesText = leftNode.type === "IndexExpression" && leftNode.right.type === "Slice";
  return constructing([left, right], (value, meter) => {
    const base = left.run(value, meter);
    if (passesText && typeof base === "string") return right.run(base, meter);
    if (!isArray(base)) return null;
    return project(base, right, meter);
  });
}

function buildValueProjection(left: Program, right: Program): Program {
  return constructing([left, right], (value, meter) => {
    const base = left.run(value, meter);
    if (!isObject(base)) return null;
    const values = Object.values(base);
    countUnits(2 * keyUnits(values.length));
    return project(values, right, meter);
  });
}

function project(elements: readonly Json[], right: Program, meter: Meter): Json[] {
  meter.spend(elements.length * (1 + right.weight));
  const results: Json[] = [];
  for (const element of elements) {
    const result = right.run(element, meter);
    if (result !== null) results.push(result);
  }
  return results;
}

function buildFilter(left: Program, condition: Program, right: Program): Program {
  return constructing([left, condition, right], (value, meter) => {
    const base = left.run(value, meter);
    if (!isArray(base)) return null;
    meter.spend(base.length * (1 + condition.weight));
    const results: Json[] = [];
    for (const element of base) {
      if (!isTruthy(condition.run(element, meter))) continue;
      meter.spend(right.weight);
      const result = right.run(element, meter);
      if (result !== null) results.push(result);
    }
    return results;
  });
}

function buildFlatten(child: Program): Program {
  return constructing([child], (value, meter) => {
    const base = child.run(value, meter);
    if (!isArray(base)) return null;
    const results: Json[] = [];
    for (const element of base) {
      if (isArray(element)) {
        meter.spend(1 + element.length);
        for (const inner of element) results.push(inner);
      } else {
        results.push(element);
      }
    }
    meter.spend(base.length);
    return results;
  });
}

function buildList(items: readonly Program[]): Program {
  return constructing(items, (value, meter) => items.map((item) => item.run(value, meter)));
}

function buildHash(entries: readonly (readonly [name: string, program: Program])[]): Program {
  return constructing(
    entries.map(([, program]) => program),
    (value, meter) => {
      const result = emptyObject();
      for (const [name, program] of entries) result[name] = program.run(value, meter);
      return result;
    },
  );
}

function buildComparator(name: "GT" | "LT" | "GTE" | "LTE" | "NE" | "EQ", left: Program, right: Program): Program {
  const parts = [left, right];
  if (name === "EQ")
    return computed(parts, (value, meter) => isEqual(left.run(value, meter), right.run(value, meter), meter));
  if (name === "NE")
    return computed(parts, (value, meter) => !isEqual(left.run(value, meter), right.run(value, meter), meter));
  const order = ORDERS[name];
  return computed(parts, (value, meter) => {
    const [a, b] = [left.run(value, meter), right.run(value, meter)];
    return isNumeric(a) && isNumeric(b) ? order(a, b) : null;
  });
}

const ORDERS = {
  GT: (a: Numeric, b: Numeric): boolean => compareNumbers(a, b) > 0,
  GTE: (a: Numeric, b: Numeric): boolean => compareNumbers(a, b) >= 0,
  LT: (a: Numeric, b: Numeric): boolean => compareNumbers(a, b) < 0,
  LTE: (a: Numeric, b: Numeric): boolean => compareNumbers(a, b) <= 0,
};

type Arithmetic = Extract<SyntaxNode, { type: "Arithmetic" }>["operator"];

function buildArithmetic(operator: Arithmetic, left: Program, right: Program): Program {
  const sign = signOf(operator);
  return computed([left, right], (value, meter) => {
    const a = requireNumeric(left.run(value, meter), sign);
    return calculate(sign, a, right.run(value, meter));
  });
}

function signOf(operator: Arithmetic): Operator {
  switch (operator) {
    case "Plus":
      return "+";
    case "Minus":
      return "-";
    case "Divide":
      return "/";
    case "Modulo":
      return "%";
    case "Div":
      return "//";
    default:
      return "*";
  }
}

function buildCall(name: string, children: readonly SyntaxNode[], bindings: Bindings): Program {
  const definition = EXPRESSION_FUNCTIONS.get(name);
  if (definition === undefined) {
    throw new ExpressionSyntaxError("expression_unknown_function", 0, `the function ${name}() does not exist`);
  }
  const { signature, argumentsMin, argumentsMax, lambdaAt, call } = definition;
  if (children.length < argumentsMin || children.length > argumentsMax) {
    throw syntax(`${name}() got ${children.length} arguments; its signature is ${signature}`);
  }
  let lambda: Program = { run: (value) => value, weight: 0, selectsOnly: true };
  const args: Program[] = [];
  for (const [index, child] of children.entries()) {
    if (index === lambdaAt) {
      if (child.type !== "ExpressionReference") {
        throw syntax(
          `${name}() takes an expression reference such as &name as argument ${index + 1}; its signature is ${signature}`,
        );
      }
      lambda = build(child.child, bindings);
    } else {
      args.push(build(child, bindings));
    }
  }
  const only = args[0];
  const run: Run =
    only !== undefined && args.length === 1
      ? (value, meter) => call([only.run(value, meter)], meter, lambda)
      : (value, meter) =>
          call(
            args.map((arg) => arg.run(value, meter)),
            meter,
            lambda,
          );
  return { run, weight: weigh(args) + lambda.weight, selectsOnly: false };
}

type LetExpression = Extract<SyntaxNode, { type: "LetExpression" }>;

function buildLet(bound: LetExpression["bindings"], body: SyntaxNode, bindings: Bindings): Program {
  const slots = new Map(bindings.slots);
  const values: { readonly slot: number; readonly program: Program }[] = [];
  for (const binding of bound) {
    if (binding.type !== "Binding") throw syntax(`"let" takes bindings such as $name = expression`);
    const slot = bindings.allocated.count;
    bindings.allocated.count += 1;
    values.push({ slot, program: build(binding.reference, bindings) });
    slots.set(binding.variable, slot);
  }
  const inner = build(body, { slots, allocated: bindings.allocated });
  return constructing([...values.map(({ program }) => program), inner], (value, meter) => {
    for (const { slot, program } of values) meter.slots[slot] = program.run(value, meter);
    return inner.run(value, meter);
  });
}
