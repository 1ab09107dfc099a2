import type { RateSearchResult, Scalability, ScenarioResult } from "../result/result.ts";
import { formatNumber } from "./format.ts";

/** What a scenario that tried several loads found, in one sentence; null for any other. */
export function severalLoadsText({ name, search, scalability }: ScenarioResult): string | null {
  if (search !== undefined) return `${name}: ${searchText(search)}`;
  return scalability === undefined ? null : `${name}: ${scalabilityText(scalability)}`;
}

/** As in "400/s sustained for 15 s; 420/s failed: `latency.ack.p99Ms <= 100`, measured 310". */
export function searchText({
  lastPassingPerSecond: passing,
  firstFailingPerSecond: failing,
  isSustained,
  sustainMs,
  binding,
  because,
}: RateSearchResult): string {
  const held =
    passing === null
      ? "no rate held"
      : isSustained
        ? `${formatNumber(passing)}/s sustained for ${formatNumber(sustainMs / 1_000)} s`
        : `${formatNumber(passing)}/s held for a short time only`;
  const failed =
    failing === null
      ? because === "maximum"
        ? "nothing higher was tried"
        : "no rate failed"
      : `${formatNumber(failing)}/s failed${binding[0] === undefined ? "" : `: ${binding[0]}`}`;
  return `${held}; ${failed}${because === "stopped" ? " (the search was stopped)" : ""}`;
}

/** As in "5,100/s at most, with about 64 senders; 0.9 of linear up to 4 (valid from 1 to 128)". */
export function scalabilityText({ law, whyNone, points, of }: Scalability): string {
  const [best] = points.toSorted((a, b) => b.perSecond - a.perSecond);
  const most =
    best === undefined
      ? "nothing was measured"
      : `${formatNumber(best.perSecond)}/s with ${formatNumber(best.n)} ${of} at most`;
  if (law === null) return `${most}. ${whyNone ?? ""}`.trimEnd();
  const linear =
    law.linearUntil === null ? "not linear anywhere" : `at least 0.9 of linear up to ${formatNumber(law.linearUntil)}`;
  const peak =
    law.peak === null ? "no peak in range" : `peak at about ${formatNumber(Math.round(law.peak.n.estimate))}`;
  return `${most}; ${linear}, ${peak} (valid from ${formatNumber(law.validFrom)} to ${formatNumber(law.validUntil)} ${of})`;
}
