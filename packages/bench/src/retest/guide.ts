import { formatTime } from "../report/format.ts";
import { escapeMarkdown, inlineCode, markdownProse, markdownTable } from "../report/markdown.ts";
import type { RuleDescription } from "../finding/catalogue.ts";
import { retestOf } from "../result/retest.ts";
import type { Retest } from "../result/retest.ts";

/**
 * The optimization guide: what retests showed, confirmed first, and then every rule with what it sees, what to change, and how to test it.
 * Pure: the same rules and retests give the same text.
 */
export function optimizationGuide(rules: readonly RuleDescription[], retests: readonly Retest[]): string {
  const of = (outcome: Retest["outcome"]) =>
    retests.filter((retest) => retest.outcome === outcome).toSorted((a, b) => a.startedAtMs - b.startedAtMs);
  const areas = (["code", "architecture", "infrastructure"] as const).map((area) => ({
    area,
    rules: rules.filter(({ advice }) => advice.area === area),
  }));
  const knobs = rules.filter(({ knob }) => knob !== null).length;
  return `# Optimization guide

What to change to make MeshHook faster or cheaper, what each change was seen to do, and how to find out on your own system. Measure first: a change that no figure asks for is a
risk without a gain.

1. Run \`npm run bench -- --out report\` on the machine, or with the settings, that you care about.
2. \`npm run meshhook -- bench recommend report\` lists what its figures ask for. It looks for the ${String(rules.length)} things below.
3. \`npm run meshhook -- bench retest <id> report\` tries a recommendation that is a matter of one setting (${String(knobs)} of them are), measured in turns with the setting
   as it was.
4. Keep what was confirmed. For a change of the code, compare the two checkouts with [\`bench ab\`](../guide/benchmark.md#compare-two-configurations).

## Confirmed

${retestList(of("confirmed"), "No committed retest confirmed a recommendation.")}

## Refuted

${retestList(of("refuted"), "No committed retest refuted a recommendation.")}

## Not decided

${retestList(of("inconclusive"), "No committed retest was inconclusive.")}

The records are in [benchmarks/retests](../../benchmarks/retests). An outcome holds for its machine and load: with another disk or more cores it may be another one.

${areas.map(({ area, rules: inArea }) => `## ${TITLES[area]}\n\n${inArea.map((rule) => ruleText(rule, retests)).join("\n\n")}`).join("\n\n")}
`;
}

const TITLES = {
  code: "Changes in code and MeshHook's settings",
  architecture: "Changes in architecture",
  infrastructure: "Changes in infrastructure",
} as const;

function retestList(retests: readonly Retest[], none: string): string {
  if (retests.length === 0) return none;
  const table = markdownTable(
    ["Recommendation", "What came out", "Pairs", "Where and when"],
    retests.map(({ finding, text, pairs, blocks, disturbedBlocks, machine, commit, startedAtMs }) => [
      `[${finding}](#${finding})`,
      escapeMarkdown(text),
      `${String(pairs)}${disturbedBlocks === 0 ? "" : `; ${String(disturbedBlocks)} of ${String(blocks)} blocks on a disturbed machine`}`,
      escapeMarkdown(
        `${machine.cpuModel}, ${String(machine.cores)} cores, PostgreSQL ${machine.postgres}${commit === null ? "" : `, revision ${commit.revision.slice(0, 10)}`}, ${formatTime(startedAtMs)}`,
      ),
    ]),
    [],
  );
  return table;
}

function ruleText({ name, looksFor, advice, knob }: RuleDescription, retests: readonly Retest[]): string {
  const retest = retestOf(retests, name);
  return [
    `### ${name}`,
    `${markdownProse(looksFor)} Effort ${advice.effort}, risk ${advice.risk}.`,
    [
      `- **Change**: ${markdownProse(advice.change)}`,
      `- **Expect**: ${markdownProse(advice.expectedEffect)}`,
      knob === null
        ? "- **Test it**: no single setting does. Compare the systems before and after with `bench ab`, or two reports with `bench compare`."
        : `- **Test it**: ${inlineCode(`npm run meshhook -- bench retest ${name} report`)}, which sets ${inlineCode(`${knob.name}=${knob.value}`)} and looks at ${knob.improves.map(inlineCode).join(", ")}.`,
      ...(knob === null
        ? []
        : [`- **Seen**: ${retest === null ? "not re-tested." : `${retest.outcome}. ${escapeMarkdown(retest.text)}`}`]),
    ].join("\n"),
  ].join("\n\n");
}
