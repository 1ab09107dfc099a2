import type { Alerts } from "./alerts.ts";
import type { Audit } from "./audit.ts";
import type { Catalog } from "./catalog.ts";
import type { Jobs } from "./jobs.ts";
import type { Journal } from "./journal.ts";
import type { KeptAnswers } from "./kept-answers.ts";
import type { Monitor } from "./monitor.ts";
import type { Statistics } from "./statistics.ts";
import type { People } from "./people.ts";
import type { Vault } from "./vault.ts";

/** A journal, a catalog, jobs, secrets, an audit log, kept answers and people over the same data. */
export interface Store {
  readonly journal: Journal;
  readonly catalog: Catalog;
  readonly jobs: Jobs;
  readonly vault: Vault;
  readonly audit: Audit;
  readonly answers: KeptAnswers;
  readonly monitor: Monitor;
  readonly statistics: Statistics;
  readonly alerts: Alerts;
  readonly people: People;
  /** Closes everything. Owners that did not leave look dead to others at once. */
  close(): Promise<void>;
}
