/**
 * A small seeded generator of pseudo-random numbers: the same seed always gives the same draws on every machine.
 *
 * The seed text is hashed to four words with the mixing and the finalizer of MurmurHash3 (Austin Appleby, public domain; the word
 * per word form is "xmur3" by bryc); the words start sfc32 (Chris Doty-Humphrey, PractRand), whose first twelve draws are dropped.
 * Good enough for jitter and ids within a run, but never for secrets.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter: number;

  constructor(seed: string) {
    let hash = 1779033703 ^ seed.length;
    for (let i = 0; i < seed.length; i += 1) {
      hash = Math.imul(hash ^ seed.charCodeAt(i), 3432918353);
      hash = (hash << 13) | (hash >>> 19);
    }
    const word = (): number => {
      hash = Math.imul(hash ^ (hash >>> 16), 2246822507);
      hash = Math.imul(hash ^ (hash >>> 13), 3266489909);
      hash ^= hash >>> 16;
      return hash | 0;
    };
    this.#a = word();
    this.#b = word();
    this.#c = word();
    this.#counter = word();
    for (let i = 0; i < 12; i += 1) this.uint32();
  }

  /** The next draw: an integer from 0 to 2³² − 1. */
  uint32(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** The next draw as a number from 0 (inclusive) to 1 (exclusive), in steps of 2⁻³². */
  fraction(): number {
    return this.uint32() / 4_294_967_296;
  }
}
