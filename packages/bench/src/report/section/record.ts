import type { BenchResult } from "../../result/result.ts";
import { downloadLink } from "../download.ts";
import { figuresCsv, seriesCsv } from "../figures-csv.ts";
import { formatDuration, formatTime } from "../format.ts";
import { html } from "../html.ts";
import type { Html } from "../html.ts";
import { facts } from "../markup.ts";

/** What it takes to repeat the measurement. */
export function record(result: BenchResult): Html {
  return html`<p>To repeat the measurement, run:</p>
    <pre tabindex="0">${result.command}</pre>
    ${facts([
      ["Run", result.id],
      [
        "Commit",
        result.commit === null
          ? "not in a checkout"
          : html`<code class="wrap">${result.commit.revision}</code
              >${result.commit.isDirty ? " with uncommitted changes" : null}`,
      ],
      ["Seed", String(result.seed)],
      ["Started", formatTime(result.startedAtMs)],
      ["Duration", formatDuration(result.finishedAtMs - result.startedAtMs)],
      ["Schema", `version ${result.schemaVersion}`],
    ])}
    <h3>Deviations from the plan</h3>
    ${
      result.deviations.length === 0
        ? html`<p>None.</p>`
        : html`<ul>
            ${result.deviations.map((deviation) => html`<li>${deviation}</li>`)}
          </ul>`
    }
    <h3>Raw figures</h3>
    <p>
      ${downloadLink({ label: "Figures of all scenarios with their ranges, CSV", fileName: "figures.csv", type: "text/csv", text: figuresCsv(result.scenarios) }, "figures.csv")}
      ·
      ${downloadLink({ label: "Second by second, CSV", fileName: "series.csv", type: "text/csv", text: seriesCsv(result.scenarios) }, "series.csv")}
      · <a href="result.json"><code>result.json</code></a> and <a href="junit.xml"><code>junit.xml</code></a> in the
      same folder
    </p>`;
}
