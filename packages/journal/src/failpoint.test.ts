import { afterEach, expect, it } from "vitest";

import { armFailpoints, failpoint, readFailpoints } from "./failpoint.ts";

afterEach(() => armFailpoints([]));

it("acts at the given pass of the given place, and only then", () => {
  let cuts = 0;
  const connected = { giveUp: () => void cuts++ };
  failpoint("append.sent", connected);
  armFailpoints([{ name: "append.sent", action: { kind: "drop-connection" }, count: 2 }]);
  failpoint("append.answered", connected);
  failpoint("append.sent", connected);
  expect(cuts).toBe(0);
  failpoint("append.sent", connected);
  failpoint("append.sent", connected);
  expect(cuts).toBe(1);
});

it("throws where it is to throw, with the name of the place", () => {
  armFailpoints([{ name: "timer.fired", action: { kind: "throw" }, count: 1 }]);
  expect(() => failpoint("timer.fired")).toThrow("timer.fired");
});

it("sets the wall clock as this process sees it", () => {
  const now = Date.now;
  try {
    armFailpoints([{ name: "call.sending", action: { kind: "clock", ms: -3_600_000 }, count: 1 }]);
    const before = Date.now();
    failpoint("call.sending");
    expect(Date.now()).toBeLessThan(before - 3_500_000);
  } finally {
    Date.now = now;
  }
});

it("reads lists, and says what is wrong with one that cannot be read", () => {
  expect(readFailpoints("append.sent=kill@3, call.sending=delay:500,timer.fired=clock:-60000")).toEqual([
    { name: "append.sent", action: { kind: "kill", ms: 0 }, count: 3 },
    { name: "call.sending", action: { kind: "delay", ms: 500 }, count: 1 },
    { name: "timer.fired", action: { kind: "clock", ms: -60_000 }, count: 1 },
  ]);
  expect(readFailpoints("append.sent=explode")).toEqual({ fault: expect.stringContaining('"append.sent=explode"') });
  expect(readFailpoints("append.send=kill")).toEqual({ fault: expect.stringContaining("append.sent") });
  expect(readFailpoints("append.sent=kill@0")).toEqual({ fault: expect.stringContaining("name=action@count") });
  expect(readFailpoints("append.sent=stop:-5")).toEqual({ fault: expect.stringContaining("stop:-5") });
});
