import type { RunEvent } from "@meshhook/core";
import { expect, it } from "vitest";

import { NESTED, planOf } from "../../../test/run-histories.ts";
import {
  bracketsOf,
  isIteration,
  isWithin,
  iterationText,
  placeAround,
  placeFrom,
  placeOfEvent,
  topOf,
} from "./place.ts";

const plan = planOf(NESTED);

it("is read from an address: a step, a step in iterations, an iteration, and otherwise the outermost loop", () => {
  expect(placeFrom(plan, "hook", null)).toEqual({ node: "hook" });
  expect(placeFrom(plan, "send", "3.0")).toEqual({ node: "send", iteration: [3, 0] });
  expect(placeFrom(plan, "lines", "3")).toEqual({ node: "lines", iteration: [3] });
  expect(placeFrom(plan, "lines", "3.0")).toEqual({ node: "lines", iteration: [3, 0] });
  for (const wrong of [null, "3", "3.0.1", "x", "-1.0", "3.0,1"])
    expect(placeFrom(plan, "send", wrong), String(wrong)).toEqual({ node: "orders" });
  expect(placeFrom(plan, "hook", "1")).toEqual({ node: "hook" });
  for (const unknown of [null, "-", "gone"]) expect(placeFrom(plan, unknown, "3")).toBeNull();
});

it("is written as the engine and as addresses write it", () => {
  expect([bracketsOf([3, 0]), iterationText([3, 0])]).toEqual(["[3][0]", "3.0"]);
  expect([bracketsOf(undefined), iterationText(undefined)]).toEqual(["", null]);
});

it("leads outwards: from a step to its iteration, from there to the loop, and so on", () => {
  const seen = [{ node: "send", iteration: [3, 0] }];
  for (let at = placeAround(plan, seen[0]!); at !== null; at = placeAround(plan, at)) seen.push(at as never);
  expect(seen).toEqual([
    { node: "send", iteration: [3, 0] },
    { node: "lines", iteration: [3, 0] },
    { node: "lines", iteration: [3] },
    { node: "orders", iteration: [3] },
    { node: "orders" },
  ]);
  expect(seen.map((place) => isIteration(plan, place))).toEqual([false, true, false, true, false]);
  expect(topOf(plan, "send")).toBe("orders");
});

it("contains what happened in it: the step itself, and the steps in the body of a loop or of one iteration", () => {
  const sent = { node: "send", iteration: [3, 0] };
  for (const around of [
    sent,
    { node: "lines", iteration: [3, 0] },
    { node: "lines", iteration: [3] },
    { node: "orders" },
  ])
    expect(isWithin(plan, sent, around), JSON.stringify(around)).toBe(true);
  for (const beside of [{ node: "send", iteration: [3, 1] }, { node: "orders", iteration: [2] }, { node: "hook" }])
    expect(isWithin(plan, sent, beside), JSON.stringify(beside)).toBe(false);
});

it("of the line that tells the end of an iteration is that iteration", () => {
  const event = { type: "iteration.failed", node: "lines", iteration: [3], data: { index: 0 } } as unknown as RunEvent;
  expect(placeOfEvent(event)).toEqual({ node: "lines", iteration: [3, 0] });
  expect(placeOfEvent({ ...event, type: "step.failed" })).toEqual({ node: "lines", iteration: [3] });
  const { node: _, iteration: __, ...about } = event;
  expect(placeOfEvent({ ...about, type: "run.started" })).toBeNull();
});
