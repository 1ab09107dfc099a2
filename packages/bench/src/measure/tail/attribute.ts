import { CAUSES } from "../../result/tail.ts";
import type { CauseName } from "../../result/result.ts";
import type { Evidence } from "./evidence.ts";

/** A request that took long; Unix microseconds. */
export interface SlowWait {
  /** When it was due. */
  readonly fromUs: number;
  /** When the generator sent it, which is its own delay; equal to `fromUs` where the generator is not to blame. */
  readonly sentUs: number;
  readonly untilUs: number;
}

export interface AttributionInput {
  readonly waits: readonly SlowWait[];
  readonly evidence: readonly Evidence[];
  /** What a request takes when nothing happens: the median. */
  readonly typicalUs: number;
  /** The load, from its first request to its last answer. */
  readonly fromUs: number;
  readonly untilUs: number;
}

/** Microseconds of one request's excess by cause. What is missing to `excessUs` is not explained. */
export interface Attribution {
  readonly excessUs: number;
  readonly byCause: ReadonlyMap<CauseName, number>;
}

/** Evidence is laid on cells of this length. */
const CELL_US = 1_000;
/** Less of the load outside the slow waits says nothing about what is usual. */
const OUTSIDE_SHARE_MIN = 0.2;

/**
 * Divides what each slow request took beyond the usual among the causes that were seen while it waited.
 *
 * At each instant the first cause in the order of `CAUSES` counts, with the others taking what it leaves: a collection that ran late
 * because there was no CPU is a matter of the CPU. Of each cause only what it was more than usual counts, where the usual is its mean
 * over the load outside the slow waits: a checkpoint that runs all the time explains nothing (the attributable fraction of epidemiology,
 * p(exposed | slow) − p(exposed | not slow)).
 *
 * Cost: linear in the milliseconds of the load, the evidence and the requests; 30 bytes for each millisecond of the load.
 */
export function attribute({ waits, evidence, typicalUs, fromUs, untilUs }: AttributionInput): Attribution[] {
  const startUs = Math.min(fromUs, ...waits.slice(0, 1).map((wait) => wait.fromUs));
  const cells = Math.max(
    1,
    Math.ceil((waits.reduce((last, wait) => Math.max(last, wait.untilUs), untilUs) - startUs) / CELL_US),
  );
  const isInside = new Uint8Array(cells);
  const left = new Float32Array(cells).fill(1);
  const weight = new Float32Array(cells);
  const credit = new Float64Array(cells + 1);
  const cellOf = (us: number) => Math.min(cells, Math.max(0, (us - startUs) / CELL_US));
  for (const wait of waits) isInside.fill(1, Math.floor(cellOf(wait.fromUs)), Math.ceil(cellOf(wait.untilUs)));

  const explained = waits.map(() => new Map<CauseName, number>());
  for (const cause of CAUSES) {
    if (cause === "generator") {
      waits.forEach((wait, index) => explained[index]?.set(cause, Math.max(0, wait.sentUs - wait.fromUs)));
      continue;
    }
    const seen = evidence.filter((item) => item.cause === cause);
    if (seen.length === 0) continue;
    weight.fill(0);
    for (const item of seen) lay(weight, cellOf(item.fromUs), cellOf(item.untilUs), item.weight);
    const usual = usualWeight(weight, isInside);
    for (let cell = 0; cell < cells; cell += 1) {
      const taken = isInside[cell] === 1 ? Math.min(left[cell] ?? 0, Math.max(0, (weight[cell] ?? 0) - usual)) : 0;
      left[cell] = (left[cell] ?? 0) - taken;
      credit[cell + 1] = (credit[cell] ?? 0) + taken;
    }
    waits.forEach((wait, index) => {
      const us = (sumAt(credit, cellOf(wait.untilUs)) - sumAt(credit, cellOf(wait.sentUs))) * CELL_US;
      if (us > 0) explained[index]?.set(cause, us);
    });
  }
  return waits.map((wait, index) => fitted(wait.untilUs - wait.fromUs - typicalUs, explained[index] ?? new Map()));
}

/** Adds a stretch to the cells it covers; of several at one instant the heaviest counts. */
function lay(weight: Float32Array, from: number, until: number, value: number): void {
  for (let cell = Math.floor(from); cell < Math.ceil(until); cell += 1) {
    const covered = Math.min(cell + 1, until) - Math.max(cell, from);
    weight[cell] = Math.max(weight[cell] ?? 0, value * covered);
  }
}

function usualWeight(weight: Float32Array, isInside: Uint8Array): number {
  let [all, outside, outsideCells] = [0, 0, 0];
  for (let cell = 0; cell < weight.length; cell += 1) {
    all += weight[cell] ?? 0;
    if (isInside[cell] === 1) continue;
    outside += weight[cell] ?? 0;
    outsideCells += 1;
  }
  return outsideCells >= OUTSIDE_SHARE_MIN * weight.length ? outside / outsideCells : all / weight.length;
}

function sumAt(credit: Float64Array, position: number): number {
  const cell = Math.floor(position);
  const [before = 0, after = before] = [credit[cell], credit[cell + 1]];
  return before + (after - before) * (position - cell);
}

/** The usual part of the wait may lie within the evidence: then the causes explain no more than the excess. */
function fitted(excessUs: number, explained: ReadonlyMap<CauseName, number>): Attribution {
  const positiveUs = Math.max(0, excessUs);
  const sumUs = [...explained.values()].reduce((sum, us) => sum + us, 0);
  const factor = sumUs > positiveUs ? positiveUs / sumUs : 1;
  return {
    excessUs: positiveUs,
    byCause: new Map([...explained].filter(([, us]) => us > 0).map(([cause, us]) => [cause, us * factor])),
  };
}
