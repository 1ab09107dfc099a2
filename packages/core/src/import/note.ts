import type { Json } from "../json.ts";
import { quote } from "../error/issue.ts";

/** One thing that an import did not understand, or that works differently here. */
export interface ImportNote {
  /** `not_understood`: to be finished by hand, the definition is not valid before. `differs`: it runs, but not as it did there. */
  readonly kind: "not_understood" | "differs";
  /** The node's name in the imported document; null for the document as a whole. */
  readonly node: string | null;
  /** Where in that node, such as `parameters.url`; empty for all of it. */
  readonly field: string;
  /** What stands there, as JSON, shortened; empty where no single value is meant. */
  readonly value: string;
  /** What it means for the result. */
  readonly message: string;
  /** What to do about it. */
  readonly fix: string;
}

/** Collects the notes of an import. A note that says the same about the same place is kept once. */
export class Notes {
  readonly #notes = new Map<string, ImportNote>();

  get all(): readonly ImportNote[] {
    return [...this.#notes.values()];
  }

  add(note: ImportNote): void {
    const key = JSON.stringify([note.node, note.field, note.message]);
    if (!this.#notes.has(key)) this.#notes.set(key, note);
  }

  /** The notes about one node; without a name, about the document. */
  of(node: string | null): NodeNotes {
    return new NodeNotes(this, node);
  }
}

/** Notes about one node. `value` undefined: no single value is meant. */
export class NodeNotes {
  readonly #notes: Notes;
  readonly #node: string | null;

  constructor(notes: Notes, node: string | null) {
    this.#notes = notes;
    this.#node = node;
  }

  notUnderstood(field: string, value: Json | undefined, message: string, fix: string): void {
    this.#add("not_understood", field, value, message, fix);
  }

  differs(field: string, value: Json | undefined, message: string, fix: string): void {
    this.#add("differs", field, value, message, fix);
  }

  #add(kind: ImportNote["kind"], field: string, value: Json | undefined, message: string, fix: string): void {
    this.#notes.add({ kind, node: this.#node, field, value: value === undefined ? "" : quote(value), message, fix });
  }
}
