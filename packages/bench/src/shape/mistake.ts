/** Something that is wrong in a document that people write. */
export interface Mistake {
  /** As in `load.rate` or `thresholds[2].limit`; empty for the document itself. */
  readonly path: string;
  /** The value and what was expected of it, in a sentence. */
  readonly message: string;
  /** What to write instead, in a sentence. */
  readonly remedy: string;
}

/** What a shape gives back in place of a value it cannot read; the reason is among the mistakes. */
export const INVALID = Symbol("invalid");

/** A place in a document, and the list that takes the mistakes found there. */
export class Place {
  readonly path: readonly (string | number)[];
  readonly #mistakes: (Mistake & { readonly keys: readonly (string | number)[] })[];

  constructor(
    path: readonly (string | number)[] = [],
    mistakes: (Mistake & { readonly keys: readonly (string | number)[] })[] = [],
  ) {
    this.path = path;
    this.#mistakes = mistakes;
  }

  /** The place of a member or an element. */
  in(key: string | number): Place {
    return new Place([...this.path, key], this.#mistakes);
  }

  report(message: string, remedy: string): typeof INVALID {
    this.#mistakes.push({ path: pathText(this.path), keys: this.path, message, remedy });
    return INVALID;
  }

  /** Every mistake so far in the whole document, each with the keys that lead to it. */
  get mistakes(): readonly (Mistake & { readonly keys: readonly (string | number)[] })[] {
    return this.#mistakes;
  }
}

function pathText(path: readonly (string | number)[]): string {
  return path
    .map((key, index) => (typeof key === "number" ? `[${String(key)}]` : index === 0 ? key : `.${key}`))
    .join("");
}

/** A value as a message shows it: short, on one line. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
