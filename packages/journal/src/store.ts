import type { Catalog } from "./catalog.ts";
import type { Journal } from "./journal.ts";

/** A journal and a catalog over the same data. */
export interface Store {
  readonly journal: Journal;
  readonly catalog: Catalog;
  /** Closes everything. Owners that did not leave look dead to others at once. */
  close(): Promise<void>;
}
