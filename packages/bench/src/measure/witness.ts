import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { fdatasync, write } from "node:fs";
import { promisify } from "node:util";
import { unixUs } from "./clock.ts";
import type { Stall } from "./episodes.ts";

/** A stretch in which a timer or a flush of the witness' own stood still. */
export interface WitnessStall extends Stall {
  /** Absent: not noted. */
  readonly of?: "timer" | "disk";
}

const flushFile = promisify(fdatasync);
const writeFile = promisify(write);

/** What the machine did beside MeshHook while a load ran. */
export interface WitnessReport {
  /** Unix microseconds. */
  readonly stalls: readonly WitnessStall[];
  /** Every flush, slow or not; absent where they were not noted. */
  readonly flushes?: readonly Stall[];
  /** Median and 99th percentile of 8 kB write and fdatasync on the database's disk, milliseconds; null without enough of them. */
  readonly flushMsP50: number | null;
  readonly flushMsMax: number | null;
  /** How late the witness' timer was, 99th percentile, milliseconds. */
  readonly timerLateMsP99: number;
}

const TICK_MS = 10;
/** A timer this late was not kept by the few milliseconds in which this process reads `/proc`. */
const TIMER_STALL_MS = 25;
const FLUSH_EVERY_MS = 100;
const FLUSH_STALL_MS = 25;
/** Fewer measurements make no median. */
export const MEDIAN_OF = 5;
const PAGE = Buffer.alloc(8_192, 1);

/**
 * Watches the machine from a process that has nothing to do with MeshHook: a timer of 10 ms, and ten small flushes a second on the
 * database's disk. A stall that MeshHook shares with neither of them is its own.
 *
 * Cost: ten flushes a second beside some hundred commits.
 */
export class Witness {
  readonly #path: string;
  readonly #file: number;
  readonly #stalls: WitnessStall[] = [];
  readonly #flushes: Stall[] = [];
  readonly #lateMs: number[] = [];
  readonly #flushMs: number[] = [];
  readonly #timers: NodeJS.Timeout[] = [];
  #flushing: Promise<void> = Promise.resolve();
  #isFlushing = false;

  private constructor(path: string, file: number) {
    this.#path = path;
    this.#file = file;
  }

  /** @param path  Of a file on the disk that is measured; it is made and removed. */
  static start(path: string): Witness {
    const file = openSync(path, "w");
    // Written before: what is watched is the flush, not the growing of the file.
    writeSync(file, PAGE, 0, PAGE.length, 0);
    const witness = new Witness(path, file);
    let dueMs = performance.now() + TICK_MS;
    witness.#timers.push(
      setInterval(() => {
        const lateMs = Math.max(0, performance.now() - dueMs);
        witness.#lateMs.push(lateMs);
        if (lateMs > TIMER_STALL_MS)
          witness.#stalls.push({ fromUs: unixUs() - lateMs * 1_000, untilUs: unixUs(), of: "timer" });
        dueMs = performance.now() + TICK_MS;
      }, TICK_MS),
      setInterval(() => {
        if (!witness.#isFlushing) witness.#flushing = witness.#flush();
      }, FLUSH_EVERY_MS),
    );
    return witness;
  }

  /** Flushes that were measured so far. */
  get flushes(): number {
    return this.#flushMs.length;
  }

  async stop(): Promise<WitnessReport> {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    await this.#flushing;
    if (this.#isOpen) {
      this.#isOpen = false;
      closeSync(this.#file);
      rmSync(this.#path, { force: true });
    }
    return {
      stalls: this.#stalls,
      flushes: this.#flushes,
      flushMsP50: quantile(this.#flushMs, 0.5),
      flushMsMax: quantile(this.#flushMs, 1),
      timerLateMsP99: quantile(this.#lateMs, 0.99) ?? 0,
    };
  }

  #isOpen = true;

  async #flush(): Promise<void> {
    this.#isFlushing = true;
    const fromUs = unixUs();
    try {
      await writeFile(this.#file, PAGE, 0, PAGE.length, 0);
      await flushFile(this.#file);
      const untilUs = unixUs();
      const ms = (untilUs - fromUs) / 1_000;
      this.#flushMs.push(ms);
      this.#flushes.push({ fromUs, untilUs });
      if (ms > FLUSH_STALL_MS) this.#stalls.push({ fromUs, untilUs, of: "disk" });
    } catch {
      // A full disk shows elsewhere; the witness only has nothing to say.
    } finally {
      this.#isFlushing = false;
    }
  }
}

function quantile(values: readonly number[], at: number): number | null {
  if (values.length < MEDIAN_OF) return null;
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(at * sorted.length) - 1)] ?? null;
}
