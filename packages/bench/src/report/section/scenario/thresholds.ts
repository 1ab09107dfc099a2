import type { ScenarioResult } from "../../../result/result.ts";
import { html } from "../../html.ts";
import type { Html } from "../../html.ts";
import { prose, statusBadge, table } from "../../markup.ts";
import { formatActual } from "../../story.ts";

/** Every threshold with what was measured. */
export function thresholdTable(scenario: ScenarioResult): Html {
  if (scenario.thresholds.length === 0) return html`<p class="muted">None.</p>`;
  return table(
    ["Holds", "Threshold", "Measured", "A miss means", "Reason"],
    scenario.thresholds.map((threshold) => [
      statusBadge(threshold.holds ? "holds" : threshold.actual === null ? "not shown" : "missed"),
      html`<code>${threshold.expression}</code>`,
      formatActual(threshold.actual),
      KINDS[threshold.kind],
      prose(capitalised(threshold.reason)),
    ]),
    [2],
  );
}

function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

const KINDS = {
  gate: "failed",
  limit: "failed on a quiet machine",
  precondition: "nothing was tested",
} as const;
