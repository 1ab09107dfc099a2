import type { Catalog } from "./catalog.ts";
import type { Jobs } from "./jobs.ts";
import type { Journal } from "./journal.ts";

/** A journal, a catalog and jobs over the same data. */
export interface Store {
  readonly journal: Journal;
  readonly catalog: Catalog;
  readonly jobs: Jobs;
  /** Closes everything. Owners that did not leave look dead to others at once. */
  close(): Promise<void>;
}
