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

test("a part that was not planned adds to the time that is left", () => {
  const left: number[] = [];
  const meter = new ProgressMeter([], 0, ({ secondsLeft }) => left.push(secondsLeft));
  // All that is planned: calibration, start, warm-up and roofs.
  meter.stage("everything", 12_500);
  meter.stage("nothing", 0);
  meter.extend(30_000);
  meter.stage("one more block", 30_000);
  expect(left.slice(1)).toEqual([0, 30]);
});
