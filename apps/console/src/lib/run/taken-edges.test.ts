import { expect, it } from "vitest";

import { ANSWERED, asResources, CALLING, DELIVERY, failed, ms, planOf, RUN_ID } from "../../../test/run-histories.ts";
import { RecomputedRun } from "./recomputed-run.ts";
import { isTaken } from "./taken-edges.ts";

it("follows the ports that steps took", () => {
  const definition = { ...CALLING, edges: [...CALLING.edges, { from: "send", port: "error", to: "small" }] };
  const taken = (...facts: Parameters<typeof asResources>[0]): string[] => {
    const run = new RecomputedRun(planOf(definition), RUN_ID);
    run.take(asResources([[DELIVERY], ...facts]));
    const steps = new Map(run.picture().steps.map((step) => [step.node, step]));
    return definition.edges
      .filter((edge) => isTaken(edge, steps.get(edge.from)))
      .map(({ from, to }) => `${from} ${to}`);
  };
  expect(taken()).toEqual(["hook total", "total send"]);
  expect(taken([failed(1, ms(1), 400)])).toEqual(["hook total", "total send", "send small"]);
  const timer = { kind: "timer", node: "pause", at: ms(2_600) } as const;
  expect(taken([{ ...ANSWERED, attempt: 1 } as typeof ANSWERED], [timer])).toEqual([
    "hook total",
    "total send",
    "send pause",
    "pause size",
    "size small",
  ]);
});
