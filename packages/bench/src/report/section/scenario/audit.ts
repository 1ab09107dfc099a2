import type { ScenarioResult } from "../../../result/result.ts";
import { formatNumber } from "../../format.ts";
import { html } from "../../html.ts";
import type { Html } from "../../html.ts";

/** What the audit counted, and whether it is clean. */
export function auditBox({ audit }: ScenarioResult): Html {
  const counts = (pairs: readonly (readonly [string, number])[]) =>
    html`<dl class="audit-counts">
      ${pairs.map(
        ([label, count]) =>
          html`<div>
            <dt>${label}</dt>
            <dd>${formatNumber(count)}</dd>
          </div>`,
      )}
    </dl>`;
  return html`<div class="audit ${audit.isClean ? "audit-clean" : "audit-dirty"}">
    <p class="audit-title">
      <span aria-hidden="true">${audit.isClean ? "✓" : "✗"}</span>
      ${audit.isClean ? "Audit clean" : "Audit not clean, so no throughput is shown for this scenario"}
    </p>
    ${counts([
      ["sent", audit.sent],
      ["accepted", audit.accepted],
      ["rejected", audit.rejected],
      ["no answer", audit.unknown],
      ["runs", audit.runs],
      ["finished", audit.finished],
    ])}
    ${counts([
      ["lost", audit.lost],
      ["duplicated", audit.duplicated],
      ["out of order", audit.outOfOrder],
      ["stuck", audit.stuck],
      ["phantom", audit.phantom],
      ["effects", audit.effects],
      ["repeated effects", audit.effectRepeats],
      ["missing effects", audit.effectsMissing],
      ["unexpected effects", audit.effectsUnexpected],
      ["wrong effects", audit.effectsWrong],
      ["before their commit", audit.beforeCommit],
      ["results read", audit.resultsChecked],
      ["wrong results", audit.resultsWrong],
    ])}
    ${
      audit.details.length === 0
        ? null
        : html`<ul>
            ${audit.details.map((detail) => html`<li>${detail}</li>`)}
          </ul>`
    }
  </div>`;
}
