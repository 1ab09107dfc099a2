import type { ScenarioResult } from "../../../result/result.ts";
import { countOf, formatMs, formatNumber, formatShare } from "../../format.ts";
import { html } from "../../html.ts";
import type { Html } from "../../html.ts";
import { table } from "../../markup.ts";
import { NO_ANSWER } from "../../story.ts";
import { CAUSE_NAMES } from "./tail.ts";

/** Slow requests grouped by event, which a percentile cannot show. */
export function stallTable({ episodes }: ScenarioResult): Html | null {
  if (episodes.count === 0) return null;
  const { period } = episodes;
  return html`<h4>Stalls</h4>
    <p class="muted">
      ${formatNumber(episodes.slow)} requests above ${formatMs(episodes.slowAboveMs)}, in
      ${countOf(episodes.count, "stall")}.
      ${episodes.p99MsWithoutLargest === null ? null : `Without the largest, p99 is ${formatMs(episodes.p99MsWithoutLargest)}.`}
      ${
        period === null
          ? null
          : html`<b>They repeat</b> every ${formatMs(period.everyMs)} for about ${formatMs(period.lengthMs)}
              (${formatNumber(period.times)} times, ${formatShare(period.share)} of the time).`
      }
    </p>
    ${table(
      ["From second", "Length", "Slow", "Due", "Slowest", "The machine", "What happened meanwhile"],
      episodes.longest
        .toSorted((a, b) => b.untilMs - b.fromMs - (a.untilMs - a.fromMs))
        .slice(0, EPISODES_SHOWN)
        .map(({ fromMs, untilMs, slow, due, maxMs, origin, causes = [], unexplainedShare }) => [
          (fromMs / 1_000).toFixed(2),
          formatMs(untilMs - fromMs),
          formatNumber(slow),
          formatNumber(due),
          maxMs === null ? NO_ANSWER : formatMs(maxMs),
          { inside: "did not stall", outside: "stalled too", unknown: "was not observed" }[origin],
          [
            ...causes.map(({ cause, share }) => `${CAUSE_NAMES[cause]} ${formatShare(share)}`),
            ...(unexplainedShare === undefined || unexplainedShare < 0.005
              ? []
              : [`not explained ${formatShare(unexplainedShare)}`]),
          ].join(", "),
        ]),
      [0, 1, 2, 3, 4],
    )}`;
}

const EPISODES_SHOWN = 6;
