import type { Plan } from "@meshhook/core";
import { History, type Report } from "@meshhook/testkit/proof";

import type { StoredRow } from "./database.ts";

/** The histories of all runs of a simulation, folded as far as they are stored. */
export class Histories {
  readonly #rows: ReadonlyMap<string, readonly StoredRow[]>;
  readonly #planOf: (versionId: string) => Plan;
  readonly #report: Report;
  readonly #histories = new Map<string, History>();
  readonly #broken = new Set<string>();

  constructor(rows: ReadonlyMap<string, readonly StoredRow[]>, planOf: (versionId: string) => Plan, report: Report) {
    this.#rows = rows;
    this.#planOf = planOf;
    this.#report = report;
  }

  /** As of now. Null when nothing of the run is stored, or it cannot be folded. */
  of(runId: string): History | null {
    const rows = this.#rows.get(runId);
    const [first] = rows ?? [];
    if (rows === undefined || first === undefined || this.#broken.has(runId)) return null;
    let history = this.#histories.get(runId);
    if (history === undefined) {
      history = new History(this.#planOf(first.versionId), runId);
      this.#histories.set(runId, history);
    }
    try {
      history.readOn(rows);
      return history;
    } catch (error) {
      this.#broken.add(runId);
      this.#report("what is stored can be folded", `run ${runId}: ${String(error)}`);
      return null;
    }
  }
}
