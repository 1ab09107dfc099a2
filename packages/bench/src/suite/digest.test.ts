import { expect, test } from "vitest";
import { scenarioNamed } from "../scenario/catalogue.ts";
import { withRate } from "../scenario/load.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { digestOf } from "./digest.ts";

const nominal = scenarioNamed("webhook-ack-nominal");
const own = (output: string, body: string): Scenario => ({
  ...nominal,
  workflow: {
    kind: "own",
    path: "orders.json",
    document: { slug: "orders", nodes: { end: { type: "terminate@1", config: { output } } } },
    expect: { status: "succeeded", outputs: null, calls: 0 },
  },
  payload: { kind: "files", files: [{ path: "order.json", text: body }] },
});

test("the same question has the same digest, in whatever order and words it is put, and whatever its limits are", () => {
  expect(digestOf(nominal)).toMatch(/^[0-9a-f]{64}$/);
  const reordered = Object.fromEntries(Object.entries(nominal).toReversed()) as unknown as Scenario;
  expect(digestOf({ ...reordered, title: "Another title", thresholds: [] })).toBe(digestOf(nominal));
});

test("another rate, target, fault, workflow or body is another question, also under the same names", () => {
  if (nominal.load.kind !== "paced") throw new Error("It has a rate.");
  const questions = [
    nominal,
    { ...nominal, load: withRate(nominal.load, 200) },
    { ...nominal, target: { ...nominal.target, delayMs: 5 } },
    { ...nominal, faults: [{ kind: "kill-9", at: 1_000, down: 500 } as const] },
    own("yes", "{}"),
    own("no", "{}"),
    own("yes", '{"a":1}'),
  ];
  expect(new Set(questions.map(digestOf)).size).toBe(questions.length);
});
