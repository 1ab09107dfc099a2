import { comparisonMarkdown, comparisonText } from "../compare/comparison-text.ts";
import { countOf } from "../report/format.ts";
import { escapeMarkdown, inlineCode } from "../report/markdown.ts";
import type { AbResult, AbSideResult } from "./ab-result.ts";

/** The comparison as lines for a terminal. */
export function abText(result: AbResult): string {
  return [
    `${result.scenario.name}: ${result.scenario.question}`,
    `A: ${result.a.description}`,
    `   ${auditLine(result.a)}`,
    `B: ${result.b.description}`,
    `   ${auditLine(result.b)}`,
    ...notesOf(result),
    "",
    comparisonText(result.comparison),
  ].join("\n");
}

/** The comparison in Markdown, fit for a comment on a pull request. */
export function abMarkdown(result: AbResult): string {
  const side = (name: string, each: AbSideResult) =>
    `- **${name}**: ${escapeMarkdown(each.description)}. ${escapeMarkdown(auditLine(each))}`;
  return [
    comparisonMarkdown(result.comparison),
    [
      side("A, the baseline", result.a),
      side("B, the candidate", result.b),
      ...notesOf(result).map((note) => `- ${escapeMarkdown(note)}`),
      `- Command: ${inlineCode(result.command)}`,
    ].join("\n"),
  ].join("\n\n");
}

function auditLine({ audit, blocks }: AbSideResult): string {
  const { isClean, accepted, lost, duplicated, outOfOrder, stuck, phantom, resultsWrong } = audit;
  const disturbed = blocks.filter(({ disturbances }) => disturbances.length > 0).length;
  const where = `${countOf(blocks.length, "block")}${disturbed === 0 ? "" : `, ${String(disturbed)} on a disturbed machine`}`;
  if (isClean)
    return `Audit clean: each of ${countOf(accepted, "accepted delivery", "accepted deliveries")} became exactly one run that ended. ${where}.`;
  const faults = Object.entries({ lost, duplicated, "out of order": outOfOrder, stuck, phantom, wrong: resultsWrong })
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${String(count)} ${name}`);
  return `Audit NOT clean: ${faults.length === 0 ? "see the blocks' results" : faults.join(", ")}. ${where}.`;
}

function notesOf({ isInterrupted, verdict, order, a, b }: AbResult): string[] {
  const unbacked = [...a.blocks, ...b.blocks].filter(({ isBacked }) => !isBacked).length;
  return [
    ...(isInterrupted
      ? [
          `Stopped early: ${String(a.blocks.length + b.blocks.length)} of ${countOf(order.length, "block")} were measured.`,
        ]
      : []),
    ...(verdict === "void" ? ["No block of one side is valid, so nothing can be compared."] : []),
    ...(unbacked === 0
      ? []
      : [`The load generator could not keep up in ${countOf(unbacked, "block")}, which are left out.`]),
  ];
}
