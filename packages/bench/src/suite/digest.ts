import { createHash } from "node:crypto";
import { payloadsOf } from "../load/payload.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { workflowDocument } from "../scenario/workflow/document.ts";

/**
 * SHA-256 over what a scenario asks of the system: its load, faults, target and deliveries as they were read, with every change by flags,
 * and the workflow and the bodies themselves, so that a file that changed under the same name shows. Words and limits are left out: they
 * change no figure.
 */
export function digestOf(scenario: Scenario): string {
  const { title: _title, question: _question, thresholds: _thresholds, ...asked } = scenario;
  const hash = createHash("sha256");
  hash.update(JSON.stringify(sorted(asked)));
  hash.update(JSON.stringify(sorted(workflowDocument(scenario.workflow, scenario.name, 0))));
  for (const { body } of payloadsOf(scenario.payload, SEED)) hash.update(body);
  return hash.digest("hex");
}

/** The bodies of one seed stand for those of any: a comparison looks at the seed by itself. */
const SEED = 1;

/** The same whatever the order in which properties were written. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, inside]) => [name, sorted(inside)]));
}
