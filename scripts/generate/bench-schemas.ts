import { abResultSchema, retestSchema, scenarioFileSchema } from "../../packages/bench/src/index.ts";
import type { GeneratedFile } from "./page.ts";

/** The published JSON Schema of the benchmark's scenario files, for editors. */
export const benchScenarioSchema: GeneratedFile = {
  path: "packages/bench/schema/scenario.v1.json",
  make: () => JSON.stringify(scenarioFileSchema),
};

/** The published JSON Schema of the comparison of two configurations. */
export const benchAbSchema: GeneratedFile = {
  path: "packages/bench/schema/ab.v1.json",
  make: () => JSON.stringify(abResultSchema),
};

/** The published JSON Schema of a recommendation that was tried. */
export const benchRetestSchema: GeneratedFile = {
  path: "packages/bench/schema/retest.v1.json",
  make: () => JSON.stringify(retestSchema),
};
