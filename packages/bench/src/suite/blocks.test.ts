import { expect, test } from "vitest";
import { scenarioNamed } from "../scenario/catalogue.ts";
import { suiteScenarios } from "../scenario/suites.ts";
import { planBlocks, repetitionOf, turnsOf } from "./blocks.ts";
import type { PlannedScenario, Turn } from "./blocks.ts";

const QUICK = suiteScenarios("quick").map(scenarioNamed);

function planned(suite: string, blocks: number | null = null): readonly PlannedScenario[] {
  return QUICK.map((scenario) => planBlocks(scenario, repetitionOf(suite, blocks)));
}

function namesOf(turns: readonly Turn[]): readonly string[] {
  return turns.map((turn) => (turn.kind === "roofs" ? "roofs" : turn.planned.scenario.name));
}

test("blocks of the quick suite are short, and together as long as the scenario", () => {
  for (const { scenario, block, blocks } of planned("quick")) {
    if (scenario.faults.length > 0) {
      expect(blocks).toBe(1);
      expect(block).toBe(scenario);
      continue;
    }
    expect(blocks).toBe(3);
    expect(block.load.durationMs * 3).toBeCloseTo(scenario.load.durationMs, -1);
    if (block.load.kind === "paced" && scenario.load.kind === "paced")
      expect(block.load.ratePerSecond).toBeCloseTo(scenario.load.ratePerSecond, 6);
  }
});

test("other suites have five blocks and more; a number of blocks that is asked for counts", () => {
  for (const suite of ["standard", "full"])
    for (const { scenario, blocks } of planned(suite))
      expect(blocks).toBeGreaterThanOrEqual(scenario.faults.length > 0 ? 2 : 5);
  expect(planned("quick", 7).every(({ scenario, blocks }) => scenario.faults.length > 0 || blocks === 7)).toBe(true);
});

test("a load with a shape is not cut: half a spike is another question", () => {
  const scenario = scenarioNamed("webhook-ack-nominal");
  if (scenario.load.kind !== "paced") throw new Error("It has a rate.");
  const part = { kind: "rate", fromPerSecond: 10, toPerSecond: 100, durationMs: 15_000 } as const;
  const ramp = { ...scenario, load: { ...scenario.load, profile: { ...scenario.load.profile, parts: [part] } } };
  expect(planBlocks(ramp, repetitionOf("quick", null))).toMatchObject({ block: ramp, blocks: 1 });
});

test("each round has one block of every scenario, in an order of its own that the seed decides", () => {
  const plan = planned("quick");
  const turns = turnsOf(plan, 1);
  expect(namesOf(turnsOf(plan, 1))).toEqual(namesOf(turns));
  expect(namesOf(turnsOf(plan, 2))).not.toEqual(namesOf(turns));
  for (const { scenario, blocks } of plan)
    expect(namesOf(turns).filter((name) => name === scenario.name)).toHaveLength(blocks);
  const rounds = [0, 1, 2].map((round) => turns.filter((turn) => turn.kind !== "several" && turn.round === round));
  for (const round of rounds) expect(new Set(namesOf(round)).size).toBe(round.length);
  const calm = rounds.map((round) => namesOf(round).filter((name) => name.includes("nominal")));
  expect(new Set(calm.map((names) => names.join())).size).toBeGreaterThan(1);
});

test("saturated blocks come after everything that wants a quiet disk, with the roofs of each round among them", () => {
  const names = namesOf(turnsOf(planned("quick"), 3));
  const first = names.findIndex((name) => name.includes("saturation") || name === "roofs");
  expect(names.slice(first).every((name) => name.includes("saturation") || name === "roofs")).toBe(true);
  expect(names.filter((name) => name === "roofs")).toHaveLength(3);
});
