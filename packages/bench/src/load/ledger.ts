import { closeSync, openSync, writeSync } from "node:fs";
import { readFile } from "node:fs/promises";

/** How a request ended, where it has no HTTP status (those are 100 and above). */
export const Outcome = {
  /** No answer yet. */
  pending: 0,
  /** The connection broke after the request was written: it may or may not have been taken. */
  reset: -1,
  /** No answer in time: it may or may not have been taken. */
  timeout: -2,
  /** Due, and never sent: the in-flight cap was reached for too long, or the load was stopped. */
  unsent: -3,
  /** No connection could be made: nothing was sent. */
  refused: -4,
  /** An answer that is not HTTP. */
  malformed: -5,
} as const;

/** The name of an outcome in results, as in `status_503` or `timeout`. */
export function outcomeName(outcome: number): string {
  if (outcome >= 100) return `status_${String(outcome)}`;
  for (const [name, value] of Object.entries(Outcome)) if (value === outcome) return name;
  return "malformed";
}

export function isAccepted(outcome: number): boolean {
  return outcome >= 200 && outcome < 300;
}

/** Whether the target may hold a run for a request although it never said so. */
export function isUnknown(outcome: number): boolean {
  return (
    outcome === Outcome.reset ||
    outcome === Outcome.timeout ||
    outcome === Outcome.pending ||
    outcome === Outcome.malformed
  );
}

/** Every request of a load, by its number `n` from 0. Times are microseconds from `startedAtUs`; −1 where it did not happen. */
export interface Ledger {
  /** Unix microseconds. */
  readonly startedAtUs: number;
  readonly count: number;
  /** When the load profile wanted it sent; with a closed loop, when it was sent. */
  readonly intendedUs: Int32Array;
  readonly sentUs: Int32Array;
  readonly answeredUs: Int32Array;
  readonly outcome: Int16Array;
  /** The run the target named in its answer; null without one. */
  runIdOf(n: number): string | null;
}

const RUN_ID_BYTES = 36;

/**
 * A ledger while it is written: compact arrays that double as they fill (54 bytes per request). 32-bit microseconds carry 35
 * minutes; a longer load is refused before it starts.
 */
export class LedgerWriter {
  count = 0;
  #intendedUs = new Int32Array(INITIAL);
  #sentUs = new Int32Array(INITIAL);
  #answeredUs = new Int32Array(INITIAL);
  #outcome = new Int16Array(INITIAL);
  #runIds = Buffer.alloc(INITIAL * RUN_ID_BYTES);

  /** Opens the next request; numbers are given in order. */
  open(intendedUs: number): number {
    const n = this.count;
    if (n === this.#outcome.length) this.#grow();
    this.count = n + 1;
    this.#intendedUs[n] = intendedUs;
    this.#sentUs[n] = -1;
    this.#answeredUs[n] = -1;
    return n;
  }

  sent(n: number, us: number): void {
    this.#sentUs[n] = us;
  }

  /** Closes a request; `runId` is 36 characters or empty. */
  close(n: number, us: number, outcome: number, runId: string): void {
    this.#answeredUs[n] = us;
    this.#outcome[n] = outcome;
    if (runId.length === RUN_ID_BYTES) this.#runIds.write(runId, n * RUN_ID_BYTES, RUN_ID_BYTES, "latin1");
  }

  /** Writes the file that `readLedger` reads. */
  write(path: string, startedAtUs: number): void {
    const file = openSync(path, "w");
    try {
      writeSync(file, new Float64Array([startedAtUs, this.count]));
      for (const column of [this.#intendedUs, this.#sentUs, this.#answeredUs, this.#outcome]) {
        writeAll(file, Buffer.from(column.buffer, 0, this.count * column.BYTES_PER_ELEMENT));
      }
      writeAll(file, this.#runIds.subarray(0, this.count * RUN_ID_BYTES));
    } finally {
      closeSync(file);
    }
  }

  #grow(): void {
    const size = this.#outcome.length * 2;
    const [intendedUs, sentUs, answeredUs] = [this.#intendedUs, this.#sentUs, this.#answeredUs];
    (this.#intendedUs = new Int32Array(size)).set(intendedUs);
    (this.#sentUs = new Int32Array(size)).set(sentUs);
    (this.#answeredUs = new Int32Array(size)).set(answeredUs);
    const outcome = this.#outcome;
    (this.#outcome = new Int16Array(size)).set(outcome);
    const runIds = this.#runIds;
    this.#runIds = Buffer.alloc(size * RUN_ID_BYTES);
    runIds.copy(this.#runIds);
  }
}

const INITIAL = 16_384;

function writeAll(file: number, bytes: Buffer): void {
  for (let offset = 0; offset < bytes.length;) offset += writeSync(file, bytes, offset);
}

/** Reads a ledger file. */
export async function readLedger(path: string): Promise<Ledger> {
  const bytes = await readFile(path);
  const startedAtUs = bytes.readDoubleLE(0);
  const count = bytes.readDoubleLE(8);
  let offset = 16;
  const take = (length: number) => {
    const piece = bytes.subarray(offset, offset + length);
    offset += length;
    // Typed arrays need their own alignment, so each column is copied out of the file.
    return new Uint8Array(piece).buffer;
  };
  const intendedUs = new Int32Array(take(count * 4));
  const sentUs = new Int32Array(take(count * 4));
  const answeredUs = new Int32Array(take(count * 4));
  const outcome = new Int16Array(take(count * 2));
  const runIds = Buffer.from(take(count * RUN_ID_BYTES));
  return {
    startedAtUs,
    count,
    intendedUs,
    sentUs,
    answeredUs,
    outcome,
    runIdOf: (n) =>
      runIds[n * RUN_ID_BYTES] === 0 ? null : runIds.toString("latin1", n * RUN_ID_BYTES, (n + 1) * RUN_ID_BYTES),
  };
}
