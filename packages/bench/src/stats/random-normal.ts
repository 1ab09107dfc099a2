/**
 * Makes standard normal numbers from uniform ones, by Box and Muller's transform.
 *
 * @param random  Uniform in [0, 1), as from `seededRandom`.
 * Source: Box & Muller, A Note on the Generation of Random Normal Deviates (Annals of Mathematical Statistics 1958).
 */
export function normalsFrom(random: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
