import {
  type BinaryExpression,
  type CallExpression,
  type Expression,
  type LogicalExpression,
  type MemberExpression,
  type ObjectExpression,
  parseExpressionAt,
  type PrivateIdentifier,
  type SpreadElement,
  type Super,
  type TemplateLiteral,
  type UnaryExpression,
} from "acorn";
import {
  atom,
  below,
  binary,
  call,
  choose,
  concatenate,
  hash,
  type Jmes,
  list,
  literal,
  not,
  type Path,
} from "../jmes.ts";
import { functionCall, methodCall, propertyOf } from "./script-functions.ts";

/** A part of a script that has no counterpart here. The message ends a sentence. */
export class NotTranslatable extends Error {
  override readonly name = "NotTranslatable";
}

/** What the variables of a script stand for. Each throws `NotTranslatable`. */
export interface ScriptNames {
  /** `$json` and what is below it: what the node before hands over. */
  readonly current: (path: Path) => Jmes;
  /** The same of a node by its name. */
  readonly ofNode: (name: string, path: Path) => Jmes;
  /** The number of the iteration of the loop around the node. */
  readonly index: () => Jmes;
  readonly workflowName: string;
  /** Called where the meaning depends on what counts as true. */
  readonly onTruth: () => void;
}

type Tree = Expression | PrivateIdentifier | SpreadElement | Super;

/**
 * Translates a JavaScript expression, as it stands between `{{` and `}}`, to JMESPath.
 *
 * @throws NotTranslatable
 */
export function translateScript(code: string, names: ScriptNames): Jmes {
  return new Translator(names, code).translate(parseScript(code));
}

/** @throws NotTranslatable where the text is not one expression. */
export function parseScript(code: string): Expression {
  if (code.length > CHARACTERS_MAX) throw new NotTranslatable(`it is longer than ${CHARACTERS_MAX} characters`);
  let tree: Expression;
  try {
    tree = parseExpressionAt(code, 0, { ecmaVersion: 2022 });
  } catch (error) {
    throw new NotTranslatable("it is not a JavaScript expression", { cause: error });
  }
  if (!/^\s*;?\s*$/.test(code.slice(tree.end))) throw new NotTranslatable("it is more than one JavaScript expression");
  return tree;
}

/** As long as an expression of ours may be; also bounds how deep its tree is. */
const CHARACTERS_MAX = 4096;

const COMPARISONS: ReadonlyMap<string, string> = new Map([
  ["==", "=="],
  ["===", "=="],
  ["!=", "!="],
  ["!==", "!="],
  ["<", "<"],
  ["<=", "<="],
  [">", ">"],
  [">=", ">="],
]);
const ARITHMETIC: ReadonlySet<string> = new Set(["-", "*", "/", "%"]);

class Translator {
  readonly #names: ScriptNames;
  readonly #code: string;

  constructor(names: ScriptNames, code: string) {
    this.#names = names;
    this.#code = code;
  }

