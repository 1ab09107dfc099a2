import type { CauseName, CauseShare, ScenarioResult, SlowRequest, Tail } from "../../../result/result.ts";
import { shareBar } from "../../chart/share-bar.ts";
import { linearScale } from "../../chart/scale.ts";
import { drawWaterfall } from "../../chart/waterfall.ts";
import type { Stretch } from "../../chart/waterfall.ts";
import { countOf, formatMs, formatNumber, formatShare } from "../../format.ts";
import { html } from "../../html.ts";
import type { Html } from "../../html.ts";
import { capitalised, prose, table } from "../../markup.ts";
import { NO_ANSWER } from "../../story.ts";

/** Why the slowest requests were slow: causes with their shares, then the slowest ones phase by phase; null when none was. */
export function tailBlock({ tail = null }: ScenarioResult): Html | null {
  if (tail === null) return null;
  return html`<h4>Why the slowest were slow: ${leading(tail)}</h4>
    <p class="muted">
      ${countOf(tail.requests, "request")} took more than ${formatMs(tail.aboveMs)}, together ${formatMs(tail.excessMs)}
      beyond the
      median.${tail.notWatched.length === 0 ? null : ` Not watched here, and so not among the causes: ${tail.notWatched.join("; ")}.`}
    </p>
    ${table(
      ["Cause", "Share of the excess", "What was seen"],
      [
        ...tail.causes.map(({ cause, share, text }) => [capitalised(CAUSE_NAMES[cause]), shareBar(share), prose(text)]),
        ["Not explained", shareBar(tail.unexplainedShare, "rest"), "Nothing that was watched happened at that time."],
      ],
      [],
    )}
    ${slowestRequests(tail)}`;
}

/** The largest cause in words, or that there is none. */
function leading({ causes, unexplainedShare }: Tail): string {
  const [first] = causes;
  if (first === undefined || unexplainedShare > first.share)
    return `${formatShare(unexplainedShare)} of the excess is not explained`;
  return `${CAUSE_NAMES[first.cause]}, ${formatShare(first.share)} of the excess`;
}

/** In running text; a sentence or a cell begins with a capital. */
export const CAUSE_NAMES: { readonly [Cause in CauseName]: string } = {
  fault: "the scenario's own fault",
  generator: "a late load generator",
  steal: "other guests had the CPU",
  cpu: "waiting for a CPU",
  disk: "a slow disk",
  checkpoint: "a checkpoint",
  vacuum: "a vacuum",
  "wal-file": "a new log file",
  lock: "waiting for a lock",
  collection: "garbage collection",
  "event-loop": "a busy event loop",
  "wal-flush": "slow commits on a fast disk",
  database: "statements in PostgreSQL",
};

function slowestRequests({ slowest, of }: Tail): Html | null {
  if (slowest.length === 0) return null;
  const lengths = slowest.map(lengthOf);
  // A run may end long after its answer; its bar is cut at the edge then, and its text says the time.
  const scale = linearScale(1.2 * Math.max(...lengths), 4);
  const longest = Math.max(...slowest.map(({ latencyMs }) => latencyMs ?? 0));
  return drawWaterfall({
    title: `The ${slowest.length === 1 ? "slowest request" : `${formatNumber(slowest.length)} slowest requests`}, up to ${formatMs(longest)}${of === "lag" ? ", followed to the last line at a viewer" : ""}`,
    keys: PARTS.map(([style, label]) => [style, label]),
    rows: slowest.map((request) => {
      const stretches = stretchesOf(request, (ms) => scale.position(ms));
      const total = request.latencyMs === null ? NO_ANSWER : formatMs(request.latencyMs);
      const words = stretches.map(({ label }) => label).join(", ");
      return {
        name: html`<b>${total}</b> <span class="muted">second ${(request.dueMs / 1000).toFixed(2)}</span>`,
        description: `${total}, due at second ${(request.dueMs / 1000).toFixed(2)}: ${words}. ${causesText(request.causes)}`,
        stretches,
        note: html`${causesText(request.causes)}${request.runId === null ? null : html` · run <code>${request.runId}</code>`}${logOf(request)}`,
      };
    }),
    ticks: scale.ticks.map((tick) => ({ position: scale.position(tick), label: formatNumber(tick) })),
    xTitle: "ms since the request was due",
  });
}

function causesText(causes: readonly CauseShare[]): string {
  if (causes.length === 0) return "Not explained";
  return capitalised(causes.map(({ cause, share }) => `${CAUSE_NAMES[cause]} ${formatShare(share)}`).join(", "));
}

/** What the run itself logged, each line with its time since the request was due; null without any. */
function logOf({ lines = [], dueMs }: SlowRequest): Html | null {
  if (lines.length === 0) return null;
  return html`<details>
    <summary>Log of the run, ${countOf(lines.length, "line")}</summary>
    <ol class="log">
      ${lines.map(({ atMs, text }) => html`<li><span>${formatMs(atMs - dueMs)}</span> <code>${text}</code></li>`)}
    </ol>
  </details>`;
}

/** In the order in which they follow each other. */
const PARTS: readonly (readonly [style: Stretch["style"], label: string, until: keyof SlowRequest])[] = [
  [5, "waiting in the generator, or not divided", "sentMs"],
  [1, "sent to received", "receivedMs"],
  [2, "received to committed", "committedMs"],
  [3, "committed to answered", "answeredMs"],
  [4, "answered to the end of the run", "doneMs"],
];

/** What lies between two known instants with an unknown one in between is one stretch that belongs to neither. */
function stretchesOf(request: SlowRequest, position: (ms: number) => number): readonly Stretch[] {
  const stretches: Stretch[] = [];
  let at = request.dueMs;
  let isDivided = true;
  for (const [style, label, name] of PARTS) {
    const until = request[name];
    if (typeof until !== "number") {
      isDivided = false;
      continue;
    }
    if (until > at)
      stretches.push({
        style: isDivided ? style : 5,
        from: position(at - request.dueMs),
        to: position(until - request.dueMs),
        label: `${isDivided ? label : `not divided, ends as ${label}`} ${formatMs(until - at)}`,
      });
    at = Math.max(at, until);
    isDivided = true;
  }
  return stretches;
}

function lengthOf({ dueMs, latencyMs, answeredMs }: SlowRequest): number {
  return Math.max(latencyMs ?? 0, (answeredMs ?? dueMs) - dueMs);
}
