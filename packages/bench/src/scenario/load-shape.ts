import { arriving, bursts, constant, ramp, spike, steps, trace } from "../load/profile/profile.ts";
import type { LoadProfile } from "../load/profile/profile.ts";
import { shown } from "../shape/mistake.ts";
import type { INVALID, Place } from "../shape/mistake.ts";
import { fileName } from "./files-beside.ts";
import type { FileBeside, FilesBeside } from "./files-beside.ts";
import { choice, flag, list, made, number, object, optional, variants } from "../shape/shape.ts";
import type { Shape, ShapeOf } from "../shape/shape.ts";
import { duration, durationText, rate } from "../shape/units.ts";
import { paced, RATE_MAX } from "./load.ts";
import type { PacedLoad, SaturatingLoad } from "./load.ts";

/** The longest load, warm-up included: the ledger of a load counts microseconds in 32 bits. */
export const LOAD_MS_MAX = 30 * 60_000;

const rateOf = (description: string) => rate(description, { max: RATE_MAX });
const timeOf = (description: string, minMs = 1) => duration(description, { minMs, maxMs: LOAD_MS_MAX });

/** MeshHook starts no more. */
const PROCESSES_MAX = 64;

const warmup = optional(
  timeOf("Before the measured part, at the rate it begins with; not measured. Left out: 2s.", 0),
  2_000,
);
const length = timeOf("Of the measured part.");
const arrivals = optional(
  choice(
    "even: as regularly as the rate allows. poisson: as senders that know nothing of each other, by the seed of the run. Left out: even.",
    ["even", "poisson"],
  ),
  "even",
);
const overload = optional(
  flag("Whether the load is meant to be more than MeshHook takes: then 503 is an allowed answer, and counted."),
  false,
);
const open = { warmup, arrivals, overload };

const PROFILES = {
  constant: object("The same rate throughout.", { ...open, rate: rateOf("Webhooks per time."), duration: length }),
  soak: object("The same rate for a long time.", { ...open, rate: rateOf("Webhooks per time."), duration: length }),
  ramp: object("From one rate to another in a straight line.", {
    ...open,
    from: rateOf("The rate at the start."),
    to: rateOf("The rate at the end."),
    duration: length,
  }),
  steps: object("Several rates, each for the same time.", {
    ...open,
    rates: list("The rates, one after the other.", rateOf("A rate."), 1),
    each: timeOf("How long each rate is held."),
  }),
  spike: object(
    "A rate with one peak in it.",
    {
      ...open,
      rate: rateOf("The rate around the peak."),
      peak: rateOf("The rate of the peak."),
      at: timeOf("When the peak begins, counted from the start of the measured part.", 0),
      for: timeOf("How long the peak lasts."),
      duration: length,
    },
    (load, at) => {
      const endMs = (load.at ?? 0) + (load.for ?? 0);
      if (load.duration !== undefined && endMs > load.duration)
        at.in("for").report(
          `The peak ends ${durationText(endMs)} into a measured part of ${durationText(load.duration)}.`,
          "Let it begin earlier or last less long, or lengthen the duration.",
        );
    },
  ),
  burst: object(
    "A rate with a peak at the start of every period.",
    {
      ...open,
      rate: rateOf("The rate between the peaks."),
      peak: rateOf("The rate of a peak."),
      every: timeOf("From the start of one peak to the start of the next."),
      for: timeOf("How long a peak lasts."),
      duration: length,
    },
    (load, at) => {
      if (load.every !== undefined && load.for !== undefined && load.for > load.every)
        at.in("for").report(
          `A peak of ${durationText(load.for)} is longer than its period of ${durationText(load.every)}.`,
          "Let it last less long, or lengthen the period.",
        );
    },
  ),
  saturation: object(
    "As much as MeshHook takes from a number of senders that each wait for their answer. 503 is an allowed answer.",
    {
      senders: number("Senders.", { min: 1, max: 10_000, isWhole: true }),
      warmup: optional(
        timeOf("The warm-up ends when the rate is steady, and here at the latest. Left out: 8s.", 0),
        8_000,
      ),
      duration: length,
    },
  ),
  search: object(
    "The highest rate at which every limit holds and as many runs end as webhooks come: each block tries another rate. 503 is an allowed answer, and a rate at which it comes does not hold.",
    {
      from: rateOf("The rate to begin with; one that should hold."),
      min: optional(rateOf("The lowest rate to try. Left out: 10/s."), 10),
      max: optional(rateOf("The highest rate to try. Left out: 20000/s."), 20_000),
      resolution: optional(
        number("How far the lowest rate that fails may lie above the highest that holds, as a share. Left out: 0.05.", {
          min: 0.01,
          max: 1,
        }),
        0.05,
      ),
      warmup,
      each: timeOf("How long a rate is tried."),
      sustain: timeOf("How long the highest rate is held in the end."),
    },
    (load, at) => {
      const { from, min = 10, max = 20_000 } = load;
      if (from !== undefined && !(min <= from && from <= max))
        at.in("from").report(
          `The rate to begin with, ${String(from)}/s, is not between the lowest, ${String(min)}/s, and the highest, ${String(max)}/s.`,
          "Begin between them, or let them lie further apart.",
        );
    },
  ),
  scale: object(
    "As much as MeshHook takes from several numbers of senders that each wait for their answer: each block has another number. 503 is an allowed answer.",
    {
      senders: list(
        "The numbers of senders. A law can be fitted to six different ones and more, from 1 to 4 and more.",
        number("Senders.", { min: 1, max: 10_000, isWhole: true }),
        2,
      ),
      warmup: optional(
        timeOf("The warm-up ends when the rate is steady, and here at the latest. Left out: 3s.", 0),
        3_000,
      ),
      each: timeOf("How long each number is measured."),
    },
  ),
  processes: object(
    "As much as several numbers of MeshHook processes on one port take from senders that each wait for their answer: before each block, MeshHook is started again with another number. 503 is an allowed answer.",
    {
      processes: list(
        "The numbers of processes. A law can be fitted to six different ones and more, from 1 to 4 and more.",
        number("MeshHook processes.", { min: 1, max: PROCESSES_MAX, isWhole: true }),
        2,
      ),
      senders: number("Senders.", { min: 1, max: 10_000, isWhole: true }),
      warmup: optional(
        timeOf("The warm-up ends when the rate is steady, and here at the latest. Left out: 5s.", 0),
        5_000,
      ),
      each: timeOf("How long each number is measured."),
    },
  ),
};

