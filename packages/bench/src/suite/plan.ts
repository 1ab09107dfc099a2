import { lasting } from "../scenario/change.ts";
import { blockMs, expectedMs } from "../scenario/length.ts";
import { withSeed } from "../scenario/load.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { ProgressListener } from "./options.ts";

/** A scenario with its durations multiplied; a window stays long enough to hold something. */
export function shortened(scenario: Scenario, scale: number): Scenario {
  if (scale === 1) return scenario;
  const { load } = scenario;
  return lasting(scenario, {
    durationMs: Math.max(1_000, load.durationMs * scale),
    warmupMs: load.kind === "paced" ? Math.max(500, load.warmupMs * scale) : Math.max(1_000, load.warmupMsMax * scale),
  });
}

/** A scenario whose random arrivals follow from the seed of the run. */
export function seeded(scenario: Scenario, seed: number): Scenario {
  const { load } = scenario;
  return load.kind === "paced" ? { ...scenario, load: withSeed(load, seed) } : scenario;
}

/** How long each load of the calibration lasts. */
export function calibrationMs(scale: number): number {
  return Math.max(300, 2_000 * scale);
}

/** How long each part is expected to take, in milliseconds; for progress only. */
export const plannedMs = {
  start: 6_000,
  calibration: (scale: number) => 1_000 + 4 * calibrationMs(scale),
  warmUp: (scale: number) => 1_500 + 4_000 * scale,
  roofs: (scale: number) => 3_000 + 8_000 * scale,
  scenario: expectedMs,
  block: blockMs,
};

/** Lines stay where they are printed; one every half second would bury the results. */
const LIVE_LINE_MS = 5_000;

/** Turns stages with planned lengths into a share and a time left. */
export class ProgressMeter {
  readonly #listener: ProgressListener;
  #totalMs: number;
  #doneMs = 0;
  #stage = "";
  #stageMs = 0;
  #stageStart = performance.now();
  #liveAt = Number.NEGATIVE_INFINITY;

  constructor(scenarios: readonly Scenario[], scale: number, listener: ProgressListener) {
    this.#listener = listener;
    const { calibration, start, warmUp, roofs } = plannedMs;
    const frame = calibration(scale) + start + warmUp(scale) + roofs(scale);
    this.#totalMs = scenarios.reduce((sum, scenario) => sum + plannedMs.scenario(scenario), frame);
  }

  /** The next part begins, and with it the one before ends, however long it took. */
  stage(stage: string, ms: number): void {
    this.#doneMs += this.#stageMs;
    this.#stage = stage;
    this.#stageMs = ms;
    this.#stageStart = performance.now();
    this.#liveAt = Number.NEGATIVE_INFINITY;
    this.#tell(null);
  }

  /** A part that was not planned is to come. */
  extend(ms: number): void {
    this.#totalMs += ms;
  }

  /** Something that just became known. */
  line(line: string): void {
    this.#tell(line);
  }

  /** Live figures of the part under way: a line now and then, the share every time. */
  live(line: string): void {
    const now = performance.now();
    const isDue = now - this.#liveAt >= LIVE_LINE_MS;
    if (isDue) this.#liveAt = now;
    this.#tell(isDue ? `${this.#stage}: ${line}` : null);
  }

  #tell(line: string | null): void {
    // A part that takes longer than planned stands still at its end instead of eating into the next.
    const inStage = Math.min(this.#stageMs, performance.now() - this.#stageStart);
    const leftMs = Math.max(0, this.#totalMs - this.#doneMs - inStage);
    this.#listener({
      share: 1 - leftMs / this.#totalMs,
      secondsLeft: Math.round(leftMs / 1_000),
      stage: this.#stage,
      line,
    });
  }
}
