import type { Estimate, RateSearchResult, Scalability, ScenarioResult } from "../../../result/result.ts";
import { curvePlot } from "../../chart/curve-plot.ts";
import { scalabilityPlot } from "../../chart/scalability-plot.ts";
import { formatDuration, formatMs, formatNumber, formatShare, NO_FIGURE } from "../../format.ts";
import { html } from "../../html.ts";
import type { Html } from "../../html.ts";
import { capitalised, facts, prose, statusBadge, table } from "../../markup.ts";

/** How much it can take: latency over load, the boundary that was found, and how throughput grows with senders or processes; null without. */
export function capacityBlock(scenario: ScenarioResult): Html | null {
  const { search = null, scalability = null } = scenario;
  const curve = curvePlot(scenario);
  if (curve === null && search === null && scalability === null) return null;
  return html`<h4>How much it can take</h4>
    ${curve} ${search === null ? null : probeTable(search)} ${scalability === null ? null : lawBlock(scalability)}`;
}

function probeTable({ probes, binding }: RateSearchResult): Html {
  return html`${binding.length === 0 ? null : html`<p>What was missed first: ${prose(binding.join("; "))}.</p>`}
  ${table(
    ["Rate", "Holds", "Phase", "Time", "Completed", "Answer p50", "Answer p99", "Backlog", "What was missed"],
    probes.map((probe) => [
      `${formatNumber(probe.ratePerSecond)}/s`,
      statusBadge(probe.holds ? "holds" : "missed"),
      PHASES[probe.phase],
      formatDuration(probe.durationMs),
      `${formatNumber(probe.achievedPerSecond)}/s`,
      formatMs(probe.ackP50Ms),
      formatMs(probe.ackP99Ms),
      probe.isBacklogFlat ? "flat" : `grows by ${formatNumber(probe.backlogGrowthPerSecond)}/s`,
      prose(probe.binding ?? ""),
    ]),
    [0, 3, 4, 5, 6],
  )}`;
}

const PHASES = { bracket: "doubled", bisect: "gap halved", sustain: "held for longer" } as const;

function lawBlock(scalability: Scalability): Html {
  const { law, whyNone, points, of } = scalability;
  return html`${scalabilityPlot(scalability)}
  ${
    law === null
      ? html`<p class="muted">No Universal Scalability Law was fitted: ${whyNone ?? "the points do not carry one"}.</p>`
      : facts([
          ["Of one (λ)", withRange(law.lambda, (value) => `${formatNumber(value)}/s`)],
          ["Waits for something shared (σ)", withRange(law.sigma, formatShare)],
          ["Cost of agreement (κ)", withRange(law.kappa, formatShare)],
          ["Holds for", `${formatNumber(law.validFrom)} to ${formatNumber(law.validUntil)} ${of}, not beyond`],
          ["Variance explained", formatShare(law.rSquared)],
        ])
  }
  ${table(
    [capitalised(of), "Completed", "Range over blocks", "Blocks", "Efficiency", "Law"],
    points.map(({ n, perSecond, low, high, blocks, efficiency, fittedPerSecond }) => [
      formatNumber(n),
      `${formatNumber(perSecond)}/s`,
      `${formatNumber(low)}–${formatNumber(high)}`,
      formatNumber(blocks),
      formatShare(efficiency),
      fittedPerSecond === null ? NO_FIGURE : `${formatNumber(fittedPerSecond)}/s`,
    ]),
    [0, 1, 2, 3, 4, 5],
  )}`;
}

/** `412/s, 95 % interval 398/s–431/s`. */
function withRange({ estimate, low, high }: Estimate, format: (value: number) => string): string {
  return `${format(estimate)}, 95 % interval ${format(low)}–${format(high)}`;
}