/** Recorded instants again; they are in a file. */
function traceProfile(files: FilesBeside) {
  return object("Recorded instants again.", {
    warmup,
    overload,
    file: made(
      fileName(
        "Path of a text file with one time per line, in milliseconds from the start, in order; relative to this file.",
        files,
      ),
      instantsIn,
    ),
    duration: optional(timeOf("Of the measured part. Left out: to just after the last instant."), null),
  });
}

const documented = (files: FilesBeside) =>
  variants("When webhooks are sent.", "profile", { ...PROFILES, trace: traceProfile(files) });

type LoadDocument = ShapeOf<ReturnType<typeof documented>>;

/** The load of a scenario file. */
export const loadShape = (files: FilesBeside): Shape<PacedLoad | SaturatingLoad> =>
  made(documented(files), (load, at) => {
    switch (load.profile) {
      case "saturation":
        return withinLimit(
          { kind: "saturating", senders: load.senders, warmupMsMax: load.warmup, durationMs: load.duration },
          load.warmup + load.duration,
          at,
        );
      case "search": {
        const { from, min, max, resolution, warmup: warmupMs, each, sustain } = load;
        const read = paced(constant(from, each), { warmupMs, isOverload: true });
        const search = { minPerSecond: min, maxPerSecond: max, resolution, sustainMs: sustain };
        return withinLimit({ ...read, search }, warmupMs + Math.max(each, sustain), at);
      }
      case "scale":
        return withinLimit(
          {
            kind: "saturating",
            senders: Math.max(...load.senders),
            warmupMsMax: load.warmup,
            durationMs: load.each,
            sweep: [...new Set(load.senders)].sort((a, b) => a - b),
          },
          load.warmup + load.each,
          at,
        );
      case "processes":
        return withinLimit(
          {
            kind: "saturating",
            senders: load.senders,
            warmupMsMax: load.warmup,
            durationMs: load.each,
            sweep: [...new Set(load.processes)].sort((a, b) => a - b),
            swept: "processes",
          },
          load.warmup + load.each,
          at,
        );
      case "trace": {
        const durationMs = load.duration ?? Math.floor(load.file.at(-1) ?? 0) + 1;
        const read = paced(trace(load.file, durationMs), { warmupMs: load.warmup, isOverload: load.overload });
        return withinLimit(read, read.warmupMs + read.durationMs, at);
      }
      default: {
        const profile = profileOf(load);
        const arranged = load.arrivals === "even" ? profile : arriving(profile, { kind: "poisson", seed: 1 });
        const read = paced(arranged, { warmupMs: load.warmup, isOverload: load.overload });
        return withinLimit(read, read.warmupMs + read.durationMs, at);
      }
    }
  });

function withinLimit<Load>(load: Load, totalMs: number, at: Place): Load | typeof INVALID {
  return totalMs <= LOAD_MS_MAX
    ? load
    : at.report(
        `The load takes ${durationText(totalMs)}, warm-up included; the most is ${durationText(LOAD_MS_MAX)}.`,
        "Shorten it.",
      );
}

function profileOf(
  load: Exclude<LoadDocument, { readonly profile: "saturation" | "search" | "scale" | "processes" | "trace" }>,
): LoadProfile {
  switch (load.profile) {
    case "constant":
    case "soak":
      return constant(load.rate, load.duration);
    case "ramp":
      return ramp(load.from, load.to, load.duration);
    case "steps":
      return steps(load.rates, load.each);
    case "spike":
      return spike({
        ratePerSecond: load.rate,
        peakPerSecond: load.peak,
        atMs: load.at,
        forMs: load.for,
        durationMs: load.duration,
      });
    default:
      return bursts({
        ratePerSecond: load.rate,
        peakPerSecond: load.peak,
        everyMs: load.every,
        forMs: load.for,
        durationMs: load.duration,
      });
  }
}

function instantsIn({ text }: FileBeside, at: Place): readonly number[] | typeof INVALID {
  const offsets: number[] = [];
  const lines = text.trimEnd().split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    const offset = line.trim() === "" ? Number.NaN : Number(line);
    if (!(offset >= (offsets.at(-1) ?? 0)) || offset > LOAD_MS_MAX)
      return at.report(
        `Line ${String(index + 1)} of the file, ${shown(line)}, is not a time from that of the line before to ${String(LOAD_MS_MAX)} ms.`,
        "Write one number of milliseconds per line, in ascending order.",
      );
    offsets.push(offset);
  }
  return offsets;
}
