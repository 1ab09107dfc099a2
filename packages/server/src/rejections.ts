import type { Catalog, NewRejection } from "@meshhook/journal";

export interface RejectionLimits {
  /** The most records that wait for the database. */
  readonly waitingMax: number;
  /** Records per second, and how many may come in a burst: a flood of refusals must not become a flood of rows. */
  readonly perS: number;
  readonly burst: number;
  /** The same for one endpoint, so that a flood at one endpoint does not cost the records of the others. */
  readonly perEndpointPerS: number;
  readonly perEndpointBurst: number;
  /** How many of an endpoint's newest records stay in the database. */
  readonly keep: number;
  /** After how many records of an endpoint older ones are deleted: each process leaves at most this many more than `keep`. */
  readonly trimEvery: number;
}

export const REJECTION_LIMITS: RejectionLimits = {
  waitingMax: 1_000,
  perS: 50,
  burst: 500,
  perEndpointPerS: 10,
  perEndpointBurst: 200,
  keep: 1_000,
  trimEvery: 100,
};

const WRITERS = 2;
/** The most endpoints that are remembered; beyond that, all start afresh. */
const ENDPOINTS_MAX = 10_000;

interface EndpointState {
  readonly bucket: Bucket;
  /** Null: nothing has been trimmed yet, and an earlier process may have left more than is kept. */
  recordsSinceTrim: number | null;
}

/**
 * Records refused deliveries without delaying the answers. Rate and storage are bounded: in a flood, the overflow is counted but not
 * stored, and only the newest records of each endpoint are kept. While the database is away, records of refusals are lost, but no
 * deliveries. The metrics count all refusals.
 */
export class RejectionLog {
  readonly #catalog: Catalog;
  readonly #limits: RejectionLimits;
  readonly #waiting: NewRejection[] = [];
  readonly #all: Bucket;
  readonly #endpoints = new Map<string, EndpointState>();
  #busy = 0;
  dropped = 0;

  constructor(catalog: Catalog, limits: RejectionLimits = REJECTION_LIMITS) {
    this.#catalog = catalog;
    this.#limits = limits;
    this.#all = new Bucket(limits.perS, limits.burst);
  }

  add(rejection: NewRejection): void {
    const { bucket } = this.#stateOf(rejection.endpointId);
    if (this.#waiting.length >= this.#limits.waitingMax || !bucket.take() || !this.#all.take()) {
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
        continue;
      }
      await this.#trim(next);
    }
    this.#busy--;
  }

  async #trim({ projectId, endpointId }: NewRejection): Promise<void> {
    const state = this.#stateOf(endpointId);
    const { recordsSinceTrim: since } = state;
    state.recordsSinceTrim = (since ?? 0) + 1;
    if (since !== null && state.recordsSinceTrim < this.#limits.trimEvery) return;
    state.recordsSinceTrim = 0;
    try {
      await this.#catalog.trimRejections(projectId, endpointId, this.#limits.keep);
    } catch {
      // The database is away; later records will trim.
      state.recordsSinceTrim = null;
    }
  }

  #stateOf(endpointId: string): EndpointState {
    const known = this.#endpoints.get(endpointId);
    if (known !== undefined) return known;
    if (this.#endpoints.size >= ENDPOINTS_MAX) this.#endpoints.clear();
    const { perEndpointPerS, perEndpointBurst } = this.#limits;
    const state = { bucket: new Bucket(perEndpointPerS, perEndpointBurst), recordsSinceTrim: null };
    this.#endpoints.set(endpointId, state);
    return state;
  }
}

/** A burst of so many, then so many per second. */
class Bucket {
  readonly #perMs: number;
  readonly #burst: number;
  #allowed: number;
  #countedAt = performance.now();

  constructor(perS: number, burst: number) {
    this.#perMs = perS / 1_000;
    this.#burst = burst;
    this.#allowed = burst;
  }

  take(): boolean {
    const now = performance.now();
    this.#allowed = Math.min(this.#burst, this.#allowed + (now - this.#countedAt) * this.#perMs);
    this.#countedAt = now;
    if (this.#allowed < 1) return false;
    this.#allowed--;
    return true;
  }
}
