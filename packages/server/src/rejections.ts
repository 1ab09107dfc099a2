import type { Catalog, NewRejection } from "@meshhook/journal";

const WAITING_MAX = 1_000;
const WRITERS = 2;

/**
 * Records refused deliveries beside the answers, never before them. Bounded: in a flood the overflow is counted, not stored, and
 * a database that is away loses records of refusals, not deliveries.
 */
export class RejectionLog {
  readonly #catalog: Catalog;
  readonly #waiting: NewRejection[] = [];
  #busy = 0;
  dropped = 0;

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  add(rejection: NewRejection): void {
    if (this.#waiting.length >= WAITING_MAX) {
      this.dropped++;
      return;
    }
    this.#waiting.push(rejection);
    if (this.#busy < WRITERS) void this.#write();
  }

  async #write(): Promise<void> {
    this.#busy++;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      try {
        await this.#catalog.recordRejection(next);
      } catch {
        this.dropped++;
      }
    }
    this.#busy--;
  }
}
