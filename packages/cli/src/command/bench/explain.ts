import { explainScenario } from "@meshhook/bench";

import { selectOrRefuse } from "../../bench/select.ts";
import type { ExitName } from "../../exit-codes.ts";
import type { Output } from "../../terminal/output.ts";

/** Says in words what suites, scenarios or scenario files do and what must hold. */
export function explain(what: readonly string[], output: Output): ExitName {
  const { scenarios } = selectOrRefuse({ what, duration: null, rate: null, overrides: [] });
  output.line(scenarios.map(explainScenario).join("\n\n\n"));
  return "ok";
}
