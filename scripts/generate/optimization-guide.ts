import { join } from "node:path";

import { optimizationGuide, readRetestFolder, ruleCatalogue } from "../../packages/bench/src/index.ts";
import { ROOT } from "../step.ts";
import { markdownNotice, type GeneratedFile } from "./page.ts";

/** What to change, from the rules of the benchmark and the retests that are committed. */
export const performanceGuide: GeneratedFile = {
  path: "docs/performance/optimization-guide.md",
  make: async () =>
    `${markdownNotice("the benchmark's rules and benchmarks/retests")}\n${optimizationGuide(ruleCatalogue(), await readRetestFolder(join(ROOT, "benchmarks", "retests")))}`,
};
