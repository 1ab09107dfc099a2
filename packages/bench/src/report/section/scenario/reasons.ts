import type { ScenarioResult } from "../../../result/result.ts";
import { html } from "../../html.ts";
import type { Html } from "../../html.ts";
import { prose, statusBadge } from "../../markup.ts";

/** Why a scenario did not pass, each reason with its next step. */
export function reasonList({ reasons }: ScenarioResult): Html | null {
  if (reasons.length === 0) return null;
  return html`<ul class="reasons">
    ${reasons.map(
      ({ verdict, text, next }) =>
        html`<li>
          ${statusBadge(verdict)} ${prose(text)} <span class="muted"><b>Next:</b> ${prose(next)}</span>
        </li>`,
    )}
  </ul>`;
}
