import type { Block, CanaryReading, ScenarioResult } from "../../../result/result.ts";
import { logScale } from "../../chart/scale.ts";
import { rangeBar } from "../../chart/range-bar.ts";
import { countOf, formatBytes, formatMs, formatNumber, formatShare, NO_FIGURE } from "../../format.ts";
import { html } from "../../html.ts";
import type { Html, HtmlValue } from "../../html.ts";
import { table } from "../../markup.ts";

/** The repetitions: which are judged, how they differ, and what the canary saw of the machine; null in results without blocks. */
export function blockTable(scenario: ScenarioResult, canaryBest: CanaryReading | null): Html | null {
  const { blocks = [] } = scenario;
  if (blocks.length === 0) return null;
  const name = blocks.some(({ latency }) => latency["lag"] !== undefined) ? "lag" : "ack";
  const values = blocks.flatMap(({ latency }) =>
    [latency[name]?.p50Ms, latency[name]?.p99Ms].filter((value) => typeof value === "number" && value > 0),
  ) as number[];
  const scale = values.length === 0 ? null : logScale(Math.min(...values), Math.max(...values));
  return html`<h4>${titleOf(blocks)}</h4>
    ${table(
      [
        "Block",
        "Counts for times",
        name === "lag" ? "Last line, p50 and p99" : "Answer, p50 and p99",
        ...(scale === null ? [] : [`On a log axis, ${formatMs(scale.low)} to ${formatMs(scale.high)}`]),
        "Completed",
        "Canary, times its best: computing, flush, message",
        "Memory before it",
        "What disturbed it",
      ],
      blocks.map((block, index): readonly HtmlValue[] => {
        const latency = block.latency[name];
        return [
          formatNumber(index + 1),
          block.isJudged ? "yes" : html`<b class="warn">set aside</b>`,
          `${formatMs(latency?.p50Ms)} / ${formatMs(latency?.p99Ms)}`,
          ...(scale === null
            ? []
            : [
                rangeBar(
                  {
                    from: latency?.p50Ms ?? null,
                    to: latency?.p99Ms ?? null,
                    interval: null,
                    limit: null,
                    description: `Block ${index + 1}: p50 ${formatMs(latency?.p50Ms)}, p99 ${formatMs(latency?.p99Ms)}`,
                  },
                  scale,
                ),
              ]),
          block.completedPerSecond === null || !scenario.audit.isClean
            ? NO_FIGURE
            : `${formatNumber(block.completedPerSecond)}/s`,
          canary(block, canaryBest),
          formatBytes(block.meshhookRssBytes),
          [
            ...block.disturbances.map(({ text }) => text),
            ...(block.isBacked ? [] : ["the load generator did not keep up"]),
            ...(block.missed.length === 0 ? [] : [`alone it misses ${countOf(block.missed.length, "limit")}`]),
          ].join("; ") || "nothing",
        ];
      }),
      scale === null ? [0, 3, 5] : [0, 4, 6],
    )}
    ${repetitionLine(scenario)}
    ${canaryBest === null ? null : html`<p class="muted">The canary at its best on this machine: ${readingText(canaryBest)}.</p>`}`;
}

/** Why no more blocks were measured, and which figures are still wide. */
function repetitionLine({ repetition }: ScenarioResult): Html | null {
  if (repetition === undefined) return null;
  const { because, tightAt, moreBlocks, figures } = repetition;
  const wide = figures.filter(({ isTight }) => !isTight).map(({ metric }) => metric);
  return html`<p class="muted">
    ${ENDS[because]}.
    ${wide.length === 0 ? null : html`Wider than ± ${formatShare(tightAt)}: ${wide.map((metric, index) => html`${index === 0 ? null : ", "}<code>${metric}</code>`)}.`}
    ${moreBlocks === null || moreBlocks === 0 ? null : `About ${countOf(moreBlocks, "more block")} would make them tight.`}
  </p>`;
}

const ENDS = {
  tight: "Blocks were repeated until every judged figure was tight",
  blocks: "Blocks were repeated up to their largest number",
  budget: "Blocks were repeated until the suite's time was used up",
  planned: "The plan has this number of blocks",
} as const;

function titleOf(blocks: readonly Block[]): string {
  const judged = blocks.filter(({ isJudged }) => isJudged).length;
  return judged === blocks.length
    ? `Times come from ${blocks.length === 1 ? "one block" : `all ${formatNumber(blocks.length)} blocks`}`
    : `Times come from the ${formatNumber(judged)} quiet of ${countOf(blocks.length, "block")}`;
}

/** How many times its best each part took, at worst before or after the block. */
function canary({ canary }: Block, best: CanaryReading | null): HtmlValue {
  if (canary === null) return "not read";
  const { before, after } = canary;
  const raw = `${readingText(before)} before, ${readingText(after)} after`;
  if (best === null) return raw;
  const times = CANARY_PARTS.map((part) => Math.max(before[part], after[part]) / best[part]);
  return html`<span title="${raw}"
    >${times.map((each, index) => html`${index === 0 ? null : " / "}${each >= TIMES_MARKED ? html`<b class="warn">${formatNumber(each)}</b>` : formatNumber(each)}`)}</span
  >`;
}

const CANARY_PARTS = ["cpuMs", "flushMs", "roundTripMs"] as const;

/** From here on a part of the canary stands out. */
const TIMES_MARKED = 2;

function readingText({ cpuMs, flushMs, roundTripMs }: CanaryReading): string {
  return `computing ${formatMs(cpuMs)}, flush ${formatMs(flushMs)}, message ${formatMs(roundTripMs)}`;
}
