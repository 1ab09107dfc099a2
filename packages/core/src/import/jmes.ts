import type { Json } from "../json.ts";
import { isArray, isObject } from "../json-kind.ts";

/** A JMESPath expression that an import writes. */
export interface Jmes {
  readonly text: string;
  /** What is known of its value: the languages of other tools decide by it whether `+` joins or adds. */
  readonly type: "text" | "number" | "boolean" | "unknown";
  /** It may stand beside an operator without parentheses. */
  readonly isAtom: boolean;
}

/** A key or an index. */
export type Path = readonly (string | number)[];

export function atom(text: string, type: Jmes["type"] = "unknown"): Jmes {
  return { text, type, isAtom: true };
}

/** `left operator right`. */
export function binary(left: Jmes, operator: string, right: Jmes, type: Jmes["type"] = "unknown"): Jmes {
  return { text: `${operand(left)} ${operator} ${operand(right)}`, type, isAtom: false };
}

export function call(name: string, parts: readonly Jmes[], type: Jmes["type"] = "unknown"): Jmes {
  return atom(`${name}(${parts.map(({ text }) => text).join(", ")})`, type);
}

export function not(value: Jmes): Jmes {
  return { text: `!${operand(value)}`, type: "boolean", isAtom: false };
}

/** `condition ? yes : no`. */
export function choose(condition: Jmes, yes: Jmes, no: Jmes): Jmes {
  const type = yes.type === no.type ? yes.type : "unknown";
  return { text: `${operand(condition)} ? ${operand(yes)} : ${operand(no)}`, type, isAtom: false };
}

/** The expression between parentheses where it needs them. */
export function operand({ text, isAtom }: Jmes): string {
  return isAtom ? text : `(${text})`;
}

/** What stands at a path below a value. */
export function below(value: Jmes, path: Path): Jmes {
  if (path.length === 0) return value;
  const steps = path.map((step) => (typeof step === "number" ? `[${step}]` : `.${identifier(step)}`));
  return atom(operand(value) + steps.join(""));
}

/** `{ name: value }`; an empty object where there are no members. */
export function hash(members: readonly (readonly [string, Jmes])[]): Jmes {
  if (members.length === 0) return literal({});
  return atom(`{ ${members.map(([name, { text }]) => `${identifier(name)}: ${text}`).join(", ")} }`);
}

/** `[a, b]`. */
export function list(items: readonly Jmes[]): Jmes {
  return items.length === 0 ? literal([]) : atom(`[${items.map(({ text }) => text).join(", ")}]`);
}

/** Text between single quotes where it can be written so, otherwise JSON between backticks. */
export function literal(value: Json): Jmes {
  if (typeof value === "string" && /^[^'\\\p{Cc}]*$/u.test(value)) return atom(`'${value}'`, "text");
  const type = isArray(value) || isObject(value) || value === null ? "unknown" : typeOf(value);
  return atom(`\`${JSON.stringify(value).replaceAll("`", "\\u0060")}\``, type);
}

function typeOf(value: Json): Jmes["type"] {
  if (typeof value === "string") return "text";
  return typeof value === "boolean" ? "boolean" : "number";
}

/** Text from pieces: what has no value becomes empty, as in the tools that documents come from. */
export function concatenate(parts: readonly Jmes[]): Jmes {
  const [only] = parts;
  if (parts.length === 1 && only?.type === "text") return only;
  const texts = parts.map((part) => {
    if (part.type === "text") return part;
    return call("to_string", [part.type === "unknown" ? call("not_null", [part, literal("")]) : part], "text");
  });
  return call("join", [literal(""), list(texts)], "text");
}

/**
 * Stands for what could not be translated. There is no such function, so validation names the place, and nothing runs by a guess.
 */
export function notImported(original: string): Jmes {
  return call("not_imported", [literal(original)]);
}

function identifier(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : JSON.stringify(name);
}
