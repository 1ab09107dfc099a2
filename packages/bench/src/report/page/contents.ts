import type { BenchResult } from "../../result/result.ts";
import { html } from "../html.ts";
import type { Html } from "../html.ts";
import { statusSign } from "../markup.ts";
import { scenarioAnchor } from "../section/anchor.ts";

/** Links to every part of the page. */
export function contents(result: BenchResult): Html {
  return html`<nav class="contents" aria-label="Contents">
    <ol>
      <li><a href="#content">Verdict</a></li>
      ${result.scenarios.some(({ reasons }) => reasons.length > 0) || result.findings.length > 0 ? html`<li><a href="#next">What to do next</a></li>` : null}
      <li>
        <a href="#findings"
          >Findings${result.findings.length === 0 ? null : html` <span class="count">${result.findings.length}</span>`}</a
        >
      </li>
      <li><a href="#scenarios">Scenarios</a></li>
      <li>
        <a href="#details">Scenario by scenario</a>
        <ol>
          ${result.scenarios.map((scenario, index) => html`<li><a href="#${scenarioAnchor(index)}">${scenario.status === "passed" ? null : html`<span class="${scenario.status === "failed" ? "bad" : "warn"}" title="${scenario.status}">${statusSign(scenario.status)}</span> `}${scenario.title}</a></li>`)}
        </ol>
      </li>
      <li><a href="#roofs">Roofs</a></li>
      <li><a href="#method">Method</a></li>
      <li><a href="#environment">Environment</a></li>
      <li><a href="#record">Record</a></li>
    </ol>
  </nav>`;
}
