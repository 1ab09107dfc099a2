import { expect, test } from "vitest";

import { ProgressMeter } from "./plan.ts";

test("live figures become a line at the start of a part and then seldom; what became known is always one", () => {
  const lines: (string | null)[] = [];
  const meter = new ProgressMeter([], 1, ({ line }) => lines.push(line));
  meter.stage("first", 1_000);
  meter.live("1 acknowledged");
  meter.live("2 acknowledged");
  meter.line("first: passed");
  meter.stage("second", 1_000);
  meter.live("3 acknowledged");
  expect(lines).toEqual([null, "first: 1 acknowledged", null, "first: passed", null, "second: 3 acknowledged"]);
});
