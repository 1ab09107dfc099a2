import { MIMEType } from "node:util";

/** The media types that an endpoint takes: `application/json`, or `text/*` for all types of a kind. */
export class ContentTypes {
  readonly text: string;
  readonly #types: ReadonlySet<string>;

  /** @param types  In lower case. */
  constructor(types: readonly string[]) {
    this.text = types.join(", ");
    this.#types = new Set(types);
  }

  /** Parameters, such as a charset, do not matter. */
  has(contentType: string | undefined): boolean {
    if (contentType === undefined || contentType === "") return false;
    try {
      const { type, essence } = new MIMEType(contentType);
      return this.#types.has(essence) || this.#types.has(`${type}/*`);
    } catch {
      return false;
    }
  }
}
