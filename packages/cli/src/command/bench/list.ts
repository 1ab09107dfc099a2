import { catalogue, expectedMs, suitesOf } from "@meshhook/bench";

import type { ExitName } from "../../exit-codes.ts";
import type { Output } from "../../terminal/output.ts";

/** Shows every scenario: its suites, its group, how long it takes, and what it asks. */
export function list(output: Output): ExitName {
  const rows = [...catalogue().values()].map((scenario) => [
    scenario.name,
    suitesOf(scenario.name).join(" "),
    scenario.group,
    `${String(Math.ceil(expectedMs(scenario) / 1_000))} s`,
    scenario.question,
  ]);
  const heads = ["Scenario", "Suites", "Group", "Takes", "Question"];
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of [heads, ...rows]) {
    // The question is the last and has no width of its own.
    output.line(row.map((cell, column) => (column === 4 ? cell : cell.padEnd(widths[column] ?? 0))).join("  "));
  }
  output.line("\n`meshhook bench explain <scenario>` says what a scenario does.");
  return "ok";
}
