import { describe, expect, it } from "vitest";

import { PLANTED_BUGS, type PlantedBug } from "./bugs.ts";
import { scenarioOf } from "./scenario.ts";
import { shrink } from "./shrink.ts";
import { simulate } from "./simulate.ts";

/** The first seed that shows each planted bug; docs/proof.md lists them. */
const SHOWN_BY: Readonly<Record<PlantedBug, number>> = {
  "ack-before-commit": 1,
  "effect-before-durable": 1,
  "no-fence": 1,
  "dedupe-ignored": 1,
  "cursor-before-fact": 1,
  "watermark-leads": 1,
  "segment-skipped": 1,
  "intent-forgotten": 1,
  "timer-early": 1,
  "parked-skipped": 1,
  "end-overwritten": 1,
  "fact-twice": 1,
  "lease-ignored": 1,
};

describe("simulated crashes, stalls, outages, lost answers and wrong clocks", () => {
  it("break no rule, in any of 100 scenarios in which everything that is rare happens", async () => {
    const sights: { [name: string]: number } = {};
    for (let seed = 1; seed <= 100; seed++) {
      const simulated = await simulate(scenarioOf(seed));
      expect(simulated.violations, `seed ${seed}; npm run test:simulation -- --seeds 1 --seed ${seed}`).toEqual([]);
      for (const [name, times] of Object.entries(simulated.sights)) sights[name] = (sights[name] ?? 0) + Number(times);
    }
    expect(Object.entries(sights).filter(([, times]) => times === 0)).toEqual([]);
  });

  it("happen in the same way each time", async () => {
    const traces = [await simulate(scenarioOf(7)), await simulate(scenarioOf(7))].map(({ trace }) => trace.join("\n"));
    expect(traces[0]?.length).toBeGreaterThan(1_000);
    expect(traces[0]).toBe(traces[1]);
  });
});

describe("a simulation with a planted bug", () => {
  it.each(Object.entries(SHOWN_BY))("finds %s", async (name, seed) => {
    const bug = name as PlantedBug;
    const { violations } = await simulate(scenarioOf(seed), bug);
    expect(violations, PLANTED_BUGS[bug]).not.toEqual([]);
  });

  it("is made smaller and still shows it", async () => {
    const scenario = scenarioOf(SHOWN_BY["ack-before-commit"]);
    const broken = await simulate(scenario, "ack-before-commit");
    const small = await shrink(scenario, broken, "ack-before-commit");
    expect(small.scenario.deliveries).toHaveLength(1);
    expect(small.scenario.faults).toEqual([]);
    expect(small.simulated.violations.map(({ rule }) => rule)).toContain("no webhook is accepted before it is durable");
  });
});
