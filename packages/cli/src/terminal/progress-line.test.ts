import { expect, test } from "vitest";

import { ProgressLine } from "./progress-line.ts";

function recorder(isTTY: boolean): {
  readonly written: string[];
  readonly target: { isTTY: boolean; columns: number; write(text: string): void };
} {
  const written: string[] = [];
  return { written, target: { isTTY, columns: 40, write: (text) => void written.push(text) } };
}

test("without a terminal a stage is one line, repeated after a while", () => {
  const { written, target } = recorder(false);
  let now = 0;
  const progress = new ProgressLine(target, () => now);
  for (const share of [0.5, 0.51, 0.52]) progress.show({ share, secondsLeft: 90, stage: "measuring" }, null);
  expect(written).toEqual([`${"█".repeat(12)}${"░".repeat(12)}  50 %  1:30 left  measuring\n`]);
  now = 15_000;
  progress.show({ share: 0.6, secondsLeft: 75, stage: "measuring" }, null);
  expect(written).toHaveLength(2);
});

test("on a terminal the line changes in place, fits the width, and results stay above it", () => {
  const { written, target } = recorder(true);
  const progress = new ProgressLine(target, () => 0);
  progress.show({ share: 1, secondsLeft: 0, stage: "a stage with a long name" }, "p99 4.1 ms");
  progress.end();
  expect(written).toEqual([
    "\r\u001b[2Kp99 4.1 ms\n",
    expect.stringMatching(/^\r\u001b\[2K█{24} 100 %.{1,20}$/),
    "\r\u001b[2K",
  ]);
  expect(written[1]!.slice("\r\u001b[2K".length).length).toBeLessThan(40);
});
