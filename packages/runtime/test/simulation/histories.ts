import type { Plan } from "@meshhook/core";
import { History } from "@meshhook/testkit/proof";

import type { StoredRow } from "./database.ts";

/** The histories of all runs of a simulation, folded as far as they are stored. */
export class Histories {
  readonly #rows: ReadonlyMap<string, readonly StoredRow[]>;
  readonly #planOf: (versionId: string) => Plan;
  readonly #histories = new Map<string, History>();

  constructor(rows: ReadonlyMap<string, readonly StoredRow[]>, planOf: (versionId: string) => Plan) {
    this.#rows = rows;
    this.#planOf = planOf;
  }

  /**
   * As of now. Null when nothing of the run is stored.
   *
   * @throws HistoryError
   */
  of(runId: string): History | null {
    const rows = this.#rows.get(runId);
    const [first] = rows ?? [];
    if (rows === undefined || first === undefined) return null;
    let history = this.#histories.get(runId);
    if (history === undefined) {
      history = new History(this.#planOf(first.versionId), runId);
      this.#histories.set(runId, history);
    }
    history.readOn(rows);
    return history;
  }
}
