import type { ScenarioResult } from "../../../result/result.ts";
import { html } from "../../html.ts";
import type { Html } from "../../html.ts";

/** All figures of a scenario as JSON. */
export function rawFigures(scenario: ScenarioResult): Html {
  return html`<details class="raw">
    <summary>Raw figures of this scenario</summary>
    ${scenario.artifacts.length === 0 ? null : html`<p>Full series: ${scenario.artifacts.map((file, index) => html`${index === 0 ? null : ", "}<code>${file}</code>`)}</p>`}
    <pre tabindex="0">${JSON.stringify(scenario, null, 2)}</pre>
  </details>`;
}
