import type { BenchResult } from "../result/result.ts";
import { formatTime } from "./format.ts";
import { Html, html } from "./html.ts";
import { contents } from "./page/contents.ts";
import { styleSheet } from "./page/style.ts";
import { topBar } from "./page/top-bar.ts";
import { scenarioAnchor } from "./section/anchor.ts";
import { environment } from "./section/environment.ts";
import { findingsSection } from "./section/findings.ts";
import { methodText } from "./section/method.ts";
import { nextSteps } from "./section/next-steps.ts";
import { opening } from "./section/opening.ts";
import { overviewTable } from "./section/overview.ts";
import { record } from "./section/record.ts";
import { roofs } from "./section/roofs.ts";
import { scenarioSection } from "./section/scenario/scenario.ts";
import { tellStory } from "./story.ts";

/**
 * Writes the report as one page: no script, no network, light and dark, for screen and print.
 *
 * Everything in the result is taken as untrusted text and escaped; the page's own policy forbids scripts and requests
 * besides.
 */
export function renderHtmlReport(result: BenchResult): string {
  const story = tellStory(result);
  const title = `${story.verdict}: MeshHook benchmark, ${result.suite}, ${formatTime(result.startedAtMs)}`;
  return html`${doctype}
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
        />
        <link rel="icon" href="data:," />
        <title>${title}</title>
        <style>
          ${styleSheet()}
        </style>
      </head>
      <body>
        <a class="skip" href="#content">Skip to the verdict</a>
        ${topBar(result)}
        <div class="frame">
          ${contents(result)}
          <main id="content">
            ${opening(result, story)} ${nextSteps(result, story)}
            <section id="findings">
              <h2>Findings and recommendations</h2>
              ${findingsSection(result.findings)}
            </section>
            <section id="scenarios">
              <h2>Scenarios</h2>
              ${overviewTable(result)}
            </section>
            <section id="details">
              <h2>Scenario by scenario</h2>
              <p class="muted">Select a scenario to open it.</p>
              ${result.scenarios.map((scenario, index) => scenarioSection(scenario, scenarioAnchor(index), result.canaryBest ?? null))}
            </section>
            <section id="roofs">
              <h2>What this machine can do at most</h2>
              ${roofs(result)}
            </section>
            <section id="method">
              <h2>Method</h2>
              ${methodText()}
            </section>
            <section id="environment">
              <h2>Environment</h2>
              ${environment(result)}
            </section>
            <section id="record">
              <h2>Record</h2>
              ${record(result)}
            </section>
          </main>
        </div>
      </body>
    </html> `.text;
}

const doctype = new Html("<!doctype html>\n");
