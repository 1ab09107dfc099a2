/** Something that is wrong in a document that people write. */
export interface Mistake {
  /** What leads to it: names of fields, and places in lists from 0. Empty for the document itself. */
  readonly keys: readonly (string | number)[];
  /** The same as people write it: `load.rate`, `thresholds[2].limit`. */
  readonly path: string;
  /** The value and what was expected of it, in a sentence. */
  readonly message: string;
  /** What to write instead, in a sentence. */
  readonly remedy: string;
}

/** What a shape gives back in place of a value it cannot read; the reason is among the mistakes. */
export const INVALID = Symbol("invalid");

/** A place in a document, and the list that takes the mistakes found in the whole document. */
export class Place {
  readonly mistakes: readonly Mistake[];
  readonly #keys: readonly (string | number)[];
  readonly #mistakes: Mistake[];

  constructor(keys: readonly (string | number)[] = [], mistakes: Mistake[] = []) {
    this.#keys = keys;
    this.#mistakes = mistakes;
    this.mistakes = mistakes;
  }

  /** The place of a member or an element. */
  in(...keys: readonly (string | number)[]): Place {
    return new Place([...this.#keys, ...keys], this.#mistakes);
  }

  report(message: string, remedy: string): typeof INVALID {
    this.#mistakes.push({ keys: this.#keys, path: pathText(this.#keys), message, remedy });
    return INVALID;
  }
}

function pathText(keys: readonly (string | number)[]): string {
  return keys
    .map((key, index) => (typeof key === "number" ? `[${String(key)}]` : index === 0 ? key : `.${key}`))
    .join("");
}

/** A value as a message shows it: short, on one line. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
