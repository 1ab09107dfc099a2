import { SeededRandom } from "@meshhook/testkit";

/**
 * Random choices by name: the same seed and name give the same choices, whatever else was chosen before. So a scenario from which
 * something was taken out goes on as it did everywhere else, and can be made smaller.
 */
export class Dice {
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  of(name: string): SeededRandom {
    return new SeededRandom(hash(`${this.#seed} ${name}`));
  }
}

/** FNV-1a, 32 bits (http://www.isthe.com/chongo/tech/comp/fnv/). */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value >>> 0;
}
