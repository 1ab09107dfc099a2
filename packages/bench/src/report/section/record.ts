import type { BenchResult } from "../../result/result.ts";
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
    <p class="muted">All figures on this page are in <code>result.json</code> in the same folder.</p>`;
}
