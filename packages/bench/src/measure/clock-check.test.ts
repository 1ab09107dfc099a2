import { expect, test } from "vitest";
import { Sink } from "../load/sink/sink.ts";
import { checkClock, disagrees, worstChecks } from "./clock-check.ts";
import { unixUs } from "./clock.ts";

test("the clock of another process of the benchmark agrees with this one's", async () => {
  const sink = await Sink.start();
  try {
    const check = await checkClock("the call target", () => sink.readClock());
    expect(Math.abs(check.offsetUs)).toBeLessThan(2_000 + check.uncertaintyUs);
    expect(disagrees(check)).toBe(false);
  } finally {
    await sink.stop();
  }
});

test("a clock that is 50 ms ahead, or 20 ms behind, is found, however slow some of the exchanges are", async () => {
  for (const offsetUs of [50_000, -20_000]) {
    let exchange = 0;
    const check = await checkClock("the generator", async () => {
      exchange += 1;
      if (exchange % 2 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      return unixUs() + offsetUs;
    });
    expect(Math.abs(check.offsetUs - offsetUs)).toBeLessThanOrEqual(check.uncertaintyUs + 1);
    expect(disagrees(check)).toBe(true);
  }
});

test("an exchange that is slower than the difference it shows proves nothing", () => {
  expect(disagrees({ of: "PostgreSQL", offsetUs: 5_000, uncertaintyUs: 4_000 })).toBe(false);
});

test("of the checks before and after, the worse counts", () => {
  const before = { of: "PostgreSQL", offsetUs: 100, uncertaintyUs: 10 };
  const after = { of: "PostgreSQL", offsetUs: -4_000, uncertaintyUs: 10 };
  expect(worstChecks([before, after])).toEqual([after]);
});
