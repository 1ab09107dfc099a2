import { describe, expect, test } from "vitest";
import { seededRandom } from "../stats/index.ts";
import { findEpisodes } from "./episodes.ts";
import type { Stall, TimedRequest } from "./episodes.ts";

const SECONDS = 18;

/** 100 a second, 2 ms each, but for what waits for the end of a stall. */
function requests(stalls: readonly Stall[]): readonly TimedRequest[] {
  const random = seededRandom(9);
  return Array.from({ length: SECONDS * 100 }, (_, n) => {
    const intendedUs = n * 10_000;
    const stall = stalls.find(({ fromUs, untilUs }) => intendedUs >= fromUs && intendedUs < untilUs);
    return { intendedUs, latencyUs: 1_500 + 1_000 * random() + (stall === undefined ? 0 : stall.untilUs - intendedUs) };
  });
}

function every(everyMs: number, lengthMs: number, firstMs = 700): readonly Stall[] {
  const count = Math.floor((SECONDS * 1_000 - firstMs) / everyMs);
  return Array.from({ length: count }, (_, index) => {
    const fromUs = (firstMs + index * everyMs) * 1_000;
    return { fromUs, untilUs: fromUs + lengthMs * 1_000 };
  });
}

function episodesOf(planted: readonly Stall[], seen: readonly Stall[] | null = []) {
  return findEpisodes({ of: "ack", requests: requests(planted), stalls: seen });
}

describe("grouping", () => {
  test("a stall is one episode, however many requests it holds up", () => {
    const { count, slow, longest, p99MsWithoutLargest } = episodesOf([{ fromUs: 9_000_000, untilUs: 9_450_000 }]);
    expect([count, slow]).toEqual([1, 45]);
    expect(longest[0]).toMatchObject({ slow: 45, origin: "inside" });
    expect(p99MsWithoutLargest).toBeLessThan(3);
  });

  test("a stall that the witness shared is outside; one that nobody watched is unknown", () => {
    const stall = { fromUs: 9_000_000, untilUs: 9_450_000 };
    expect(episodesOf([stall], [{ fromUs: 8_990_000, untilUs: 9_300_000 }]).longest[0]?.origin).toBe("outside");
    expect(episodesOf([stall], [{ fromUs: 4_000_000, untilUs: 4_300_000 }]).longest[0]?.origin).toBe("inside");
    expect(episodesOf([stall], null).longest[0]?.origin).toBe("unknown");
  });

  test("a request that waits while those around it do not is MeshHook's own, whatever the witness saw", () => {
    const one = requests([]).map((request, n) => (n === 500 ? { ...request, latencyUs: 2_500_000 } : request));
    const found = findEpisodes({ of: "ack", requests: one, stalls: [{ fromUs: 5_000_000, untilUs: 7_500_000 }] });
    expect(found).toMatchObject({ count: 1, heldAlone: 1 });
    expect(found.longest[0]?.origin).toBe("inside");
  });

  test("requests that never ended have no longest time, and nothing slow gives nothing", () => {
    const lost = requests([]).map((request, n) => (n === 500 ? { ...request, latencyUs: Infinity } : request));
    expect(findEpisodes({ of: "ack", requests: lost, stalls: null }).longest[0]?.maxMs).toBeNull();
    expect(episodesOf([])).toMatchObject({ slow: 0, count: 0, heldAlone: 0, longest: [], period: null });
    expect(findEpisodes({ of: "ack", requests: [], stalls: null })).toMatchObject({ count: 0, period: null });
  });
});

describe("a period", () => {
  test.each([
    [5_000, 200],
    [5_000, 60],
    [1_000, 100],
    [2_500, 400],
  ])("of %i ms with %i ms each is found, and its share", (everyMs, lengthMs) => {
    const { period } = episodesOf(every(everyMs, lengthMs));
    expect((period?.everyMs ?? 0) / everyMs).toBeCloseTo(1, 1);
    expect((period?.share ?? 0) / (lengthMs / everyMs)).toBeCloseTo(1, 0);
  });

  test("is found though one turn is missing", () => {
    expect(episodesOf(every(2_000, 200).filter((_, index) => index !== 3)).period?.everyMs).toBeCloseTo(2_000, -2);
  });

  test("is not made up from stalls at random times, whatever the seed", () => {
    let madeUp = 0;
    for (let seed = 1; seed <= 200; seed += 1) {
      const random = seededRandom(seed);
      const stalls = Array.from({ length: 4 + Math.floor(random() * 16) }, () => {
        const fromUs = random() * (SECONDS - 1) * 1e6;
        return { fromUs, untilUs: fromUs + (40 + 300 * random() * random()) * 1_000 };
      });
      if (episodesOf(stalls).period !== null) madeUp += 1;
    }
    expect(madeUp).toBeLessThanOrEqual(4);
  });
});
