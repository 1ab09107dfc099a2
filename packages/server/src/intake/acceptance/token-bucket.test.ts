import { expect, it } from "vitest";

import { TokenBucket } from "./token-bucket.ts";

const limit = { requests: 6, perS: 60, burst: 2 };

/** How many of so many requests at this time are let through. */
function through(bucket: TokenBucket, now: number, requests: number): number {
  let passed = 0;
  for (let sent = 0; sent < requests; sent++) {
    if (bucket.available(now) === 0) continue;
    bucket.take();
    passed++;
  }
  return passed;
}

it("lets a burst through and then as many as the rate allows, and says when the next may come", () => {
  const bucket = new TokenBucket(limit, () => 1, 1_000);
  expect(bucket.secondsToMore(1_000)).toBe(0);
  expect(through(bucket, 1_000, 5)).toBe(2);
  expect(bucket.secondsToMore(1_000)).toBe(10);
  expect(through(bucket, 10_900, 5)).toBe(0);
  expect(bucket.secondsToMore(10_900)).toBe(1);
  expect(through(bucket, 11_100, 5)).toBe(1);
  expect(bucket.available(500_000)).toBe(2);
});

it("without a burst of its own, all requests of the time may come at once", () => {
  expect(through(new TokenBucket({ requests: 6, perS: 60 }, () => 1, 0), 0, 10)).toBe(6);
});

it("processes that share a limit refill together at its rate, each with its whole burst", () => {
  const buckets = [0.25, 0.75].map((share) => new TokenBucket(limit, () => share, 0));
  expect(buckets.map((bucket) => through(bucket, 0, 9))).toEqual([2, 2]);
  let passed = 0;
  for (let second = 1; second <= 600; second++)
    for (const bucket of buckets) passed += through(bucket, second * 1_000, 9);
  // Ten minutes at six a minute; a part of the last one may be in each bucket.
  expect(passed).toBeGreaterThanOrEqual(58);
  expect(passed).toBeLessThanOrEqual(60);
});