  translate(tree: Tree): Jmes {
    const data = this.#dataOf(tree);
    if (data !== null) return data.read(data.path);
    switch (tree.type) {
      case "Literal":
        return this.#literal(tree);
      case "TemplateLiteral":
        return this.#templateLiteral(tree);
      case "Identifier":
        return this.#variable(tree.name);
      case "ChainExpression":
      case "ParenthesizedExpression":
        return this.translate(tree.expression);
      case "MemberExpression":
        return this.#member(tree);
      case "CallExpression":
        return this.#call(tree);
      case "UnaryExpression":
        return this.#unary(tree);
      case "BinaryExpression":
        return this.#binary(tree);
      case "LogicalExpression":
        return this.#logical(tree);
      case "ConditionalExpression":
        return choose(this.#condition(tree.test), this.translate(tree.consequent), this.translate(tree.alternate));
      case "ArrayExpression":
        return list(tree.elements.map((element) => (element === null ? literal(null) : this.translate(element))));
      case "ObjectExpression":
        return this.#object(tree);
      default:
        throw this.#unknown(tree);
    }
  }

  /** What a tree takes from the data of a node: `$json.a`, `$node["A"].json.b`, `$('A').item.json.c`. */
  #dataOf(tree: Tree): { readonly read: (path: Path) => Jmes; readonly path: Path } | null {
    if (tree.type === "ChainExpression" || tree.type === "ParenthesizedExpression")
      return this.#dataOf(tree.expression);
    if (tree.type === "Identifier") return tree.name === "$json" ? { read: this.#names.current, path: [] } : null;
    if (tree.type !== "MemberExpression") return null;
    const key = keyOf(tree);
    if (key === null) return null;
    if (key === "json") {
      const name = this.#nodeOf(tree.object);
      if (name === CURRENT) return { read: this.#names.current, path: [] };
      if (name !== null) return { read: (path) => this.#names.ofNode(name, path), path: [] };
    }
    const data = this.#dataOf(tree.object);
    // `length` is a property of text and lists, and hardly ever a field.
    return data === null || key === "length" ? null : { read: data.read, path: [...data.path, key] };
  }

  /** The node whose `.json` is asked for; null where the tree does not name one. */
  #nodeOf(tree: Tree): string | typeof CURRENT | null {
    if (tree.type === "ChainExpression") return this.#nodeOf(tree.expression);
    if (tree.type === "CallExpression") {
      // `$('A').first()`, `$input.first()`, `$items("A")` is a list.
      const { callee } = tree;
      const isOne = callee.type === "MemberExpression" && ["first", "last"].includes(String(keyOf(callee)));
      return isOne && tree.arguments.length === 0 ? this.#selectedNode(callee.object) : null;
    }
    if (tree.type !== "MemberExpression") return null;
    const key = keyOf(tree);
    if (tree.object.type === "Identifier" && tree.object.name === "$node" && typeof key === "string") return key;
    if (key === "item") return this.#selectedNode(tree.object);
    if (key !== 0 || tree.object.type !== "CallExpression") return null;
    // `$items("A")[0]`, `$('A').all()[0]`, `$input.all()[0]`.
    const { callee, arguments: given } = tree.object;
    if (callee.type === "Identifier" && callee.name === "$items") return textOf(given[0]) ?? CURRENT;
    return callee.type === "MemberExpression" && keyOf(callee) === "all" ? this.#selectedNode(callee.object) : null;
  }

  /** `$('A')` or `$input`. */
  #selectedNode(tree: Tree): string | typeof CURRENT | null {
    if (tree.type === "Identifier") return tree.name === "$input" ? CURRENT : null;
    if (tree.type !== "CallExpression" || tree.callee.type !== "Identifier" || tree.callee.name !== "$") return null;
    return textOf(tree.arguments[0]);
  }

  #variable(name: string): Jmes {
    switch (name) {
      case "undefined":
        return literal(null);
      case "$now":
        return atom("now", "text");
      case "$itemIndex":
      case "$runIndex":
        return this.#names.index();
      default:
        throw new NotTranslatable(`"${name}" has no counterpart here`);
    }
  }

  #member(tree: MemberExpression): Jmes {
    const key = keyOf(tree);
    const owner = tree.object.type === "Identifier" ? tree.object.name : null;
    if (owner === "$execution" && key === "id") return atom("run.id", "text");
    if (owner === "$workflow" && key === "name") return literal(this.#names.workflowName);
    if (owner?.startsWith("$") === true && owner !== "$json" && owner !== "$now") throw this.#unknown(tree);
    if (key === null) throw new NotTranslatable(`"${this.#textOf(tree)}" chooses a field by an expression`);
    const value = this.translate(tree.object);
    return propertyOf(value, key) ?? below(value, [key]);
  }

  #call(tree: CallExpression): Jmes {
    const { callee } = tree;
    const given = tree.arguments.map((argument) => this.translate(argument));
    const found =
      callee.type === "MemberExpression" && !isNamespace(callee.object)
        ? methodCall(this.translate(callee.object), String(keyOf(callee)), given)
        : functionCall(this.#textOf(callee), given);
    if (found === null) throw new NotTranslatable(`the function of "${this.#textOf(tree)}" has no counterpart here`);
    return found;
  }

