import type { CanaryReading, LatencySummary, ScenarioResult } from "../../../result/result.ts";
import { percentilePlot } from "../../chart/percentile-plot.ts";
import { scenarioTimeline } from "../../chart/timeline/scenario-timeline.ts";
import type { Detail } from "../../detail.ts";
import { formatNumber, NO_FIGURE } from "../../format.ts";
import { html } from "../../html.ts";
import type { Html } from "../../html.ts";
import { intervalNote } from "../../interval.ts";
import { prose, statusBadge } from "../../markup.ts";
import { formatPercentile, shownThroughput } from "../../story.ts";
import { auditBox } from "./audit.ts";
import { blockTable } from "./blocks.ts";
import { capacityBlock } from "./capacity.ts";
import { databaseBlock } from "./database.ts";
import { scenarioDownloads } from "./downloads.ts";
import { faultTable } from "./faults.ts";
import { headline } from "./headline.ts";
import { latencyTable } from "./latency.ts";
import { loadFacts } from "./load.ts";
import { phaseBlock } from "./phases.ts";
import { reasonList } from "./reasons.ts";
import { resourceBlock } from "./resources.ts";
import { stallTable } from "./stalls.ts";
import { tailBlock } from "./tail.ts";
import { thresholdTable } from "./thresholds.ts";
import { trustBlock } from "./trust.ts";
import { workTable } from "./work.ts";

interface SectionOptions {
  /** Of the anchor inside: a link to it opens the section. */
  readonly id: string;
  readonly canaryBest: CanaryReading | null;
  readonly detail: Detail;
}

/** One scenario, closed until someone opens it: from its question to its raw figures. */
export function scenarioSection(scenario: ScenarioResult, { id, canaryBest, detail }: SectionOptions): Html {
  const parts = detail.partsOf(scenario);
  const isDrawn = parts.has("drawings");
  return html`<details class="scenario">
    <summary>
      <h3>${scenario.title}</h3>
      ${statusBadge(scenario.status)} <span class="scenario-gist">${gist(scenario)}</span>
    </summary>
    <div class="scenario-body" id="${id}">
      <p class="question">${prose(scenario.question)} <code class="scenario-name">${scenario.name}</code></p>
      ${scenario.generator.isBacked ? null : html`<p class="notice notice-warning"><b>Not backed.</b> The load generator could not keep up: ${scenario.generator.reasons.join("; ")}.</p>`}
      ${reasonList(scenario)} ${headline(scenario)} ${intervalNote(scenario)} ${auditBox(scenario)}
      <h4>Thresholds</h4>
      ${thresholdTable(scenario)} ${capacityBlock(scenario)}
      ${
        isDrawn
          ? html`<h4>Over time</h4>
              ${scenarioTimeline(scenario, detail)}`
          : null
      }
      ${faultTable(scenario)} ${parts.has("slow requests") ? [tailBlock(scenario), " ", stallTable(scenario)] : null}
      <h4>Latency</h4>
      ${isDrawn ? percentilePlot(scenario) : null} ${latencyTable(scenario)} ${isDrawn ? phaseBlock(scenario) : null}
      ${parts.has("blocks") ? blockTable(scenario, canaryBest) : null}
      <div class="columns">
        <div>
          <h4>Work per run</h4>
          ${workTable(scenario)}
        </div>
        ${
          isDrawn
            ? html`<div>
                <h4>Processes and the machine</h4>
                ${resourceBlock(scenario)}
              </div>`
            : null
        }
      </div>
      ${parts.has("database") && scenario.database !== null ? databaseBlock(scenario.database) : null}
      ${
        isDrawn
          ? html`<h4>Load</h4>
              ${loadFacts(scenario)} ${trustBlock(scenario)}`
          : null
      }
      ${
        scenario.notes.length === 0
          ? null
          : html`<h4>Notes</h4>
              <ul class="notes">
                ${scenario.notes.map((note) => html`<li>${prose(note)}</li>`)}
              </ul>`
      }
      ${scenarioDownloads(scenario, detail)}
    </div>
  </details>`;
}

/** What stands beside the title of a closed scenario. */
function gist(scenario: ScenarioResult): string {
  const throughput = shownThroughput(scenario);
  const { ack, lag } = scenario.latency;
  return [
    throughput === null ? null : `${formatNumber(throughput.completedPerSecond)} runs/s`,
    percentilesText("answer", ack),
    percentilesText("last line", lag),
    scenario.audit.isClean ? "audit clean" : "audit not clean",
  ]
    .filter((part) => part !== null)
    .join(" · ");
}

/** Those that the sample carries. */
function percentilesText(what: string, latency: LatencySummary | undefined): string | null {
  const shown = (["p50Ms", "p99Ms"] as const).flatMap((percentile) => {
    const text = formatPercentile(latency, percentile);
    return text === NO_FIGURE ? [] : [`${percentile.slice(0, 3)} ${text}`];
  });
  return shown.length === 0 ? null : `${what} ${shown.join(", ")}`;
}
