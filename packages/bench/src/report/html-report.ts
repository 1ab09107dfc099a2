import type { BenchResult } from "../result/result.ts";
import { firstWhere } from "../stats/first-where.ts";
import { DETAILS } from "./detail.ts";
import type { Detail } from "./detail.ts";
import { formatTime } from "./format.ts";
import { html } from "./html.ts";
import { contents } from "./page/contents.ts";
import { page } from "./page/shell.ts";
import { topBar } from "./page/top-bar.ts";
import { scenarioAnchor } from "./section/anchor.ts";
import { environment } from "./section/environment.ts";
import { findingsSection } from "./section/findings.ts";
import type { RetestOutcome } from "./section/findings.ts";
import { methodText } from "./section/method.ts";
import { nextSteps } from "./section/next-steps.ts";
import { opening } from "./section/opening.ts";
import { overviewTable } from "./section/overview.ts";
import { record } from "./section/record.ts";
import { roofs } from "./section/roofs.ts";
import { scenarioSection } from "./section/scenario/scenario.ts";
import { tellStory } from "./story.ts";

/** A page that opens at once, also from an attachment. */
const BYTES_MAX = 1_500_000;

/**
 * Writes the report as one page of at most 1.5 MB. With many scenarios, it leaves out what most can do without, first of those that passed,
 * and says so; all figures are in `result.json`. Everything in the result is taken as untrusted text and escaped.
 *
 * @param retests  Of the result's recommendations; the latest of each finding is shown.
 */
export function renderHtmlReport(result: BenchResult, retests: readonly RetestOutcome[] = []): string {
  const pages = new Map<number, string>();
  const pageOf = (level: number) => {
    const detail = DETAILS[level];
    const page = pages.get(level) ?? (detail === undefined ? "" : renderWith(detail, result, retests));
    pages.set(level, page);
    return page;
  };
  const fits = (level: number) => Buffer.byteLength(pageOf(level)) <= BYTES_MAX;
  const last = DETAILS.length - 1;
  return pageOf(fits(0) ? 0 : (firstWhere(fits, last) ?? last));
}

function renderWith(detail: Detail, result: BenchResult, retests: readonly RetestOutcome[]): string {
  const story = tellStory(result);
  const title = `${story.verdict}: MeshHook benchmark, ${result.suite}, ${formatTime(result.startedAtMs)}`;
  return page({
    title,
    skip: "Skip to the verdict",
    top: topBar(`${result.suite} · ${formatTime(result.startedAtMs)}`),
    contents: contents(result),
    main: html`${opening(result, story)} ${nextSteps(result, story)}
      <section id="findings">
        <h2>Findings and recommendations</h2>
        ${findingsSection(result.findings, retests)}
      </section>
      <section id="scenarios">
        <h2>Scenarios</h2>
        ${overviewTable(result)}
      </section>
      <section id="details">
        <h2>Scenario by scenario</h2>
        <p class="muted">Select a scenario to open it.</p>
        ${result.scenarios.map((scenario, index) => scenarioSection(scenario, { id: scenarioAnchor(index), canaryBest: result.canaryBest ?? null, detail }))}
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
      </section>`,
  });
}
