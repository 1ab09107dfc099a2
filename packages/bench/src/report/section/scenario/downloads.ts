import type { ScenarioResult } from "../../../result/result.ts";
import { isCut } from "../../detail.ts";
import type { Detail } from "../../detail.ts";
import { downloadLink } from "../../download.ts";
import { figuresCsv, seriesCsv } from "../../figures-csv.ts";
import { html } from "../../html.ts";
import type { Html } from "../../html.ts";

/** The figures of a scenario to take along, and where its whole record is. */
export function scenarioDownloads(scenario: ScenarioResult, detail: Detail): Html {
  const { name, artifacts } = scenario;
  if (!detail.hasExtras)
    return html`<h4>Raw figures</h4>
      <p>
        ${!isCut(detail.partsOf(scenario)) ? null : html`Not everything that was measured is shown here: with so many scenarios, the page would be too large. `}The
        rows of <code>${name}</code> in <a href="figures.csv"><code>figures.csv</code></a> and
        <a href="series.csv"><code>series.csv</code></a
        >, everything in <a href="result.json"><code>result.json</code></a
        >, and the record of every request in <code>dataset/${name}</code>.
      </p>`;
  return html`<h4>Raw figures</h4>
    <p>
      ${downloadLink({ label: "Figures with their ranges, CSV", fileName: `${name}-figures.csv`, type: "text/csv", text: figuresCsv([scenario]) }, "figures.csv")}
      ·
      ${downloadLink({ label: "Second by second, CSV", fileName: `${name}-series.csv`, type: "text/csv", text: seriesCsv([scenario]) }, "series.csv")}
      · everything, with histograms: <a href="result.json"><code>result.json</code></a>
    </p>
    ${
      artifacts.length === 0
        ? null
        : html`<p class="muted">
            Record of every request:
            ${artifacts.map((file, index) => html`${index === 0 ? null : ", "}<code class="wrap">${file}</code>`)}
          </p>`
    }`;
}
