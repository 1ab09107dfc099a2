import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { bucketMs, LatencyRecorder } from "./latency.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Of arrays that are still in use: those that a recorder grew out of are not. */
function arrayBytes(): number {
  // The first collection finds them; what it found is freed beside the program, and certainly before the second.
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

test("ten million durations take no more memory than ten thousand, and their percentiles are exact to 0.1 %", () => {
  const recorder = new LatencyRecorder();
  // Every value from 500 to 40,499 µs equally often, in mixed order: 7,919 has no divisor in common with their number.
  const record = (count: number) => {
    for (let n = 0; n < count; n += 1) recorder.record(500 + ((n * 7_919) % 40_000));
  };
  record(40_000);
  const before = arrayBytes();
  record(9_960_000);
  expect(arrayBytes() - before).toBeLessThan(100_000);
  expect(recorder.count).toBe(10_000_000);
  for (const percent of [50, 90, 99, 99.9]) {
    const exactMs = (499 + (percent / 100) * 40_000) / 1_000;
    expect(Math.abs((recorder.percentileMs(percent) ?? 0) / exactMs - 1)).toBeLessThan(0.001);
  }
  expect(recorder.meanMs).toBeCloseTo(20.4995, 6);
  // What is written to the result and what intervals are drawn from is as small.
  expect(recorder.summary().histogram.length).toBeLessThan(10_000);
  expect(recorder.buckets.size).toBeLessThan(1_000);
});

test("a recorder for each second of half an hour takes less than 120 MB while answers come within a second", () => {
  const before = arrayBytes();
  const seconds = Array.from({ length: 1_800 }, () => {
    const recorder = new LatencyRecorder();
    recorder.record(900_000);
    return recorder;
  });
  expect(arrayBytes() - before).toBeLessThan(120e6);
  expect(LatencyRecorder.merged(seconds).count).toBe(1_800);
});

test("a recorder grows to the longest duration it meets, up to an hour, and several are one", () => {
  const short = new LatencyRecorder();
  const long = new LatencyRecorder();
  short.record(1_500);
  long.record(3_600_000_000);
  long.record(9e12);
  long.record(-3);
  long.fail(2);
  const merged = LatencyRecorder.merged([short, long]);
  expect(merged.count).toBe(4);
  expect(merged.failed).toBe(2);
  expect((long.percentileMs(50) ?? 0) / 3_600_000).toBeCloseTo(1, 3);
  expect([...merged.buckets.values()].reduce((sum, count) => sum + count, 0)).toBe(4);
  const longest = Math.max(...merged.buckets.keys());
  expect(merged.buckets.get(longest)).toBe(2);
  expect(bucketMs(longest) / 3_600_000).toBeCloseTo(1, 2);
});
