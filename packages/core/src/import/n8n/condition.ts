import type { Json, JsonObject } from "../../json.ts";
import { isArray, isObject } from "../../json-kind.ts";
import { binary, call, type Jmes, literal, not, notImported, operand } from "../jmes.ts";
import { formulaOf } from "../piece.ts";
import type { NodeContext } from "./node-kind.ts";

/** What a comparison does. The values are those of its two sides. */
type Comparison = (left: Jmes, right: Jmes) => Jmes;

const NULL = literal(null);

function compare(operator: string): Comparison {
  return (left, right) => binary(left, operator, right, "boolean");
}

function opposite(comparison: Comparison): Comparison {
  return (left, right) => not(comparison(left, right));
}

/** A function of two texts that a missing value must not fail. */
function textTest(name: string): Comparison {
  return (left, right) => call(name, [call("not_null", [left, literal("")]), right], "boolean");
}

function compareTimes(operator: string): Comparison {
  return (left, right) =>
    binary(call("to_epoch_ms", [left], "number"), operator, call("to_epoch_ms", [right], "number"), "boolean");
}

function compareLengths(operator: string): Comparison {
  return (left, right) => binary(lengthOf(left, []), operator, right, "boolean");
}

function lengthOf(value: Jmes, empty: Json): Jmes {
  return call("length", [call("not_null", [value, literal(empty)])], "number");
}

function isEmpty(empty: Json): Comparison {
  return (left) => binary(lengthOf(left, empty), "==", literal(0), "boolean");
}

const exists: Comparison = (left) => binary(left, "!=", NULL, "boolean");
const isMissing: Comparison = (left) => binary(left, "==", NULL, "boolean");
const containsItem: Comparison = (left, right) =>
  call("contains", [call("not_null", [left, literal([])]), right], "boolean");

/** By the type of the values and the operation; `*` for every type. */
const COMPARISONS: { readonly [name: string]: Comparison } = {
  "*.exists": exists,
  "*.notExists": isMissing,
  "*.equals": compare("=="),
  "*.equal": compare("=="),
  "*.notEquals": compare("!="),
  "*.notEqual": compare("!="),
  "string.contains": textTest("contains"),
  "string.notContains": opposite(textTest("contains")),
  "string.startsWith": textTest("starts_with"),
  "string.notStartsWith": opposite(textTest("starts_with")),
  "string.endsWith": textTest("ends_with"),
  "string.notEndsWith": opposite(textTest("ends_with")),
  "string.empty": isEmpty(""),
  "string.isEmpty": isEmpty(""),
  "string.notEmpty": opposite(isEmpty("")),
  "string.isNotEmpty": opposite(isEmpty("")),
  "number.gt": compare(">"),
  "number.larger": compare(">"),
  "number.gte": compare(">="),
  "number.largerEqual": compare(">="),
  "number.lt": compare("<"),
  "number.smaller": compare("<"),
  "number.lte": compare("<="),
  "number.smallerEqual": compare("<="),
  "number.empty": isMissing,
  "number.isEmpty": isMissing,
  "number.notEmpty": exists,
  "number.isNotEmpty": exists,
  "boolean.true": (left) => binary(left, "==", literal(true), "boolean"),
  "boolean.false": (left) => binary(left, "==", literal(false), "boolean"),
  "dateTime.equals": compareTimes("=="),
  "dateTime.notEquals": compareTimes("!="),
  "dateTime.after": compareTimes(">"),
  "dateTime.afterOrEquals": compareTimes(">="),
  "dateTime.before": compareTimes("<"),
  "dateTime.beforeOrEquals": compareTimes("<="),
  "array.contains": containsItem,
  "array.notContains": opposite(containsItem),
  "array.empty": isEmpty([]),
  "array.notEmpty": opposite(isEmpty([])),
  "array.lengthEquals": compareLengths("=="),
  "array.lengthNotEquals": compareLengths("!="),
  "array.lengthGt": compareLengths(">"),
  "array.lengthGte": compareLengths(">="),
  "array.lengthLt": compareLengths("<"),
  "array.lengthLte": compareLengths("<="),
  "object.empty": isEmpty({}),
  "object.notEmpty": opposite(isEmpty({})),
};

/** What older versions do where no operation is stored. */
const FIRST_OPERATIONS: { readonly [type: string]: string } = { number: "smaller", dateTime: "after" };

