import { expect, test } from "vitest";
import { compareRounds } from "./compare-rounds.ts";
import type { PeerAudit, RoundFigures } from "./result.ts";

const CLEAN: PeerAudit = {
  isClean: true,
  accepted: 100,
  unknown: 0,
  finished: 100,
  lost: 0,
  doubled: 0,
  phantom: 0,
  effects: 0,
  effectsMissing: 0,
  effectsDoubled: 0,
  effectsWrong: 0,
};

function round(number: number, contestant: string, runsPerSecond: number | null, audit = CLEAN): RoundFigures {
  return {
    round: number,
    contestant,
    workflow: "pure",
    runsPerSecond,
    ackP50Ms: 2,
    ackP99Ms: null,
    doneP99Ms: 8,
    cpuSecondsPer1000: 0.5,
    walBytesPerRun: null,
    audit,
    generatorShare: 0.2,
    drainMs: 0,
  };
}

function ofPeer(rounds: readonly RoundFigures[]) {
  return compareRounds(rounds).find(({ contestant }) => contestant === "peer")!;
}

test("ratios are of the same round, so that what slows a whole round does not count", () => {
  // The machine halves its speed from round to round; MeshHook does eight times what the peer does in each.
  const rounds = [1, 2, 3, 4].flatMap((number) => {
    const speed = 1_000 / 2 ** number;
    return [round(number, "peer", speed), round(number, "meshhook", 8 * speed)];
  });
  const { figures, ratios } = ofPeer(rounds);
  expect(figures.runsPerSecond).toEqual({ median: 187.5, min: 62.5, max: 500, rounds: 4 });
  expect(ratios.runsPerSecond!.estimate).toBeCloseTo(8, 9);
  expect(ratios.runsPerSecond!.low).toBeCloseTo(8, 9);
  expect(ratios.runsPerSecond!.high).toBeCloseTo(8, 9);
});

test("with fewer than four rounds a ratio has no interval", () => {
  const { ratios } = ofPeer([
    round(1, "peer", 100),
    round(1, "meshhook", 200),
    round(2, "peer", 100),
    round(2, "meshhook", 800),
  ]);
  expect(ratios.runsPerSecond).toEqual({ estimate: expect.closeTo(4, 9), low: null, high: null, rounds: 2 });
});

test("what was not measured in a round leaves that round out", () => {
  const { figures, ratios } = ofPeer([
    round(1, "peer", null),
    round(1, "meshhook", 200),
    round(2, "peer", 100),
    round(2, "meshhook", 300),
  ]);
  expect(figures.runsPerSecond).toEqual({ median: 100, min: 100, max: 100, rounds: 1 });
  expect(ratios.runsPerSecond).toMatchObject({ estimate: expect.closeTo(3, 9), rounds: 1 });
  expect([figures.ackP99Ms, ratios.ackP99Ms]).toEqual([null, null]);
});

test("one round with an unclean audit takes all figures of a contestant; MeshHook's takes every ratio", () => {
  const unclean = { ...CLEAN, isClean: false, lost: 3 };
  const rounds = (peerAudit: PeerAudit, meshhookAudit: PeerAudit) => [
    round(1, "peer", 100),
    round(1, "meshhook", 200),
    round(2, "peer", 100, peerAudit),
    round(2, "meshhook", 200, meshhookAudit),
  ];
  const lossy = ofPeer(rounds(unclean, CLEAN));
  expect(lossy.withheld).toBe("The audit is not clean: of 200 accepted runs, 3 lost.");
  expect([lossy.figures.runsPerSecond, lossy.ratios.runsPerSecond]).toEqual([null, null]);
  const beside = ofPeer(rounds(CLEAN, unclean));
  expect(beside.figures.runsPerSecond?.median).toBe(100);
  expect(beside.ratios.runsPerSecond).toBeNull();
});
