import { seededRandom } from "./seeded-random.ts";

/** Which of two versions a run measures. */
export type Version = "baseline" | "candidate";

/**
 * The order of runs for a comparison in pairs: blocks of A B B A or B A A B, drawn at random, so that a steady drift of the machine
 * meets both versions alike and nothing periodic keeps step with one of them.
 *
 * @param pairs  One or more; an odd number ends with half a block.
 * Source: Kalibera & Jones, Rigorous Benchmarking in Reasonable Time (ISMM 2013), on random order.
 * @throws RangeError  when `pairs` is not a whole number of at least 1.
 */
export function interleave(pairs: number, seed: number): readonly Version[] {
  if (!(Number.isInteger(pairs) && pairs >= 1)) throw new RangeError(`at least one pair is needed, got ${pairs}`);
  const random = seededRandom(seed);
  const blocks = Array.from({ length: Math.ceil(pairs / 2) }, (): readonly Version[] =>
    random() < 0.5
      ? ["baseline", "candidate", "candidate", "baseline"]
      : ["candidate", "baseline", "baseline", "candidate"],
  );
  return blocks.flat().slice(0, 2 * pairs);
}
