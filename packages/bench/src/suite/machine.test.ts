import { expect, test } from "vitest";

import type { ThresholdResult } from "../result/result.ts";
import { explainCpuMisses } from "./machine.ts";

const cpu: ThresholdResult = {
  expression: "work.meshhookCpuMs + work.postgresCpuMs <= 0.12",
  actual: 0.3,
  holds: false,
  reason: "why",
};
const wal: ThresholdResult = { expression: "work.walBytes <= 2000", actual: 3_000, holds: false, reason: "why" };

test("a missed limit of CPU time says how slow the machine is, and stays missed", () => {
  const [explained, other] = explainCpuMisses([cpu, wal], { rawHttpCpuUs: 200, stealShare: 0 });
  expect(explained).toMatchObject({ holds: false, actual: 0.3, expression: cpu.expression });
  expect(explained?.reason).toMatch(/^why\. Not only MeshHook's: a bare node:http request takes 200 µs of CPU/);
  expect(other).toEqual(wal);
});

test("a disturbed machine is named as well", () => {
  const [explained] = explainCpuMisses([cpu], { rawHttpCpuUs: 1, stealShare: 0.2 });
  expect(explained?.reason).toBe("why. Not only MeshHook's: 20 % of the CPU time was taken by other guests");
});

test("there is no excuse on a machine that is as fast as the limit's own, and none for a limit that holds", () => {
  expect(explainCpuMisses([cpu], { rawHttpCpuUs: 1, stealShare: 0 })).toEqual([cpu]);
  const held = { ...cpu, holds: true };
  expect(explainCpuMisses([held], { rawHttpCpuUs: 200, stealShare: 0.2 })).toEqual([held]);
});
