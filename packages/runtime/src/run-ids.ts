import { randomBytes } from "node:crypto";

import { formatRunId, type Micros } from "@meshhook/core";

const RANDOM_POOL_BYTES = 7 * 512;

/**
 * Creates run ids that ascend within this process and belong to a shard that it owns.
 *
 * All ids between two `rotate` calls share a shard, so that a batch of new runs touches one shard, one fence row and one place in the index
 * of the primary key.
 */
export class RunIds {
  readonly #randomBytes: (size: number) => Buffer;
  #shards: readonly number[] = [];
  #turn = 0;
  #ms = 0;
  #counter = 0;
  #random: Buffer = Buffer.alloc(0);
  #randomAt = 0;

  constructor(random: (size: number) => Buffer = randomBytes) {
    this.#randomBytes = random;
  }

  /** Shards for new runs, in any order; empty means that no id can be created. */
  setShards(shards: readonly number[]): void {
    this.#shards = shards;
    if (this.#turn >= shards.length) this.#turn = 0;
  }

  get hasShards(): boolean {
    return this.#shards.length > 0;
  }

  rotate(): void {
    this.#turn = this.#turn + 1 < this.#shards.length ? this.#turn + 1 : 0;
  }

  /** No later id is below `ms`: called with the watermark of a shard that was taken over from an owner with a faster clock. */
  raise(ms: number): void {
    if (ms > this.#ms) {
      this.#ms = ms;
      this.#counter = 0;
    }
  }

  /** The lower bound of every later id, in milliseconds. */
  floorMs(now: Micros): number {
    this.raise(Math.floor(now / 1_000));
    return this.#ms;
  }

  next(now: Micros): { readonly runId: string; readonly shard: number } {
    const shard = this.#shards[this.#turn];
    if (shard === undefined) throw new Error("There is no shard to start a run on: this process owns none");
    return { runId: this.nextIn(shard, now), shard };
  }

  /** An id in a given shard, whoever owns it. */
  nextIn(shard: number, now: Micros): string {
    const ms = Math.floor(now / 1_000);
    if (ms > this.#ms) {
      this.#ms = ms;
      this.#counter = 0;
    } else if (++this.#counter > 0xfff) {
      this.#ms++;
      this.#counter = 0;
    }
    return formatRunId(this.#ms, this.#counter, shard, this.#randomHex());
  }

  /** 52 random bits as 13 hex digits. */
  #randomHex(): string {
    if (this.#randomAt + 7 > this.#random.length) {
      this.#random = this.#randomBytes(RANDOM_POOL_BYTES);
      this.#randomAt = 0;
    }
    const hex = this.#random.toString("hex", this.#randomAt, this.#randomAt + 7);
    this.#randomAt += 7;
    return hex.slice(1);
  }
}
