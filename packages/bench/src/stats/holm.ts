/**
 * Adjusts the p-values of a family of tests, so that the chance of even one false alarm in the whole family stays below the level at
 * which each adjusted value is judged (Holm's step-down procedure).
 *
 * Benjamini and Hochberg's procedure would find more, but lets a share of all alarms be false; here a single alarm stops a change.
 * No unit. No values give none; the order is kept.
 *
 * Source: Holm, A Simple Sequentially Rejective Multiple Test Procedure (Scandinavian Journal of Statistics 1979).
 */
export function adjustByHolm(pValues: readonly number[]): number[] {
  const adjusted = Array.from(pValues, () => 1);
  const byValue = pValues.map((p, index) => ({ p, index })).sort((a, b) => a.p - b.p);
  let largest = 0;
  for (const [rank, { p, index }] of byValue.entries()) {
    largest = Math.max(largest, Math.min(1, p * (pValues.length - rank)));
    adjusted[index] = largest;
  }
  return adjusted;
}
