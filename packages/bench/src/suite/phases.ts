import type { Ledger } from "../load/ledger.ts";
import type { RunTimes } from "../audit/run-times.ts";
import { LatencyRecorder } from "../measure/latency.ts";
import type { Phase } from "../result/result.ts";
import { isWithin } from "./window.ts";
import type { Window } from "./window.ts";

/** Where the instants of a run's life come from. */
export interface PhaseInput {
  readonly ledger: Ledger;
  readonly runs: readonly RunTimes[];
  /** First arrival at the sink, by run; null when the workflow calls nobody. */
  readonly firstEffectUs: ReadonlyMap<string, number> | null;
  /** Arrival of the last line at a viewer, by run; null without viewers. */
  readonly lastLineUs: ReadonlyMap<string, number> | null;
  /** Only requests intended within these windows, in microseconds of the ledger. */
  readonly windows: readonly Window[];
}

/**
 * Cuts a run's life into stretches on one clock, from the intended send to the last thing somebody outside sees of it.
 *
 * Means add up by construction, except where two clocks disagree and a stretch would come out negative: it counts as zero, and the
 * difference is the unexplained rest, the last phase. Postgres stamps a commit just before it flushes it: the flush belongs to the
 * phase that follows a commit.
 */
export function phasesOf(input: PhaseInput): Phase[] {
  const stops = stopsOf(input);
  const stretches = stops.slice(1).map(() => new LatencyRecorder());
  const total = new LatencyRecorder();
  for (const run of input.runs) {
    const intendedUs = input.ledger.intendedUs[run.n];
    if (!isWithin(intendedUs, input.windows)) continue;
    const instants = stops.map((stop) => stop.at(run));
    if (instants.some((instant) => instant === null)) continue;
    stretches.forEach((stretch, index) => stretch.record((instants[index + 1] ?? 0) - (instants[index] ?? 0)));
    total.record((instants.at(-1) ?? 0) - (instants[0] ?? 0));
  }
  if (total.count === 0) return [];
  const phases = stretches.map((stretch, index) =>
    phase(stops[index + 1]?.phase ?? "", stops[index]?.name ?? "", stops[index + 1]?.name ?? "", stretch, total),
  );
  const explainedMs = phases.reduce((sum, { meanMs }) => sum + meanMs, 0);
  const restMs = total.meanMs - explainedMs;
  return [
    ...phases,
    {
      name: "unexplained",
      from: stops[0]?.name ?? "",
      to: stops.at(-1)?.name ?? "",
      p50Ms: restMs,
      p99Ms: null,
      meanMs: restMs,
      share: restMs / total.meanMs,
    },
  ];
}

interface Stop {
  /** The instant's name. */
  readonly name: string;
  /** The name of the stretch that ends here. */
  readonly phase: string;
  /** Unix microseconds; null when it is not known for this run, which is then left out. */
  at(run: RunTimes): number | null;
}

function stopsOf({ ledger, firstEffectUs, lastLineUs }: PhaseInput): Stop[] {
  const ofLedger = (column: Int32Array) => (run: RunTimes) => {
    const us = column[run.n];
    return us === undefined || us < 0 ? null : ledger.startedAtUs + us;
  };
  const stops: Stop[] = [
    { name: "intended send", phase: "", at: ofLedger(ledger.intendedUs) },
    { name: "received", phase: "send and receive", at: (run) => run.receivedUs },
    { name: "committed", phase: "durable", at: (run) => run.ackedUs },
  ];
  if (firstEffectUs !== null) {
    stops.push(
      { name: "first call at its target", phase: "first step", at: (run) => firstEffectUs.get(run.runId) ?? null },
      { name: "end committed", phase: "call and end", at: (run) => run.doneUs },
    );
  }
  if (lastLineUs !== null) {
    stops.push({ name: "last line at a viewer", phase: "stream", at: (run) => lastLineUs.get(run.runId) ?? null });
  } else if (firstEffectUs === null) {
    stops.push({ name: "answer at the sender", phase: "flush and answer", at: ofLedger(ledger.answeredUs) });
  }
  return stops;
}

function phase(name: string, from: string, to: string, stretch: LatencyRecorder, total: LatencyRecorder): Phase {
  const { p50Ms, p99Ms } = stretch.summary();
  const { meanMs } = stretch;
  return { name, from, to, p50Ms: p50Ms ?? stretch.percentileMs(50) ?? 0, p99Ms, meanMs, share: meanMs / total.meanMs };
}
