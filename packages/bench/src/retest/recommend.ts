import { formatNumber } from "../report/format.ts";
import { escapeMarkdown, inlineCode, markdownProse } from "../report/markdown.ts";
import type { Finding } from "../result/result.ts";
import { retestOf } from "../result/retest.ts";
import type { Retest } from "../result/retest.ts";

/** A finding with what became of its recommendation. */
export interface Recommendation {
  readonly finding: Finding;
  /** The latest; null when it was not re-tested. */
  readonly retest: Retest | null;
}

/**
 * Findings in the order in which they should be acted on: what loses work or trust; then what was confirmed; then what was not re-tested
 * or is not decided; last what was refuted. Within each, by rank.
 */
export function rankRecommendations(
  findings: readonly Finding[],
  retests: readonly Retest[],
): readonly Recommendation[] {
  return findings
    .map((finding): Recommendation => ({ finding, retest: retestOf(retests, finding.id) }))
    .toSorted((a, b) => orderOf(a) - orderOf(b) || b.finding.recommendation.rank - a.finding.recommendation.rank);
}

function orderOf({ finding, retest }: Recommendation): number {
  if (finding.severity === "critical") return 0;
  if (retest?.outcome === "confirmed") return 1;
  return retest?.outcome === "refuted" ? 3 : 2;
}

/** Whether it was re-tested and what came out, in a sentence. */
function retestText({ finding, retest }: Recommendation): string {
  if (retest !== null) return `${OUTCOMES[retest.outcome]}: ${retest.text}`;
  return finding.recommendation.knob
    ? `Not re-tested. Try it: \`meshhook bench retest ${finding.id}\``
    : "Not re-tested: no single setting tests it.";
}

const OUTCOMES = { confirmed: "Confirmed", refuted: "Refuted", inconclusive: "Inconclusive" } as const;

/** The recommendations as lines for a terminal. */
export function recommendationsText(recommendations: readonly Recommendation[]): string {
  if (recommendations.length === 0) return NONE;
  return recommendations
    .map((each, index) => {
      const { finding } = each;
      const { area, effort, risk, change, expectedEffect, rankReason } = finding.recommendation;
      return [
        `${String(index + 1)}. ${finding.title} (${finding.id}; ${finding.severity})`,
        `   ${retestText(each)}`,
        `   Change in ${area}, effort ${effort}, risk ${risk}: ${change}`,
        `   Expected: ${expectedEffect}`,
        `   Cause: ${finding.cause}`,
        `   Rank: ${rankReason}`,
        ...finding.evidence.map((row) => `   - ${evidenceText(row)}`),
      ].join("\n");
    })
    .join("\n\n");
}

/** The recommendations in Markdown. */
export function recommendationsMarkdown(recommendations: readonly Recommendation[]): string {
  if (recommendations.length === 0) return NONE;
  return recommendations
    .map((each, index) => {
      const { finding } = each;
      const { area, effort, risk, change, expectedEffect, rankReason } = finding.recommendation;
      return [
        `${String(index + 1)}. **${escapeMarkdown(finding.title)}** (${inlineCode(finding.id)}, ${finding.severity}; ${area}, effort ${effort}, risk ${risk})`,
        `   - ${markdownProse(retestText(each))}`,
        `   - Change: ${markdownProse(change)}`,
        `   - Expected: ${markdownProse(expectedEffect)}`,
        `   - Cause: ${markdownProse(finding.cause)}`,
        `   - Rank: ${escapeMarkdown(rankReason)}`,
        ...finding.evidence.map((row) => `   - Evidence: ${escapeMarkdown(evidenceText(row))}`),
      ].join("\n");
    })
    .join("\n");
}

const NONE = "No rule found a bottleneck, wasted work or a reason to distrust the figures.";

function evidenceText({ scenario, metric, value, limit, window, file }: Finding["evidence"][number]): string {
  const figure = (each: number | string) => (typeof each === "number" ? formatNumber(each) : each);
  const source = [window, file].filter((part) => part !== undefined).join(", ");
  return `${scenario}: ${metric} = ${figure(value)}${limit === undefined ? "" : ` (limit ${figure(limit)})`}${source === "" ? "" : `; ${source}`}`;
}
