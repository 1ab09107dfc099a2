import type { Catalog, NewRejection } from "@meshhook/journal";

const WAITING_MAX = 1_000;
const WRITERS = 2;
/** Records per second, and how many may come at once: a flood of refusals must not become a flood of rows. */
const RECORDS_PER_S = 50;
const RECORDS_BURST = 500;

/**
 * Records refused deliveries beside the answers, never before them. Bounded: in a flood the overflow is counted, not stored, and
 * a database that is away loses records of refusals, not deliveries.
 */
export class RejectionLog {
  readonly #catalog: Catalog;
  readonly #waiting: NewRejection[] = [];
  #busy = 0;
  #allowed = RECORDS_BURST;
  #countedAt = performance.now();
  dropped = 0;

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  add(rejection: NewRejection): void {
    const now = performance.now();
    this.#allowed = Math.min(RECORDS_BURST, this.#allowed + ((now - this.#countedAt) * RECORDS_PER_S) / 1_000);
    this.#countedAt = now;
    if (this.#waiting.length >= WAITING_MAX || this.#allowed < 1) {
      this.dropped++;
      return;
    }
    this.#allowed--;
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
