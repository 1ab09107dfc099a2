import { expect, test } from "vitest";
import { medianSlope } from "./slope.ts";
import { seededRandom } from "./seeded-random.ts";

const random = seededRandom(3);
const seconds = Array.from({ length: 15 }, (_, second) => second);
const noise = () => (random() - 0.5) * 6e6;

test("a leak of 5 MB/s shows as such through noise", () => {
  const slope = medianSlope(seconds.map((second) => [second, 120e6 + 5e6 * second + noise()]));
  expect((slope ?? 0) / 5e6).toBeCloseTo(1, 1);
});

test("one step, as of a heap that grows once, is not a slope", () => {
  const slope = medianSlope(seconds.map((second) => [second, (second < 5 ? 120e6 : 190e6) + second]));
  expect(slope).toBeLessThan(10);
});

test("a sawtooth that returns is not a slope, however steep its teeth", () => {
  const slope = medianSlope(seconds.map((second) => [second, 120e6 + (second % 5) * 8e6]));
  expect(Math.abs(slope ?? Infinity)).toBeLessThan(1.5e6);
});

test("few points, and points at one place, give none", () => {
  expect(medianSlope(seconds.slice(0, 7).map((second) => [second, second]))).toBeNull();
  expect(medianSlope(seconds.map((second) => [1, second]))).toBeNull();
});
