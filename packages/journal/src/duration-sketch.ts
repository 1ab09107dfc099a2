/** How far a percentile may be from the true one, relative to it. */
export const SKETCH_ERROR = 0.01;

const GAMMA = (1 + SKETCH_ERROR) / (1 - SKETCH_ERROR);
const LN_GAMMA = Math.log(GAMMA);

/**
 * How long many things took, in microseconds: counts in buckets whose bounds grow by 2 %, so that any percentile is known to within 1 % of
 * itself, whatever the range. Sketches can be added, in any order, without a loss (docs/decisions/0097).
 *
 * Source: Masson, Rim and Lee, “DDSketch”, VLDB 2019.
 */
export class DurationSketch {
  readonly #buckets = new Map<number, number>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Takes less than a tenth of a microsecond. */
  add(durationUs: number): void {
    const bucket = durationUs <= 1 ? 0 : Math.ceil(Math.log(durationUs) / LN_GAMMA);
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + 1);
    this.#count++;
  }

  /** Adds an encoded one. */
  addEncoded(bytes: Uint8Array): void {
    let at = 0;
    let bucket = 0;
    const next = (): number => {
      let value = 0;
      for (let scale = 1; ; scale *= 128) {
        const byte = bytes[at++];
        if (byte === undefined) throw new Error("A stored sketch is cut off");
        value += (byte & 127) * scale;
        if (byte < 128) return value;
      }
    };
    while (at < bytes.length) {
      bucket += next();
      const count = next();
      this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + count);
      this.#count += count;
    }
  }

  /** The duration below which that share of them lies; null: there are none. */
  quantile(share: number): number | null {
    if (this.#count === 0) return null;
    const rank = Math.max(1, Math.ceil(share * this.#count));
    let seen = 0;
    let last = 0;
    for (const [bucket, count] of this.#inOrder()) {
      seen += count;
      last = bucket;
      if (seen >= rank) break;
    }
    return last === 0 ? 1 : (2 * GAMMA ** last) / (GAMMA + 1);
  }

  /** Pairs of the distance to the bucket before and the count, as numbers of seven bits a byte. */
  encode(): Uint8Array {
    const bytes: number[] = [];
    const write = (number: number): void => {
      let rest = number;
      for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
      bytes.push(rest);
    };
    let before = 0;
    for (const [bucket, count] of this.#inOrder()) {
      write(bucket - before);
      write(count);
      before = bucket;
    }
    return Uint8Array.from(bytes);
  }

  #inOrder(): readonly (readonly [number, number])[] {
    return [...this.#buckets].sort(([one], [other]) => one - other);
  }
}
