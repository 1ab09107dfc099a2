import type { BenchResult } from "../../result/result.ts";
import { countOf } from "../format.ts";
import { html } from "../html.ts";
import type { Html } from "../html.ts";
import { prose, statusBadge } from "../markup.ts";
import type { ScenarioReason, Story } from "../story.ts";
import { findingAnchor, scenarioAnchor } from "./anchor.ts";

/** What to do next, each step once however many scenarios ask for it, with the reasons below it; null where nothing is to be done. */
export function nextSteps(result: BenchResult, { reasons }: Story): Html | null {
  const [finding] = result.findings;
  if (reasons.length === 0 && finding === undefined) return null;
  return html`<section id="next">
    <h2>What to do next</h2>
    <ol class="steps">
      ${stepsOf(reasons).map(
        ({ next, reasons }) =>
          html`<li>
            <p>${prose(next)}</p>
            <details ${reasons.length <= REASONS_OPEN ? html`open` : null}>
              <summary>
                ${countOf(new Set(reasons.map(({ scenario }) => scenario)).size, "scenario")} did not pass because of
                this
              </summary>
              <ul class="reasons">
                ${reasons.map(
                  ({ scenario, reason }) =>
                    html`<li>
                      ${statusBadge(reason.verdict)}
                      <a href="#${scenarioAnchor(result.scenarios.indexOf(scenario))}">${scenario.title}</a>:
                      ${prose(reason.text)}
                    </li>`,
                )}
              </ul>
            </details>
          </li>`,
      )}
      ${
        finding === undefined
          ? null
          : html`<li>
              <p>
                Then look at the first recommendation:
                <a href="#${findingAnchor(finding.id)}">${finding.title}</a>.
              </p>
            </li>`
      }
    </ol>
  </section>`;
}

/** With more, the steps would be far apart. */
const REASONS_OPEN = 3;

interface Step {
  readonly next: string;
  readonly reasons: readonly ScenarioReason[];
}

/** In the order of their first reason, which is that of certainty. */
function stepsOf(reasons: readonly ScenarioReason[]): readonly Step[] {
  const byNext = new Map<string, ScenarioReason[]>();
  for (const each of reasons) {
    const known = byNext.get(each.reason.next);
    if (known === undefined) byNext.set(each.reason.next, [each]);
    else known.push(each);
  }
  return [...byNext].map(([next, those]) => ({ next, reasons: those }));
}