  #unary({ operator, argument }: UnaryExpression): Jmes {
    if (operator === "!") return not(this.#condition(argument));
    const value = this.translate(argument);
    if (operator === "-") return binary(literal(0), "-", value, "number");
    if (operator === "+") return call("to_number", [value], "number");
    throw new NotTranslatable(`the operator "${operator}" has no counterpart here`);
  }

  #binary({ operator, left, right }: BinaryExpression): Jmes {
    const [one, other] = [this.translate(left), this.translate(right)];
    const comparison = COMPARISONS.get(operator);
    if (comparison !== undefined) return binary(one, comparison, other, "boolean");
    if (ARITHMETIC.has(operator)) return binary(one, operator, other, "number");
    if (operator !== "+") throw new NotTranslatable(`the operator "${operator}" has no counterpart here`);
    if (one.type === "text" || other.type === "text") return concatenate([one, other]);
    if (one.type === "number" || other.type === "number") return binary(one, "+", other, "number");
    throw new NotTranslatable(`"${this.#code}" joins texts or adds numbers, which depends on its values`);
  }

  #logical({ operator, left, right }: LogicalExpression): Jmes {
    const other = this.translate(right);
    if (operator === "??") return call("not_null", [this.translate(left), other]);
    return binary(this.#condition(left), operator, other);
  }

  /** A value that decides: its truth differs between the languages unless it is true or false. */
  #condition(tree: Tree): Jmes {
    const value = this.translate(tree);
    if (value.type !== "boolean") this.#names.onTruth();
    return value;
  }

  #literal({ value }: { readonly value?: unknown }): Jmes {
    if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
      return literal(value);
    }
    throw new NotTranslatable("regular expressions have no counterpart here");
  }

  #templateLiteral({ quasis, expressions }: TemplateLiteral): Jmes {
    const parts = quasis.flatMap(({ value }, index) => {
      const text = value.cooked ?? value.raw;
      const hole = expressions[index];
      return [...(text === "" ? [] : [literal(text)]), ...(hole === undefined ? [] : [this.translate(hole)])];
    });
    return parts.length === 0 ? literal("") : concatenate(parts);
  }

  #object(tree: ObjectExpression): Jmes {
    return hash(
      tree.properties.map((property) => {
        const { type } = property;
        if (type !== "Property" || property.computed || property.kind !== "init" || property.method) {
          throw new NotTranslatable(`"${this.#textOf(property)}" is more than a member with a name`);
        }
        const { key } = property;
        const name = key.type === "Identifier" ? key.name : key.type === "Literal" ? String(key.value) : null;
        if (name === null) throw this.#unknown(key);
        return [name, this.translate(property.value)] as const;
      }),
    );
  }

  #textOf({ start, end }: { readonly start: number; readonly end: number }): string {
    return this.#code.slice(start, end);
  }

  #unknown(tree: { readonly start: number; readonly end: number }): NotTranslatable {
    return new NotTranslatable(`"${this.#textOf(tree)}" has no counterpart here`);
  }
}

/** The node before, as opposed to one with a name. */
const CURRENT = Symbol("the node before");

/** `JSON`, `Math` and the like, whose members are functions. */
function isNamespace(tree: Tree): boolean {
  return tree.type === "Identifier" && ["JSON", "Math", "Object", "Number"].includes(tree.name);
}

/** The literal key of a member: `a.b`, `a["b"]`, `a[0]`; null where it is computed. */
function keyOf({ property, computed }: MemberExpression): string | number | null {
  if (!computed) return property.type === "Identifier" ? property.name : null;
  if (property.type !== "Literal") return null;
  const { value } = property;
  return typeof value === "string" || (typeof value === "number" && Number.isInteger(value)) ? value : null;
}

function textOf(tree: Tree | undefined): string | null {
  return tree?.type === "Literal" && typeof tree.value === "string" ? tree.value : null;
}
