import { describe, expect, it, vi } from "vitest";

import { PLANTED_BUGS, type PlantedBug } from "./bugs.ts";
import { FOUND } from "./found.ts";
import { scenarioOf, type Scenario } from "./scenario.ts";
import { shrink } from "./shrink.ts";
import { simulate, type Simulated } from "./simulate.ts";

// Many simulations, one after the other, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

/** From this seed on, one that shows each planted bug is looked for. */
const LOOK_FROM: Readonly<Record<PlantedBug, number>> = {
  "ack-before-commit": 1,
  "effect-before-durable": 1,
  "no-fence": 8,
  "dedupe-ignored": 1,
  "cursor-before-fact": 2,
  "watermark-leads": 2,
  "segment-skipped": 2,
  "intent-forgotten": 2,
  "timer-early": 3,
  "parked-skipped": 17,
  "end-overwritten": 2,
  "signal-lost": 1,
  "hold-forgotten": 1,
  "fact-twice": 11,
};

describe("simulated crashes, stalls, outages, lost answers and wrong clocks", () => {
  it("break no rule, in any of 20 scenarios, in which what is rare happens", async () => {
    const sights: { [name: string]: number } = {};
    for (let seed = 1; seed <= 20; seed++) {
      const simulated = await simulate(scenarioOf(seed));
      expect(simulated.violations, `seed ${seed}; npm run test:simulation -- --seeds 1 --seed ${seed}`).toEqual([]);
      for (const [name, times] of Object.entries(simulated.sights)) sights[name] = (sights[name] ?? 0) + Number(times);
    }
    // These are too rare for so few scenarios.
    const { fencedRows: _, unknownDeliveries: __, signalsTooLate: ___, lostAnswers: ____, ...common } = sights;
    expect(Object.entries(common).filter(([, times]) => times === 0)).toEqual([]);
  });

  it("happen in the same way each time", async () => {
    const traces = [await simulate(scenarioOf(7)), await simulate(scenarioOf(7))].map(({ trace }) => trace.join("\n"));
    expect(traces[0]).toMatch(/accepted/);
    expect(traces[0]).toBe(traces[1]);
  });
});

/** Made smaller by `shrink`, from seed 419: a process whose clock is behind parks a run, and ends before its first watermark. */
const PARKED_BEHIND_THE_WATERMARK: Scenario = {
  seed: 419,
  machines: 2,
  shards: 1,
  badness: 0.1,
  limits: { writers: 1, batchRowsMax: 100, runsLiveMax: 3, memoryHorizonMs: 500 },
  workflows: [{ nodes: [{ type: "loop@1", draw: 48_610, parents: [{ back: 7, port: 2 }] }] }],
  deliveries: [{ n: 22, atMs: 11_295, workflow: 0, isKeyed: true, copies: 1 }],
  cancels: [],
  signals: [],
  reruns: [],
  pauses: [],
  faults: [{ kind: "clock", machine: 1, atMs: 3_005, byMs: -53_851 }],
};

it("a run does not park where the shard's next owner would not look for it", async () => {
  expect((await simulate(PARKED_BEHIND_THE_WATERMARK)).violations).toEqual([]);
});

/** From seed 100041: a clock is set back while the intent of an at-most-once call is in flight. */
const CLOCK_SET_BACK_AFTER_AN_INTENT: Scenario = {
  seed: 100_041,
  machines: 3,
  shards: 2,
  badness: 0,
  limits: { writers: 1, batchRowsMax: 100, runsLiveMax: 50_000, memoryHorizonMs: 10_000 },
  workflows: [
    {
      nodes: [
        { type: "delay@1", draw: 236_434, parents: [{ back: 1, port: 5 }] },
        { type: "loop@1", draw: 66_936, parents: [{ back: 1, port: 2 }] },
        {
          type: "http_call@1",
          draw: 971_717,
          parents: [
            { back: 2, port: 4 },
            { back: 3, port: 1 },
          ],
        },
      ],
    },
  ],
  deliveries: [
    { n: 8, atMs: 2_050, workflow: 0, isKeyed: true, copies: 1 },
    { n: 9, atMs: 5_878, workflow: 0, isKeyed: true, copies: 1 },
  ],
  cancels: [],
  signals: [],
  reruns: [],
  pauses: [],
  faults: [
    { kind: "slow", atMs: 2_694, forMs: 8_085 },
    { kind: "clock", machine: 2, atMs: 8_847, byMs: -45_235 },
  ],
};

it("an at-most-once call goes out once its intent is durable, even if the clock was set back since", async () => {
  expect((await simulate(CLOCK_SET_BACK_AFTER_AN_INTENT)).violations).toEqual([]);
});

it.each(FOUND)("$title", async ({ scenario }) => {
  expect((await simulate(scenario)).violations).toEqual([]);
});

/** Which seed shows it depends on every detail of the engine; that one of these does is what counts. */
const LOOK_AT_MOST = 200;

async function find(bug: PlantedBug): Promise<{ readonly scenario: Scenario; readonly simulated: Simulated } | null> {
  for (let seed = LOOK_FROM[bug]; seed < LOOK_FROM[bug] + LOOK_AT_MOST; seed++) {
    const scenario = scenarioOf(seed);
    const simulated = await simulate(scenario, bug);
    if (simulated.violations.length > 0) return { scenario, simulated };
  }
  return null;
}

describe("a simulation with a planted bug", () => {
  it.each(Object.keys(LOOK_FROM))("finds %s", async (name) => {
    const bug = name as PlantedBug;
    expect(await find(bug), PLANTED_BUGS[bug]).not.toBeNull();
  });

  it("is made smaller and still shows it", async () => {
    const found = await find("ack-before-commit");
    if (found === null) throw new Error("No seed shows it");
    const small = await shrink(found.scenario, found.simulated, "ack-before-commit");
    expect(small.scenario.deliveries).toHaveLength(1);
    expect(JSON.stringify(small.scenario).length).toBeLessThan(JSON.stringify(found.scenario).length / 2);
    expect(small.simulated.violations.map(({ rule }) => rule)).toContain("no webhook is accepted before it is durable");
  });
});
