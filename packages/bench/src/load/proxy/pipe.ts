import type { Socket } from "node:net";
import type { Effect } from "./effect.ts";
import { NO_EFFECT } from "./effect.ts";

/** What all pipes of a proxy share: the count of bytes held, and what they did. */
export class Tally {
  held = 0;
  lost = 0;
  readonly passed = { upstream: 0, downstream: 0 };

  /** How much one pipe may hold before it stops reading. */
  get pipeBytesMax(): number {
    return this.held > HELD_BYTES_MAX ? PIPE_BYTES_MIN : PIPE_BYTES_MAX;
  }
}

/** Like a large TCP window: with 50 ms of latency, 5 MB per second still pass. */
const PIPE_BYTES_MAX = 262_144;
/** Once all pipes together hold this much, each may hold a little only. */
const HELD_BYTES_MAX = 134_217_728;
const PIPE_BYTES_MIN = 16_384;
/** Of small pieces, the bookkeeping weighs more than the bytes. */
const PIECES_MAX = 1_024;

/** A limited pipe wakes this often, so that a slow link trickles instead of bursting. */
const BANDWIDTH_TICK_MS = 10;

/** What a pipe tells its link. */
export interface PipeListener {
  /** Everything including the end was passed on. */
  ended(): void;
  /** A `limit_data` is used up: everything allowed was handed to the receiving socket. */
  limitReached(): void;
}

interface Held {
  /** Null for the end of the stream. */
  bytes: Buffer | null;
  readonly dueMs: number;
}

/**
 * One direction of one connection: reads from one socket, does to the data what the toxics ask for, and writes to the other. Bytes keep
 * their order. What cannot be passed on yet is held up to a limit; then reading stops, so the sender feels it as back-pressure.
 */
export class Pipe {
  /** Bytes or an end were swallowed, so the receiver can never get a complete stream. */
  hasLost = false;
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #tally: Tally;
  readonly #direction: "upstream" | "downstream";
  readonly #random: () => number;
  readonly #listener: PipeListener;
  readonly #held: Held[] = [];
  readonly #limitLeft = new Map<number, number>();
  #effect: Effect = NO_EFFECT;
  #heldBytes = 0;
  #lastDueMs = 0;
  #timer: NodeJS.Timeout | null = null;
  #isDraining = false;
  #isClosed = false;
  #sliceUntilMs = 0;
  #closeAtMs: number | null = null;
  #allowance = 0;
  #allowanceAtMs = 0;

