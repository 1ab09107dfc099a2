/** What a load at one rate showed. */
export interface Probe {
  /** Requests per second that were offered. */
  readonly ratePerSecond: number;
  readonly phase: ProbePhase;
  /** Every limit held. */
  readonly holds: boolean;
  /** Runs completed as fast as they were accepted. */
  readonly isBacklogFlat: boolean;
  /** The limit that was missed, in words. */
  readonly binding?: string;
}

/** `bracket` doubles, `bisect` halves the gap, `sustain` puts the same question over a longer time. */
export type ProbePhase = "bracket" | "bisect" | "sustain";

export interface SaturationOptions {
  /** Where to begin: a rate that should hold. */
  readonly startPerSecond: number;
  readonly minPerSecond: number;
  readonly maxPerSecond: number;
  /** The first failing rate is at most this share above the last passing one; 0.05 when absent. */
  readonly resolution?: number;
  /** Probes in all; 24 when absent. */
  readonly probesMax?: number;
}

/** What to do next. */
export type SaturationStep =
  | { readonly kind: "probe"; readonly ratePerSecond: number; readonly phase: ProbePhase }
  | { readonly kind: "done"; readonly result: SaturationResult };

/** The boundary between rates that hold and rates that do not. */
export interface SaturationResult {
  /** The highest rate that passed; null when none did. */
  readonly lastPassingPerSecond: number | null;
  /** The lowest rate that failed; null when none did. */
  readonly firstFailingPerSecond: number | null;
  /** Whether the last passing rate also passed over the longer time; without it, quote the rate as a burst only. */
  readonly isSustained: boolean;
  /** What was missed at the first failing rate. */
  readonly binding: readonly string[];
  /** `boundary`: found. `maximum`: nothing failed. `minimum`: nothing passed. `probes`: they ran out first. */
  readonly because: "boundary" | "maximum" | "minimum" | "probes";
}

/** A disturbance only makes things worse, so one pass is a pass, and a miss is tried again: two are a failure. */
const MISSES = 2;
/** A rate that does not last is left by this much at once. */
const STEP_BACK = 0.9;

/**
 * Searches for the highest rate at which every limit holds and the backlog stays flat: doubles until a rate fails, halves the gap,
 * then sustains the highest passing rate, and steps back while it does not last.
 *
 * Pure: given all probes so far, it says what to try next, or the result. The boundary is reported as [last passing, first failing],
 * because on a real machine it is a range. A rate that passed above one that failed does not count.
 *
 * Source: the search that NVIDIA AIPerf calls adaptive scale; the backlog as a condition: Camunda, on started and completed instances.
 *
 * @throws RangeError  for rates that are not 0 < minimum ≤ start ≤ maximum, or a resolution that is not above 0.
 */
export function nextProbe(probes: readonly Probe[], options: SaturationOptions): SaturationStep {
  const { startPerSecond, minPerSecond, maxPerSecond, resolution = 0.05, probesMax = 24 } = options;
  if (!(minPerSecond > 0 && minPerSecond <= startPerSecond && startPerSecond <= maxPerSecond))
    throw new RangeError(
      `rates must satisfy 0 < minimum ≤ start ≤ maximum, got ${minPerSecond}, ${startPerSecond} and ${maxPerSecond}`,
    );
  if (!(resolution > 0)) throw new RangeError(`the resolution must be above 0, got ${resolution}`);

  const { passing, failing, sustained, hasSustainFailed, isOpen } = standing(probes);
  const done = (because: SaturationResult["because"]): SaturationStep => ({
    kind: "done",
    result: {
      lastPassingPerSecond: passing,
      firstFailingPerSecond: failing,
      isSustained: sustained !== null && sustained === passing,
      binding: bindingAt(probes, failing),
      because,
    },
  });
  const probe = (ratePerSecond: number, phase: ProbePhase): SaturationStep => ({ kind: "probe", ratePerSecond, phase });

  const last = probes.at(-1);
  if (sustained !== null) return done(failing === null ? "maximum" : "boundary");
  if (failing !== null && failing <= minPerSecond) return done("minimum");
  if (probes.length >= probesMax) return done("probes");
  if (last !== undefined && isOpen) return probe(last.ratePerSecond, last.phase);
  if (failing === null) {
    if (passing === null) return probe(startPerSecond, "bracket");
    return passing < maxPerSecond ? probe(Math.min(2 * passing, maxPerSecond), "bracket") : probe(passing, "sustain");
  }
  if (hasSustainFailed) return probe(Math.max(minPerSecond, passing ?? 0, rounded(STEP_BACK * failing)), "sustain");
  if (passing === null) return probe(Math.max(minPerSecond, rounded(failing / 2)), "bracket");
  const between = rounded(Math.sqrt(passing * failing));
  return failing / passing - 1 > resolution && between > passing && between < failing
    ? probe(between, "bisect")
    : probe(passing, "sustain");
}

/** What the probes have shown so far. */
function standing(probes: readonly Probe[]) {
  const misses = new Map<string, number>();
  const failed: Probe[] = [];
  for (const probe of probes) {
    if (passes(probe)) continue;
    const key = `${probe.phase} ${String(probe.ratePerSecond)}`;
    const count = (misses.get(key) ?? 0) + 1;
    misses.set(key, count);
    if (count === MISSES) failed.push(probe);
  }
  const failing = failed.length === 0 ? null : Math.min(...failed.map(({ ratePerSecond }) => ratePerSecond));
  const passed = probes.filter((probe) => passes(probe) && (failing === null || probe.ratePerSecond < failing));
  const last = probes.at(-1);
  return {
    passing: passed.length === 0 ? null : Math.max(...passed.map(({ ratePerSecond }) => ratePerSecond)),
    failing,
    sustained: passed.find(({ phase }) => phase === "sustain")?.ratePerSecond ?? null,
    hasSustainFailed: failed.some(({ phase }) => phase === "sustain"),
    /** The last probe missed for the first time. */
    isOpen: last !== undefined && !passes(last) && !failed.includes(last),
  };
}

function passes({ holds, isBacklogFlat }: Probe): boolean {
  return holds && isBacklogFlat;
}

function bindingAt(probes: readonly Probe[], ratePerSecond: number | null): readonly string[] {
  const missed = probes.filter((probe) => probe.ratePerSecond === ratePerSecond && !passes(probe));
  const words = missed.map(({ binding, isBacklogFlat }) => binding ?? (isBacklogFlat ? null : "the backlog grew"));
  return [...new Set(words.filter((each) => each !== null))];
}

/** Three significant digits: a rate that people can type, and finer than any boundary is. */
function rounded(ratePerSecond: number): number {
  return Number(ratePerSecond.toPrecision(3));
}
