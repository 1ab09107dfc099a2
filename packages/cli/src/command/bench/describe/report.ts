import type { Command } from "commander";

import type { CommandContext } from "../../../command-line.ts";

/** `meshhook bench report`: the pages of a result, once more. */
export function describeReport(bench: Command, { output }: CommandContext): void {
  bench
    .command("report")
    .description("Write the pages of a report again from its result.json.")
    .argument("<folder>", "the folder of a report")
    .option("--against <report>", "compare it with this baseline as well, and write comparison.html")
    .addHelpText(
      "after",
      `
Writes report.html, report.md, junit.xml, figures.csv and series.csv beside the result.json they are made from. With
--against, every figure is compared with that of a result.json, the folder of a report, or a folder of reports.

Examples:
  $ meshhook bench report reports/2026-11-30T1200
  $ meshhook bench report reports/after --against reports/before`,
    )
    .action(async (folder: string, { against = null }: { against?: string | null }) => {
      const { writeReportAgain } = await import("../report.ts");
      await writeReportAgain(folder, against, output);
    });
}
