import { hasSeveralLoads, mayShed, withTimes } from "../scenario/load.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { RepeatRule } from "./repetition.ts";
import { seededRandom } from "../stats/index.ts";

/** How a suite repeats its scenarios. */
export interface Repetition {
  readonly blocks: number;
  /** Of the scenario's own measured time, for each block. */
  readonly share: number;
  /** Blocks that may be added to a scenario that did not pass, one after the other. */
  readonly extraMax: number;
  /** Blocks are added to each scenario until its figures are tight, up to so many; null where their number is fixed. */
  readonly untilTight: { readonly blocksMax: number; readonly suiteMs: number } | null;
}

// Three blocks have no interval, but a miss can be told from a disturbance, and four minutes have no room for more.
const QUICK: Repetition = { blocks: 3, share: 1 / 3, extraMax: 2, untilTight: null };

const REPETITIONS: { readonly [suite: string]: Repetition } = {
  quick: QUICK,
  // Half an hour, with the calibration before and the report after.
  standard: { blocks: 5, share: 0.4, extraMax: 3, untilTight: { blocksMax: 12, suiteMs: 28 * 60_000 } },
  full: { blocks: 10, share: 1, extraMax: 3, untilTight: { blocksMax: 30, suiteMs: 4 * 60 * 60_000 } },
};

/** @param blocks  How many were asked for, and no more; null for as many as the suite has. */
export function repetitionOf(suite: string, blocks: number | null): Repetition {
  const repetition = REPETITIONS[suite] ?? QUICK;
  return blocks === null ? repetition : { ...repetition, blocks, untilTight: null };
}

/** What a suite repeats in turns. */
export interface PlannedScenario {
  /** As it is described; what the result says about its load is that of its blocks. */
  readonly scenario: Scenario;
  /** The scenario as one block runs it. */
  readonly block: Scenario;
  /** Of a scenario with several loads, how often all of them are tried. */
  readonly blocks: number;
}

/** The system is warm from the block before; what is left are connections. */
const WARMUP_MS_MAX = 1_000;
const SATURATING_WARMUP_MS_MAX = 5_000;
const BLOCK_MS_MIN = 1_000;
/** A scenario that cannot be cut is long, and its figures are counts; the quick suite has time for one. */
const WHOLE_BLOCKS_MAX = 2;

/**
 * Cuts a scenario into blocks. A fault takes its own time, and a load with a shape is one whole: such scenarios are not cut, and repeated
 * less.
 */
export function planBlocks(scenario: Scenario, { blocks, share }: Repetition): PlannedScenario {
  const { load } = scenario;
  if (hasSeveralLoads(load))
    return { scenario, block: scenario, blocks: load.kind === "paced" ? 1 : Math.min(blocks, WHOLE_BLOCKS_MAX) };
  if (!canBeCut(scenario)) {
    const whole = blocks <= QUICK.blocks ? 1 : WHOLE_BLOCKS_MAX;
    return { scenario, block: scenario, blocks: whole };
  }
  const durationMs = Math.max(Math.min(BLOCK_MS_MIN, load.durationMs), Math.round(load.durationMs * share));
  const block: Scenario = {
    ...scenario,
    load:
      load.kind === "paced"
        ? withTimes(load, { warmupMs: Math.min(load.warmupMs, WARMUP_MS_MAX), durationMs })
        : { ...load, warmupMsMax: Math.min(load.warmupMsMax, SATURATING_WARMUP_MS_MAX), durationMs },
  };
  return { scenario, block, blocks };
}

/** How often the blocks of one scenario are repeated. What cannot be cut is long, so its blocks are as many as planned. */
export function ruleOf({ scenario, blocks }: PlannedScenario, { untilTight }: Repetition): RepeatRule {
  const isUntilTight = untilTight !== null && canBeCut(scenario);
  return { blocksMin: blocks, blocksMax: untilTight?.blocksMax ?? blocks, isUntilTight };
}

function canBeCut({ faults, load }: Scenario): boolean {
  if (faults.length > 0) return false;
  if (load.kind === "saturating") return true;
  const [part, ...others] = load.profile.parts;
  return others.length === 0 && part?.kind === "rate" && part.fromPerSecond === part.toPerSecond;
}

/** One turn of a suite: a block of a scenario, or the machine's roofs, which belong beside the saturated blocks they are compared with. */
export type Turn =
  | { readonly kind: "block"; readonly planned: PlannedScenario; readonly round: number }
  | { readonly kind: "roofs"; readonly round: number }
  /** All blocks of a scenario with several loads, each of which may depend on those before. */
  | { readonly kind: "several"; readonly planned: PlannedScenario };

/**
 * All turns of a suite, in rounds: each round has one block of every scenario that has one left, in an order of its own that follows from
 * the seed. What disturbs the machine for half a minute then meets one block of several scenarios instead of all blocks of one.
 *
 * Loads at the system's limit have rounds of their own after the others: the hundreds of thousands of rows that they leave to be vacuumed
 * and checkpointed would show as tails in whatever runs next. Scenarios that try several loads come last, one after the other.
 */
export function turnsOf(planned: readonly PlannedScenario[], seed: number): Turn[] {
  const isHeavy = ({ scenario: { load } }: PlannedScenario) => mayShed(load);
  const random = seededRandom(seed);
  const single = planned.filter(({ scenario: { load } }) => !hasSeveralLoads(load));
  const several = planned.filter((each) => !single.includes(each));
  return [
    ...roundsOf(
      single.filter((each) => !isHeavy(each)),
      random,
    ),
    ...roundsOf(single.filter(isHeavy), random),
    ...several.map((each): Turn => ({ kind: "several", planned: each })),
  ];
}

function roundsOf(planned: readonly PlannedScenario[], random: () => number): Turn[] {
  const rounds = Math.max(0, ...planned.map(({ blocks }) => blocks));
  return Array.from({ length: rounds }, (_, round) => {
    const due = planned.filter(({ blocks }) => round < blocks);
    const turns: Turn[] = due.map((each) => ({ kind: "block", planned: each, round }));
    if (due.some(({ scenario }) => scenario.load.kind === "saturating")) turns.push({ kind: "roofs", round });
    return shuffled(turns, random);
  }).flat();
}

/** Every order is as likely as any other (Fisher and Yates). */
export function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    const [a, b] = [result[last], result[other]];
    if (a !== undefined && b !== undefined) [result[last], result[other]] = [b, a];
  }
  return result;
}
