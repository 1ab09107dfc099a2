import type { Json } from "../json.ts";
import { JSON_LIMITS } from "../json-input.ts";
import { ExactNumber } from "../json-number.ts";
import { emptyObject } from "../json-kind.ts";
import { DEFINITION_LIMITS } from "./definition.ts";

/** Why a value is not a document: a code of the issue catalogue, and the place. */
export class NotADocumentError extends Error {
  override readonly name = "NotADocumentError";
  readonly code: "document_not_json" | "document_too_large";
  readonly path: readonly (string | number)[];

  constructor(code: "document_not_json" | "document_too_large", path: readonly (string | number)[], message: string) {
    super(message);
    this.code = code;
    this.path = path;
  }
}

/**
 * Copies any value that is JSON into objects without prototype, frozen throughout.
 *
 * @throws NotADocumentError if the value is not JSON or is larger than a document may be.
 */
export function copyJson(value: unknown): Json {
  return new Copier().copy(value);
}

class Copier {
  #nodes = 0;
  #length = 0;
  /** The path of the value being copied. */
  readonly #path: (string | number)[] = [];

  copy(value: unknown): Json {
    this.#nodes += 1;
    if (typeof value === "string") this.#length += value.length;
    if (this.#nodes > JSON_LIMITS.nodesMax || this.#length > DEFINITION_LIMITS.textLengthMax) {
      throw new NotADocumentError(
        "document_too_large",
        [],
        `The document has more than ${JSON_LIMITS.nodesMax} values or ${DEFINITION_LIMITS.textLengthMax} characters.`,
      );
    }
    if (this.#path.length > JSON_LIMITS.depthMax) {
      throw new NotADocumentError(
        "document_too_large",
        this.#path.slice(0, 3),
        `The document is nested deeper than ${JSON_LIMITS.depthMax} levels.`,
      );
    }
    if (typeof value === "string") return this.#text(value);
    if (value === null || typeof value === "boolean") return value;
    if (typeof value === "number" && Number.isFinite(value)) return value;
    if (value instanceof ExactNumber) return value;
    if (Array.isArray(value))
      return Object.freeze(Array.from(value, (element: unknown, index) => this.#member(index, element)));
    if (isPlain(value)) {
      const copy = emptyObject();
      for (const [key, member] of Object.entries(value)) {
        this.#length += this.#text(key).length;
        // As in JSON.stringify, a member whose value is undefined is left out.
        if (member !== undefined) copy[key] = this.#member(key, member);
      }
      return Object.freeze(copy);
    }
    throw new NotADocumentError("document_not_json", [...this.#path], `${describe(value)} is not JSON.`);
  }

  #member(key: string | number, value: unknown): Json {
    this.#path.push(key);
    const copy = this.copy(value);
    this.#path.pop();
    return copy;
  }

  /** Half a surrogate pair has no UTF-8 form: it cannot be hashed, stored or sent (RFC 8785 3.2.2.2). */
  #text(text: string): string {
    if (text.isWellFormed()) return text;
    throw new NotADocumentError(
      "document_not_json",
      [...this.#path],
      "A string contains half of a surrogate pair, which is not a Unicode character.",
    );
  }
}

function isPlain(value: unknown): value is { readonly [key: string]: unknown } {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}

function describe(value: unknown): string {
  return typeof value === "number" ? String(value) : `A value of type ${typeof value}`;
}
