/** How far a percentile may be from the true one, relative to it. */
export const SKETCH_ERROR = 0.01;

const GAMMA = (1 + SKETCH_ERROR) / (1 - SKETCH_ERROR);
const LN_GAMMA = Math.log(GAMMA);
/** The last one begins with 43 days; what takes longer counts as that. */
const BUCKETS = 1_450;

/**
 * How long many things took, in microseconds: counts in buckets whose bounds grow by 2 %, so that any percentile up to 43 days is known to within 1 % of
 * itself. Sketches can be added, in any order, without a loss (docs/decisions/0097).
 *
 * Source: Masson, Rim and Lee, “DDSketch”, VLDB 2019.
 */
export class DurationSketch {
  #counts: number[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Takes less than a tenth of a microsecond. */
  add(durationUs: number): void {
    this.#addTo(durationUs <= 1 ? 0 : Math.min(BUCKETS - 1, Math.ceil(Math.log(durationUs) / LN_GAMMA)), 1);
  }

  /** Adds an encoded one. */
  addEncoded(bytes: Uint8Array): void {
    const { length } = bytes;
    let bucket = 0;
    let number = 0;
    let scale = 1;
    let isCount = false;
    for (let at = 0; at < length; at++) {
      const byte = bytes[at] ?? 0;
      number += (byte & 127) * scale;
      scale *= 128;
      if (byte >= 128) continue;
      if (isCount) this.#addTo(Math.min(bucket, BUCKETS - 1), number);
      else bucket += number;
      isCount = !isCount;
      number = 0;
      scale = 1;
    }
    if (isCount || scale !== 1) throw new Error("A stored sketch is cut off");
  }

  /** The duration below which that share of them lies; null: there are none. */
  quantile(share: number): number | null {
    if (this.#count === 0) return null;
    const rank = Math.max(1, Math.ceil(share * this.#count));
    let seen = 0;
    let last = -1;
    while (seen < rank && last < this.#counts.length - 1) seen += this.#counts[++last] ?? 0;
    return last <= 0 ? 1 : (2 * GAMMA ** last) / (GAMMA + 1);
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
    this.#counts.forEach((count, bucket) => {
      if (count === 0) return;
      write(bucket - before);
      write(count);
      before = bucket;
    });
    return Uint8Array.from(bytes);
  }

  #addTo(bucket: number, count: number): void {
    const counts = this.#counts;
    while (counts.length <= bucket) counts.push(0);
    counts[bucket] = (counts[bucket] ?? 0) + count;
    this.#count += count;
  }
}
