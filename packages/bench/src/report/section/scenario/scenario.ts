import type { ScenarioResult } from "../../../result/result.ts";
import { percentilePlot } from "../../chart/percentile-plot.ts";
import { html } from "../../html.ts";
import type { Html } from "../../html.ts";
import { prose, statusBadge } from "../../markup.ts";
import { auditBox } from "./audit.ts";
import { databaseBlock } from "./database.ts";
import { headline } from "./headline.ts";
import { latencyTable } from "./latency.ts";
import { loadFacts } from "./load.ts";
import { phaseBlock } from "./phases.ts";
import { rawFigures } from "./raw.ts";
import { reasonList } from "./reasons.ts";
import { hostLine, resourceTable } from "./resources.ts";
import { episodeBlock } from "./stalls.ts";
import { thresholdTable } from "./thresholds.ts";
import { timeline } from "./timeline.ts";
import { trustBlock } from "./trust.ts";
import { workTable } from "./work.ts";

/** One scenario, from its question to its raw figures. `id` is the anchor. */
export function scenarioSection(scenario: ScenarioResult, id: string): Html {
  return html`<section class="scenario" id="${id}">
    <header class="scenario-head">
      <h3>${scenario.title}</h3>
      ${statusBadge(scenario.status)}<code class="scenario-name">${scenario.name}</code>
    </header>
    <p class="question">${prose(scenario.question)}</p>
    ${scenario.generator.isBacked ? null : html`<p class="notice notice-warning"><b>Not backed.</b> The load generator could not keep up: ${scenario.generator.reasons.join("; ")}.</p>`}
    ${reasonList(scenario)} ${headline(scenario)} ${auditBox(scenario)}
    <h4>Thresholds</h4>
    ${thresholdTable(scenario)}
    <h4>Latency</h4>
    <div class="columns">
      ${percentilePlot(scenario.latency)}
      <div>${latencyTable(scenario)}</div>
    </div>
    ${episodeBlock(scenario)} ${timeline(scenario)} ${phaseBlock(scenario)}
    <div class="columns">
      <div>
        <h4>Work per run</h4>
        ${workTable(scenario)}
      </div>
      <div>
        <h4>Resources</h4>
        ${resourceTable(scenario)}${hostLine(scenario)}
      </div>
    </div>
    ${scenario.database === null ? null : databaseBlock(scenario.database)}
    <h4>Load</h4>
    ${loadFacts(scenario)} ${trustBlock(scenario)}
    ${
      scenario.notes.length === 0
        ? null
        : html`<h4>Notes</h4>
            <ul class="notes">
              ${scenario.notes.map((note) => html`<li>${prose(note)}</li>`)}
            </ul>`
    }
    ${rawFigures(scenario)}
  </section>`;
}
