import type { ScenarioResult, ThresholdResult } from "../../../result/result.ts";
import { shareBar } from "../../chart/share-bar.ts";
import { formatNumber, NO_FIGURE } from "../../format.ts";
import { html } from "../../html.ts";
import type { Html, HtmlValue } from "../../html.ts";
import { withInterval } from "../../interval.ts";
import { capitalised, prose, statusBadge, table } from "../../markup.ts";
import { formatActual } from "../../story.ts";

/** Every threshold with what was measured, how much of the limit that is, and what the limit would be on this machine. */
export function thresholdTable(scenario: ScenarioResult): Html {
  if (scenario.thresholds.length === 0) return html`<p class="muted">None.</p>`;
  return table(
    ["Holds", "Threshold", "Measured", "Of the limit", "Limit here", "Blocks that miss it", "A miss means"],
    scenario.thresholds.map((threshold) => [
      statusBadge(threshold.holds ? "holds" : threshold.actual === null ? "not shown" : "missed"),
      html`<code>${threshold.expression}</code> <span class="why">${prose(capitalised(threshold.reason))}</span>`,
      withInterval(formatActual(threshold.actual), scenario, metricOf(threshold), formatNumber),
      usedShare(threshold),
      limitHere(threshold),
      threshold.blocks
        ? `${formatNumber(threshold.blocks.missed)} of ${formatNumber(threshold.blocks.judged)}`
        : NO_FIGURE,
      KINDS[threshold.kind],
    ]),
    [2],
  );
}

function metricOf({ expression }: ThresholdResult): string {
  return expression.split(" ")[0] ?? "";
}

/** How much of an upper limit is used; nothing says so of a lower one, or of a limit of zero. */
function usedShare({ expression, actual, holds }: ThresholdResult): HtmlValue {
  const found = /^\S+ <=? (\d[\d.]*)$/.exec(expression);
  const limit = Number(found?.[1] ?? 0);
  if (actual === null || !(limit > 0)) return NO_FIGURE;
  return shareBar(Math.max(0, actual) / limit, holds ? "plain" : "over");
}

/** Only limits that depend on the machine have one of their own here. */
function limitHere({ kind, limitHere }: ThresholdResult): HtmlValue {
  if (kind !== "limit" || limitHere === undefined) return NO_FIGURE;
  return limitHere === null
    ? "the same"
    : html`${formatNumber(limitHere)} <span class="interval">slower machine</span>`;
}

const KINDS = {
  gate: "failed",
  limit: "failed on a quiet machine",
  precondition: "nothing was tested",
} as const;
