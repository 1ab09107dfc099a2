import type { Command } from "commander";

import type { CommandContext } from "../../../command-line.ts";
import { describeAb } from "./ab.ts";
import { describeComparison } from "./comparison.ts";
import { describeExport } from "./export.ts";
import { describePeers } from "./peers.ts";
import { describeReport } from "./report.ts";
import { describeRecommendations } from "./recommendations.ts";
import { describeRun } from "./run.ts";
import { describeScenarios } from "./scenarios.ts";

/** The commands under `meshhook bench`, with their help. Each is loaded when it is called. */
export function describeBench(program: Command, context: CommandContext): void {
  const bench = program
    .command("bench")
    .description("Measure MeshHook on this machine and write a report.")
    .addHelpText("after", "\nWithout a command, `meshhook bench` means `meshhook bench run`.");
  describeRun(bench, context);
  describeScenarios(bench, context);
  describeAb(bench, context);
  describeComparison(bench, context);
  describeExport(bench, context);
  describePeers(bench, context);
  describeReport(bench, context);
  describeRecommendations(bench, context);
}