  constructor(options: {
    readonly from: Socket;
    readonly to: Socket;
    readonly direction: "upstream" | "downstream";
    readonly tally: Tally;
    readonly random: () => number;
    readonly listener: PipeListener;
  }) {
    this.#from = options.from;
    this.#to = options.to;
    this.#direction = options.direction;
    this.#tally = options.tally;
    this.#random = options.random;
    this.#listener = options.listener;
    this.#from.on("data", (bytes: Buffer) => this.#take(bytes));
    this.#from.on("end", () => this.#take(null));
    this.#to.on("drain", () => {
      this.#isDraining = false;
      this.#pump();
    });
  }

  /** Bytes that were read and not yet handed to the operating system. */
  get heldBytes(): number {
    return this.#heldBytes + this.#to.writableLength;
  }

  /** What happens from now on, to what is held as well. */
  setEffect(effect: Effect): void {
    this.#effect = effect;
    if (!hasDelay(effect)) this.#lastDueMs = 0;
    if (effect.isSwallowing) this.#swallowHeld();
    for (const { id, bytes } of effect.limits) if (!this.#limitLeft.has(id)) this.#limitLeft.set(id, bytes);
    for (const id of this.#limitLeft.keys())
      if (!effect.limits.some((limit) => limit.id === id)) this.#limitLeft.delete(id);
    this.#allowance = 0;
    this.#allowanceAtMs = performance.now();
    this.#sliceUntilMs = 0;
    this.#closeAtMs = null;
    this.#sleep(null);
    this.#pump();
  }

  /** Forgets what is held. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#sleep(null);
    this.#tally.lost += this.#heldBytes;
    this.#release(this.#heldBytes);
    this.#held.length = 0;
  }

  #take(bytes: Buffer | null): void {
    if (this.#isClosed) return;
    if (this.#effect.isSwallowing) {
      this.#lose(bytes);
      return;
    }
    const { latencyMs, jitterMs } = this.#effect;
    const delayMs = jitterMs === 0 ? latencyMs : Math.max(0, latencyMs + (2 * this.#random() - 1) * jitterMs);
    if (delayMs > 0 || this.#lastDueMs > 0) this.#lastDueMs = Math.max(this.#lastDueMs, performance.now() + delayMs);
    this.#held.push({ bytes, dueMs: this.#lastDueMs });
    if (bytes !== null) {
      this.#heldBytes += bytes.length;
      this.#tally.held += bytes.length;
    }
    this.#pump();
    if (this.#isDraining || !this.#hasRoom) this.#from.pause();
  }

  get #hasRoom(): boolean {
    return this.#heldBytes < this.#tally.pipeBytesMax && this.#held.length < PIECES_MAX;
  }

  #pump(): void {
    while (!this.#isClosed && !this.#isDraining && this.#timer === null) {
      const head = this.#held[0];
      // Without any bandwidth, only a change of the toxics wakes the pipe.
      if (head === undefined || this.#effect.bytesPerSecond === 0) break;
      const now = performance.now();
      if (hasDelay(this.#effect) && head.dueMs > now) this.#sleep(head.dueMs - now);
      else if (this.#sliceUntilMs > now) this.#sleep(this.#sliceUntilMs - now);
      else if (head.bytes === null) this.#passEnd(now);
      else this.#pass(head, head.bytes, now);
    }
    if (!this.#isClosed && !this.#isDraining && this.#hasRoom && this.#from.isPaused()) this.#from.resume();
  }

  #pass(head: Held, bytes: Buffer, now: number): void {
    const { bytesPerSecond, slice } = this.#effect;
    let size = bytes.length;
    if (slice !== null)
      size = Math.min(size, Math.max(1, Math.round(slice.bytes + (2 * this.#random() - 1) * slice.variationBytes)));
    if (bytesPerSecond !== null) {
      size = Math.min(size, this.#allowedBytes(bytesPerSecond, now));
      if (size === 0) {
        this.#sleep(Math.max(BANDWIDTH_TICK_MS, 1_000 / bytesPerSecond));
        return;
      }
      this.#allowance -= size;
    }
    for (const left of this.#limitLeft.values()) size = Math.min(size, left);
    const piece = size === bytes.length ? bytes : bytes.subarray(0, size);
    if (size === bytes.length) this.#held.shift();
    else head.bytes = bytes.subarray(size);
    this.#release(size);
    this.#tally.passed[this.#direction] += size;
    if (size > 0 && !this.#to.write(piece)) this.#isDraining = true;
    if (slice !== null && slice.pauseMs > 0) this.#sliceUntilMs = now + slice.pauseMs;
    for (const [id, left] of this.#limitLeft) {
      this.#limitLeft.set(id, left - size);
      if (left - size > 0) continue;
      this.#listener.limitReached();
      return;
    }
  }

  #passEnd(now: number): void {
    this.#closeAtMs ??= now + this.#effect.closeDelayMs;
    if (this.#closeAtMs > now) {
      this.#sleep(this.#closeAtMs - now);
      return;
    }
    this.#held.length = 0;
    this.#to.end();
    this.#listener.ended();
  }

  /** A token bucket that holds as much as passes between two wake-ups, and at least a byte. */
  #allowedBytes(bytesPerSecond: number, now: number): number {
    const most = Math.max(1, (bytesPerSecond * 2 * BANDWIDTH_TICK_MS) / 1_000);
    this.#allowance = Math.min(most, this.#allowance + ((now - this.#allowanceAtMs) * bytesPerSecond) / 1_000);
    this.#allowanceAtMs = now;
    return Math.floor(this.#allowance);
  }

  #swallowHeld(): void {
    for (const { bytes } of this.#held) this.#lose(bytes);
    this.#release(this.#heldBytes);
    this.#held.length = 0;
  }

  #lose(bytes: Buffer | null): void {
    this.hasLost = true;
    this.#tally.lost += bytes?.length ?? 0;
  }

  #release(bytes: number): void {
    this.#heldBytes -= bytes;
    this.#tally.held -= bytes;
  }

  /** Pumps again after `ms`; null wakes the pipe at once. */
  #sleep(ms: number | null): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer =
      ms === null
        ? null
        : setTimeout(() => {
            this.#timer = null;
            this.#pump();
          }, Math.ceil(ms));
  }
}

function hasDelay({ latencyMs, jitterMs }: Effect): boolean {
  return latencyMs > 0 || jitterMs > 0;
}
