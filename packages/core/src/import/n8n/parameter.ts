import type { Json } from "../../json.ts";
import { isArray, isObject } from "../../json-kind.ts";
import { parseJsonInput } from "../../json-input.ts";
import { JsonInputError } from "../../json-input-error.ts";
import { type Jmes, notImported } from "../jmes.ts";
import type { NodeNotes } from "../note.ts";
import { computed, constant, type Piece } from "../piece.ts";
import { NotTranslatable, parseScript, type ScriptNames, translateScript } from "./script.ts";

/** Reads the parameters of one node. What cannot be translated is noted, and replaced by an expression that is not valid. */
export class ParameterReader {
  readonly #names: ScriptNames;
  readonly #notes: NodeNotes;

  constructor(names: ScriptNames, notes: NodeNotes) {
    this.#names = names;
    this.#notes = notes;
  }

  /** Text that begins with `=` is computed; anything else is meant literally. */
  read(value: Json, field: string): Piece {
    if (isArray(value))
      return { kind: "array", items: value.map((item, index) => this.read(item, `${field}[${index}]`)) };
    if (isObject(value)) {
      const members = Object.entries(value).map(
        ([name, member]) => [name, this.read(member, `${field}.${name}`)] as const,
      );
      return { kind: "object", members };
    }
    if (typeof value !== "string" || !value.startsWith("=")) return constant(value);
    const parts = partsOf(value.slice(1)).map((part) =>
      typeof part === "string" ? part : this.#translate(part.code, field, value),
    );
    const only = parts.find((part) => typeof part !== "string" || part.trim() !== "");
    if (only === undefined) return constant(value.slice(1));
    const isWhole = parts.every((part) => part === only || (typeof part === "string" && part.trim() === ""));
    if (isWhole) return typeof only === "string" ? constant(value.slice(1)) : computed(only);
    return { kind: "text", parts };
  }

  /** A parameter that holds JSON as text, with holes inside and outside of its strings. */
  readJson(value: Json, field: string): Piece {
    if (typeof value !== "string") return this.read(value, field);
    const read = this.read(value, field);
    if (read.kind === "formula") return computed(withoutStringify(read.formula));
    const parts = read.kind === "text" ? read.parts : [read.kind === "constant" ? String(read.value) : ""];
    try {
      return pieceOfJson(parts);
    } catch (error) {
      if (!(error instanceof JsonInputError)) throw error;
      this.#notes.notUnderstood(
        field,
        value,
        `The text is not JSON once its expressions are taken out: ${error.message}.`,
        "Write it as a JSON value, with expressions only where a value or a part of a text stands.",
      );
      return computed(notImported(value));
    }
  }

  #translate(code: string, field: string, value: Json): Jmes {
    try {
      return translateScript(code, this.#names);
    } catch (error) {
      if (!(error instanceof NotTranslatable)) throw error;
      this.#notes.notUnderstood(
        field,
        value,
        `The expression ${code.trim()} was not translated: ${error.message}.`,
        "Write it in JMESPath: docs/guide/expressions.md.",
      );
      return notImported(code.trim());
    }
  }
}

/** Literal text and holes, in order. */
function partsOf(text: string): readonly (string | { readonly code: string })[] {
  const parts: (string | { readonly code: string })[] = [];
  let done = 0;
  for (let start = text.indexOf("{{"); start !== -1; start = text.indexOf("{{", done)) {
    const end = endOfHole(text, start + 2);
    if (end === -1) break;
    if (start > done) parts.push(text.slice(done, start));
    parts.push({ code: text.slice(start + 2, end) });
    done = end + 2;
  }
  if (done < text.length) parts.push(text.slice(done));
  return parts;
}

/** The first `}}` up to which the text is an expression: braces and quotes inside may hold such pairs, too. */
function endOfHole(text: string, start: number): number {
  const first = text.indexOf("}}", start);
  for (let end = first; end !== -1; end = text.indexOf("}}", end + 1)) {
    if (isScript(text.slice(start, end))) return end;
  }
  return first;
}

function isScript(code: string): boolean {
  try {
    parseScript(code);
    return true;
  } catch (error) {
    if (error instanceof NotTranslatable) return false;
    throw error;
  }
}

/** What is sent as JSON need not be written as JSON first. */
function withoutStringify(formula: Jmes): Jmes {
  const inner = /^to_json\((.*)\)$/s.exec(formula.text)?.[1];
  return inner === undefined || !isBalanced(inner) ? formula : { text: inner, type: "unknown", isAtom: false };
}

/** Its parentheses outside of quotes close each other, so that the text is the whole argument of a function. */
function isBalanced(text: string): boolean {
  let depth = 0;
  for (const character of text.replaceAll(/`[^`]*`|"(?:\\.|[^"\\])*"|'[^']*'/gs, "")) {
    if (character === "(") depth += 1;
    else if (character === ")") depth -= 1;
    if (depth < 0) return false;
  }
  return depth === 0;
}

const MARK = "\uE000";

/** JSON in which holes stand for values or for parts of strings. @throws JsonInputError */
function pieceOfJson(parts: readonly (string | Jmes)[]): Piece {
  const holes: Jmes[] = [];
  let text = "";
  let isInString = false;
  for (const part of parts) {
    if (typeof part === "string") {
      text += part;
      isInString = endsInString(part, isInString);
    } else {
      const mark = `${MARK}${holes.length}${MARK}`;
      text += isInString ? mark : `"${MARK}${mark}"`;
      holes.push(part);
    }
  }
  return withHoles(parseJsonInput(text), holes);
}

function endsInString(text: string, isInString: boolean): boolean {
  const quotes = text.replaceAll(/\\./gs, "").split('"').length - 1;
  return quotes % 2 === 0 ? isInString : !isInString;
}

function withHoles(value: Json, holes: readonly Jmes[]): Piece {
  if (isArray(value)) return { kind: "array", items: value.map((item) => withHoles(item, holes)) };
  if (isObject(value)) {
    return { kind: "object", members: Object.entries(value).map(([name, item]) => [name, withHoles(item, holes)]) };
  }
  if (typeof value !== "string" || !value.includes(MARK)) return constant(value);
  // The strings between the marks alternate with the numbers of holes; a hole for a value has an additional mark before it.
  const pieces = value.split(MARK);
  const isValue = pieces[0] === "" && pieces[1] === "" && pieces.length === 4;
  const hole = (text: string | undefined): Jmes => holes[Number(text)] ?? notImported(value);
  if (isValue) return computed(hole(pieces[2]));
  const parts = pieces.map((piece, index) => (index % 2 === 0 ? piece : hole(piece)));
  return { kind: "text", parts: parts.filter((part) => part !== "") };
}
