import type { ScenarioResult } from "../result/result.ts";

/** How much a page says of its scenarios, so that many of them fit into one page. */
export interface Detail {
  /** Figures that appear under the pointer, and files that the page carries inside itself. */
  readonly hasExtras: boolean;
  /** `main` leaves out the database, single blocks, stalls and slow requests; `least` drawings, phases, processes and the load as well. */
  partsOf(scenario: Pick<ScenarioResult, "status">): "all" | "main" | "least";
}

/** From everything to the least. What did not pass keeps its evidence longest. */
export const DETAILS: readonly [Detail, ...Detail[]] = [
  { hasExtras: true, partsOf: () => "all" },
  { hasExtras: false, partsOf: () => "all" },
  { hasExtras: false, partsOf: ({ status }) => (status === "passed" ? "main" : "all") },
  { hasExtras: false, partsOf: ({ status }) => (status === "passed" ? "least" : "all") },
  { hasExtras: false, partsOf: ({ status }) => (status === "passed" ? "least" : "main") },
  { hasExtras: false, partsOf: () => "least" },
];
