import type { ScenarioResult } from "../result/result.ts";

/** The parts of a scenario's section, one after the other in what a reader can do without first. */
const PARTS = ["blocks", "database", "slow requests", "drawings"] as const;

export type Part = (typeof PARTS)[number];

/** How much a page says of its scenarios, so that many of them fit into one page. */
export interface Detail {
  /** Figures that appear under the pointer, and files that the page carries inside itself. */
  readonly hasExtras: boolean;
  partsOf(scenario: Pick<ScenarioResult, "status">): ReadonlySet<Part>;
}

function without(count: number): ReadonlySet<Part> {
  return new Set(PARTS.slice(count));
}

function detail(hasExtras: boolean, ofPassed: number, ofOthers: number): Detail {
  const [passed, others] = [without(ofPassed), without(ofOthers)];
  return { hasExtras, partsOf: ({ status }) => (status === "passed" ? passed : others) };
}

/** From everything to the least. What did not pass keeps its evidence longest. */
export const DETAILS: readonly Detail[] = [
  detail(true, 0, 0),
  detail(false, 0, 0),
  detail(false, 3, 0),
  detail(false, 4, 0),
  detail(false, 4, 2),
  detail(false, 4, 3),
  detail(false, 4, 4),
];

/** Whether something was left out that the page of fewer scenarios has. */
export function isCut(parts: ReadonlySet<Part>): boolean {
  return parts.size < PARTS.length;
}
