import type { RunTimes } from "../audit/run-times.ts";
import { isAccepted, outcomeName } from "../load/ledger.ts";
import type { StreamReport } from "../load/subscriber/subscribers.ts";
import type { Audit } from "../result/result.ts";
import { refusalOf } from "../scenario/deliveries.ts";
import { numberInBlock } from "./evidence.ts";
import type { Evidence } from "./evidence.ts";
import { countEarly } from "./latencies.ts";

/** Failures by kind, over the whole load, including the warm-up. */
export function errorsOf(evidence: Evidence): { readonly [kind: string]: number } {
  const { scenario, measured, stream, audit, runs, alongside } = evidence;
  const { ledger } = measured.report;
  const errors: Record<string, number> = {};
  for (let n = 0; n < ledger.count; n += 1) {
    const outcome = ledger.outcome[n] ?? 0;
    if (isAccepted(outcome) || outcome === refusalOf(scenario.deliveries, numberInBlock(evidence, n))) continue;
    const name = outcomeName(outcome);
    errors[name] = (errors[name] ?? 0) + 1;
  }
  const { list = null, detail = null, neighbour = null, slowSenders = null } = alongside ?? {};
  if (list !== null) errors["list_failed"] = list.failed;
  if (detail !== null) errors["detail_failed"] = detail.failed;
  if (neighbour !== null) errors["neighbour_failed"] = neighbour.failed;
  if (slowSenders !== null) errors["slow_sender_failed"] = slowSenders.failed;
  const early = countEarly(evidence);
  if (early !== null) errors["early"] = early;
  if (stream !== null) Object.assign(errors, streamFaults(stream, runs, audit));
  return errors;
}

/** Each viewer must see each run of the scenario from its first line to its last, and in order. */
function streamFaults(
  stream: StreamReport,
  runs: readonly RunTimes[],
  audit: Audit,
): { readonly [kind: string]: number } {
  const known = new Set(runs.map(({ runId }) => runId));
  const sums = { gap: stream.announcedGaps, duplicate: 0, misordered: 0, ends: 0 };
  for (const view of stream.views) {
    if (!known.has(view.runId)) continue;
    sums.gap += view.gaps;
    sums.duplicate += view.duplicates;
    sums.misordered += view.misordered;
    if (view.endUs !== null) sums.ends += 1;
  }
  return {
    stream_gap: sums.gap,
    stream_duplicate: sums.duplicate,
    stream_misordered: sums.misordered,
    stream_missing_end: Math.max(0, audit.finished * stream.viewers - sums.ends),
    stream_broken: stream.broken,
  };
}
