import type { ScenarioResult } from "../../../result/result.ts";
import type { Detail } from "../../detail.ts";
import { countOf, formatMs, formatNumber, formatShare } from "../../format.ts";
import type { Html } from "../../html.ts";
import type { Readout } from "../plot.ts";
import { secondsScale } from "../scale.ts";
import { drawTimeline } from "./timeline.ts";
import type { Lane, Span } from "./timeline.ts";
import { tracksOf } from "./tracks.ts";

/** Beyond this many seconds single columns are too narrow to point at, and their markup would outweigh the rest. */
const READOUTS_MAX = 240;

/** Blocks, faults and stalls above load, latency, CPU, pressure and memory, all on one time axis; null without a series. */
export function scenarioTimeline(scenario: ScenarioResult, { hasExtras }: Pick<Detail, "hasExtras">): Html | null {
  const { series } = scenario;
  const first = series[0];
  const last = series.at(-1);
  if (first === undefined || last === undefined || series.length < 2) return null;
  const seconds = secondsScale(first.second, last.second + 1);
  const x = (ms: number) => seconds.position(ms / 1000);
  const tracks = tracksOf(scenario, x);
  return drawTimeline({
    title: titleOf(scenario),
    lanes: [blockLane(scenario, x), faultLane(scenario, x), stallLane(scenario, x), anomalyLane(scenario, x)].filter(
      ({ spans }) => spans.length > 0,
    ),
    tracks: tracks.map(({ track }) => track),
    shaded: unmeasured(scenario, x),
    xTicks: seconds.ticks.map((tick) => ({ position: seconds.position(tick), label: formatNumber(tick) })),
    xTitle: "seconds since the first request; blocks stand behind each other, grey is outside the measured time",
    readouts:
      !hasExtras || series.length > READOUTS_MAX
        ? []
        : series.map((point): Readout => ({
            from: x(point.second * 1000),
            to: x((point.second + 1) * 1000),
            heading: `Second ${point.second}`,
            rows: tracks.flatMap(({ curves, format }) =>
              curves.map((curve) => [curve.label, format(curve.value(point))] as const),
            ),
          })),
  });
}

function titleOf({ episodes, faults = [], blocks = [] }: ScenarioResult): string {
  const parts = [
    episodes.count === 0
      ? "No stalls"
      : `${countOf(episodes.count, "stall")} with ${countOf(episodes.slow, "slow request")}`,
    ...(faults.length === 0 ? [] : [countOf(faults.length, "fault")]),
  ];
  const setAside = blocks.filter(({ isJudged }) => !isJudged).length;
  const over = blocks.length === 0 ? "" : ` over ${countOf(blocks.length, "block")}`;
  return `${parts.join(" and ")}${over}${setAside === 0 ? "" : `, ${formatNumber(setAside)} of them set aside as disturbed`}`;
}

/** Results from before there were blocks have one stretch. */
function stretchesOf({
  blocks,
  load,
}: ScenarioResult): readonly { readonly fromMs: number; readonly untilMs: number }[] {
  return blocks ?? [{ fromMs: load.warmupMs, untilMs: load.warmupMs + load.durationMs }];
}

function unmeasured(
  scenario: ScenarioResult,
  x: (ms: number) => number,
): readonly { readonly from: number; readonly to: number }[] {
  const measured = stretchesOf(scenario);
  return [0, ...measured.map(({ untilMs }) => x(untilMs))].map((from, index) => {
    const next = measured[index];
    return { from, to: next === undefined ? 1000 : x(next.fromMs) };
  });
}

function blockLane({ blocks = [] }: ScenarioResult, x: (ms: number) => number): Lane {
  const spans = blocks.map((block, index): Span => {
    const why = block.disturbances.map(({ text }) => text).join("; ");
    return {
      from: x(block.fromMs),
      to: x(block.untilMs),
      label: `${index + 1}${block.isJudged ? "" : `: set aside, ${why || "not backed"}`}${block.isJudged && why !== "" ? `: ${why}` : ""}`,
      tone: block.isJudged ? "plain" : "set-aside",
    };
  });
  return { name: "Blocks", spans };
}

function faultLane({ faults = [] }: ScenarioResult, x: (ms: number) => number): Lane {
  const spans = faults.map(({ kind, beganMs, endedMs, clientsMs, rateBackMs }): Span => {
    const backMs = endedMs + (rateBackMs ?? 0);
    return {
      from: x(beganMs),
      to: Math.max(x(Math.max(beganMs + clientsMs, backMs)), x(beganMs) + 3),
      label: `${kind}${rateBackMs === null ? ", rate not seen to come back" : `, rate back ${formatMs(rateBackMs)} after its end`}`,
      tone: "fault",
    };
  });
  return { name: "Faults", spans };
}

function stallLane({ episodes }: ScenarioResult, x: (ms: number) => number): Lane {
  const spans = episodes.longest.map(({ fromMs, untilMs, slow, maxMs, causes = [] }): Span => ({
    from: x(fromMs),
    to: Math.max(x(untilMs), x(fromMs) + 3),
    label: `${countOf(slow, "slow request")}, ${maxMs === null ? "one without an answer" : `up to ${formatMs(maxMs)}`}${causes[0] === undefined ? "" : `, ${causes[0].cause}`}`,
    tone: "stall",
  }));
  return { name: "Stalls", spans };
}

/** Stretches that stand out against the time around them. */
function anomalyLane({ blocks = [] }: ScenarioResult, x: (ms: number) => number): Lane {
  const spans = blocks
    .flatMap(({ anomalies = [] }) => anomalies)
    .map(({ fromMs, untilMs, metric, change, cause }): Span => ({
      from: x(fromMs),
      to: Math.max(x(untilMs), x(fromMs) + 3),
      label: `${ANOMALY_METRICS[metric]} ${formatShare(Math.abs(change))} ${change < 0 ? "lower" : "higher"} than usual${cause === null ? "" : `, ${cause}`}`,
      tone: "stall",
    }));
  return { name: "Unusual", spans };
}

const ANOMALY_METRICS = {
  acked: "answers per second",
  ack: "median time to the answer",
  meshhookCpu: "CPU of MeshHook",
  postgresCpu: "CPU of PostgreSQL",
} as const;
