import type { ScenarioResult } from "../../../result/result.ts";
import { formatMs, formatShare } from "../../format.ts";
import { html } from "../../html.ts";
import type { Html } from "../../html.ts";
import { table } from "../../markup.ts";

/** Where the mean time of a run goes. */
export function phaseBlock({ phases }: ScenarioResult): Html | null {
  if (phases.length === 0) return null;
  const total = phases.reduce((sum, phase) => sum + phase.meanMs, 0);
  const label = phases.map((phase) => `${phase.name} ${formatShare(phase.share)}`).join(", ");
  return html`<h4>Where the time goes</h4>
    <div class="phase-bar" role="img" aria-label="Parts of the mean end-to-end time: ${label}">
      ${phases.map(
        (phase, index) =>
          html`<span
            class="phase phase-${(index % 6) + 1}"
            style="flex-grow:${Math.max(0, phase.share).toFixed(4)}"
            title="${phase.name}: ${formatMs(phase.meanMs)}, ${formatShare(phase.share)}"
            >${phase.share >= 0.04 ? index + 1 : null}</span
          >`,
      )}
    </div>
    ${table(
      ["(Number)", "Phase", "From", "To", "Mean", "p50", "p99", "Share"],
      [
        ...phases.map((phase, index) => [
          html`<span class="phase-key phase-${(index % 6) + 1}">${index + 1}</span>`,
          phase.name,
          phase.from,
          phase.to,
          formatMs(phase.meanMs),
          formatMs(phase.p50Ms),
          formatMs(phase.p99Ms),
          formatShare(phase.share),
        ]),
        ["", html`<b>End to end</b>`, "", "", html`<b>${formatMs(total)}</b>`, "", "", ""],
      ],
      [4, 5, 6, 7],
    )}`;
}