/** One comparison of a condition, as n8n's versions agree on it. */
interface Clause {
  readonly type: string;
  readonly operation: string;
  readonly left: Json;
  readonly right: Json;
  readonly field: string;
  readonly ignoresCase: boolean;
}

/** The condition of an `IF` or of a rule of a `Switch`, in either of the forms that n8n has had. */
export function conditionOf(conditions: Json, field: string, context: NodeContext, combinator?: Json): Jmes {
  const clauses = isObject(conditions) ? clausesOf(conditions, field) : [];
  if (clauses.length === 0) {
    const fix = "Write the condition in JMESPath: docs/guide/expressions.md.";
    context.notes.notUnderstood(field, conditions, "The condition has no comparison that could be read.", fix);
    return notImported(JSON.stringify(conditions ?? null));
  }
  const isAny = combinator === "any" || (isObject(conditions) && conditions["combinator"] === "or");
  const [first = NULL, ...rest] = clauses.map((clause) => formulaOfClause(clause, context));
  return rest.reduce((left, right) => joined(left, isAny ? "||" : "&&", right), first);
}

/** One comparison, for a `Switch` of the older form. */
export function comparisonOf(clause: Clause, context: NodeContext): Jmes {
  return formulaOfClause(clause, context);
}

/** `a && b && c` needs no parentheses around `a && b`. */
function joined(left: Jmes, operator: "&&" | "||", right: Jmes): Jmes {
  const before = left.text.includes(` ${operator === "&&" ? "||" : "&&"} `) ? operand(left) : left.text;
  const after = right.text.includes(" || ") || right.text.includes(" && ") ? operand(right) : right.text;
  return { text: `${before} ${operator} ${after}`, type: "boolean", isAtom: false };
}

function clausesOf(conditions: JsonObject, field: string): readonly Clause[] {
  const { conditions: listed, options } = conditions;
  if (isArray(listed)) {
    const ignoresCase = isObject(options) && options["caseSensitive"] === false;
    return listed.flatMap((item, index) => {
      const { leftValue, rightValue, operator } = isObject(item) ? item : {};
      if (!isObject(operator)) return [];
      const { type, operation } = operator;
      const at = `${field}.conditions[${index}]`;
      return [
        {
          type: String(type),
          operation: String(operation),
          left: leftValue ?? null,
          right: rightValue ?? null,
          field: at,
          ignoresCase,
        },
      ];
    });
  }
  return Object.entries(conditions).flatMap(([type, group]) =>
    (isArray(group) ? group : []).flatMap((item, index) => {
      if (!isObject(item)) return [];
      const { value1, value2, operation } = item;
      const fallback = FIRST_OPERATIONS[type] ?? "equal";
      return [
        {
          type,
          operation: typeof operation === "string" ? operation : fallback,
          left: value1 ?? null,
          right: value2 ?? null,
          field: `${field}.${type}[${index}]`,
          ignoresCase: false,
        },
      ];
    }),
  );
}

function formulaOfClause({ type, operation, left, right, field, ignoresCase }: Clause, context: NodeContext): Jmes {
  const comparison = COMPARISONS[`${type}.${operation}`] ?? COMPARISONS[`*.${operation}`];
  if (comparison === undefined) {
    const message = `The comparison "${operation}" of ${type} values has no counterpart here.`;
    context.notes.notUnderstood(
      field,
      operation,
      message,
      "Write the condition in JMESPath: docs/guide/expressions.md.",
    );
    return notImported(`${type} ${operation}`);
  }
  const sides = [sideOf(left, `${field}.left`, type, context), sideOf(right, `${field}.right`, type, context)] as const;
  const [one, other] = ignoresCase && type === "string" ? [lower(sides[0]), lower(sides[1])] : sides;
  return comparison(one, other);
}

function sideOf(value: Json, field: string, type: string, { parameters }: NodeContext): Jmes {
  // n8n converts texts such as "100" by the type of the comparison.
  if (typeof value === "string" && !value.startsWith("=")) {
    if (type === "number" && value.trim() !== "" && Number.isFinite(Number(value))) return literal(Number(value));
    if (type === "boolean" && (value === "true" || value === "false")) return literal(value === "true");
  }
  return formulaOf(parameters.read(value, field));
}

function lower(value: Jmes): Jmes {
  return value.text === NULL.text ? value : call("lower", [call("not_null", [value, literal("")])], "text");
}
