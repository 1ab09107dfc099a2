import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { DurationSketch, SKETCH_ERROR } from "./duration-sketch.ts";

const durations = fc.array(fc.integer({ min: 0, max: 40 * 86_400_000_000 }), { minLength: 1, maxLength: 300 });

function sketchOf(values: readonly number[]): DurationSketch {
  const sketch = new DurationSketch();
  for (const value of values) sketch.add(value);
  return sketch;
}

describe("a sketch of durations", () => {
  it("gives every percentile to within one per cent, from a microsecond to forty days", () => {
    fc.assert(
      fc.property(durations, fc.double({ min: 0, max: 1, noNaN: true }), (values, share) => {
        const sorted = [...values].sort((one, other) => one - other);
        const exact = sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] ?? 0;
        const found = sketchOf(values).quantile(share) ?? Number.NaN;
        // Below a microsecond there is nothing to tell apart.
        expect(Math.abs(found - Math.max(1, exact))).toBeLessThanOrEqual(Math.max(1, exact) * SKETCH_ERROR * 1.000001);
      }),
    );
  });

  it("is the same whether its values came together or in parts that were stored", () => {
    fc.assert(
      fc.property(durations, durations, (some, others) => {
        const parts = new DurationSketch();
        parts.addEncoded(sketchOf(some).encode());
        parts.addEncoded(sketchOf(others).encode());
        expect(parts.encode()).toEqual(sketchOf([...some, ...others]).encode());
        expect(parts.count).toBe(some.length + others.length);
      }),
    );
  });

  it("has no percentile when it is empty, and refuses bytes that are cut off", () => {
    expect(new DurationSketch().quantile(0.5)).toBeNull();
    expect(() => new DurationSketch().addEncoded(sketchOf([5_000]).encode().slice(0, -1))).toThrow("cut off");
  });
});
