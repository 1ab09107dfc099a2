import { expect, test } from "vitest";
import { WarmupWatch } from "./steady-window.ts";

/** Feeds one reading every half second; tells at which the warm-up was over, and why. */
function feed(watch: WarmupWatch, rates: readonly number[]): string {
  let acked = 0;
  for (const [index, rate] of rates.entries()) {
    acked += rate / 2;
    const verdict = watch.take((index + 1) * 500_000, acked);
    if (verdict !== null) return `${verdict} after ${String((index + 1) / 2)} s`;
  }
  return "never";
}

test("a warm-up ends when the rate has stopped growing", () => {
  const rates = [100, 900, 2_000, 4_000, 6_000, 8_000, 9_000, 9_900, 10_000, 10_100, 10_000, 10_000, 10_000];
  expect(feed(new WarmupWatch(20_000), rates)).toBe("steady after 5 s");
});

test("a rate that was steady at once is still given two seconds", () => {
  expect(feed(new WarmupWatch(20_000), Array(30).fill(5_000))).toBe("steady after 2.5 s");
});

test("a rate that never settles runs into the limit", () => {
  const rates = Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? 1_000 : 9_000));
  expect(feed(new WarmupWatch(8_000), rates)).toBe("timeout after 8.5 s");
});
