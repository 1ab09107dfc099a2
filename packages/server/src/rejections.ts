import type { Catalog, NewRejection } from "@meshhook/journal";

import type { Arrival } from "./intake/arrival.ts";
import { sourceOf } from "./intake/delivery-source.ts";
import { keptHeaders, withoutHeader } from "./intake/kept-headers.ts";

/** A request that started no run, and its answer. */
export interface RejectedArrival {
  readonly arrival: Pick<Arrival, "open" | "proxies" | "receivedAt" | "request">;
  /** The HTTP status that was answered. */
  readonly status: number;
  /** A problem code, or `DUPLICATE`. */
  readonly code: string;
  /** For the endpoint's owner. */
  readonly detail: string;
  readonly bodyBytes: number;
  /** The run of the first delivery with the same key. */
  readonly runId: string | null;
}

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

  add(rejected: RejectedArrival): void {
    const { bucket } = this.#stateOf(rejected.arrival.open.route.endpoint.id);
    if (this.#waiting.length >= this.#limits.waitingMax || !bucket.take() || !this.#all.take()) {
      this.dropped++;
      return;
    }
    this.#waiting.push(recordOf(rejected));
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

/** The most headers of a record, and characters of each: whoever knows an address can send any. */
const HEADERS_MAX = 32;
const HEADER_CHARACTERS_MAX = 256;

/** Neither the body nor the query is kept: nobody has vouched for what is in them (docs/decisions/0084). */
function recordOf({ arrival, status, code, detail, bodyBytes, runId }: RejectedArrival): NewRejection {
  const { open, receivedAt: at, request } = arrival;
  const { id: endpointId, projectId } = open.route.endpoint;
  const { address = null, test: isTest = false } = sourceOf(arrival, bodyBytes);
  const { method = "" } = request;
  const { redaction } = open;
  // Before they are shortened: a part of a number is not recognized as one.
  const kept =
    redaction === null ? { headers: headersOf(arrival), detail } : redaction.refused(headersOf(arrival), detail);
  const headers = shortened(kept.headers);
  const from = redaction?.omitsAddress === true ? null : address;
  const known = { status, method, address: from, headers, runId, isTest };
  return { projectId, endpointId, at, code, detail: kept.detail, bodyBytes, request: known };
}

function headersOf({ open, request }: RejectedArrival["arrival"]): { readonly [name: string]: string } {
  const { headers } = keptHeaders(request.headers);
  return open.signatureHeader === null ? headers : withoutHeader(headers, open.signatureHeader);
}

function shortened(headers: { readonly [name: string]: string }): { readonly [name: string]: string } {
  const kept = Object.entries(headers).slice(0, HEADERS_MAX);
  return Object.fromEntries(
    kept.map(([name, value]) => [
      name,
      value.length > HEADER_CHARACTERS_MAX ? `${value.slice(0, HEADER_CHARACTERS_MAX).toWellFormed()}…` : value,
    ]),
  );
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
