import { attribute } from "../measure/tail/attribute.ts";
import { explain } from "../measure/tail/causes.ts";
import { cpuShare } from "../measure/resource-sampler.ts";
import type { AnomalyMetric, BlockAnomaly, CauseName } from "../result/result.ts";
import { isEven } from "../scenario/load.ts";
import { findAnomalies } from "../stats/index.ts";
import type { AnomalyOptions } from "../stats/index.ts";
import { binsOf } from "./bins.ts";
import type { Evidence } from "./evidence.ts";
import { seenIn } from "./seen.ts";
import { windowsOf } from "./window.ts";

const BIN_US = 250_000;
/** A quarter of a second is a small sample: its median doubles by chance now and then, where it is short. */
const OF_BINS: AnomalyOptions = { scoreMin: 6, changeMin: 1 };
const OF_RATE: AnomalyOptions = { scoreMin: 6, changeMin: 0.3 };
const OF_CPU: AnomalyOptions = { scoreMin: 6, changeMin: 0.5 };
/** Of a median, and of a core. */
const ACK_MS_MIN = 5;
const CORES_MIN = 0.2;
const ANOMALIES_MAX = 10;
/** A smaller share of the time explains nothing. */
const CAUSE_SHARE_MIN = 0.25;

/** A series of one metric; values are at equal distances. */
interface Series {
  readonly metric: AnomalyMetric;
  readonly values: readonly (number | null)[];
  readonly fromUs: number;
  readonly stepUs: number;
  readonly options: AnomalyOptions;
  /** Less of a difference is not worth a mark. */
  readonly differenceMin: number;
}

type Found = Omit<BlockAnomaly, "cause"> & { readonly score: number };

/**
 * What stands out within the measured part of one block, on the timeline of the block: at most ten stretches, those that stand out most,
 * in the order of time. Each has the cause that was seen for most of it.
 */
export function anomaliesOf(evidence: Evidence): readonly BlockAnomaly[] {
  const found = seriesOf(evidence)
    .flatMap(standingOut)
    .toSorted((a, b) => b.score - a.score)
    .slice(0, ANOMALIES_MAX)
    .toSorted((a, b) => a.fromMs - b.fromMs);
  const causes = causesOf(found, evidence);
  return found.map(({ score: _score, ...anomaly }, index) => ({ ...anomaly, cause: causes[index] ?? null }));
}

function seriesOf(evidence: Evidence): readonly Series[] {
  const { load } = evidence.scenario;
  const { report, readings } = evidence.measured;
  const [window] = windowsOf(evidence);
  if (window === undefined) return [];
  const { fromUs } = window;
  const bins = binsOf(report.ledger, { ...window, lengthUs: BIN_US });
  const hasOneRate = load.kind === "saturating" || (isEven(load) && load.profile.parts.length === 1);
  const inWindow = readings.filter(({ atUs }) => {
    const us = atUs - report.startedAtUs;
    return us >= fromUs && us < window.untilUs;
  });
  const [first] = inWindow;
  const cpu = (metric: AnomalyMetric, name: string): Series => ({
    metric,
    values: inWindow.map((reading, index) => cpuShare(inWindow[index - 1], reading, name)),
    fromUs: (first?.atUs ?? 0) - report.startedAtUs,
    stepUs: 1e6,
    options: OF_CPU,
    differenceMin: CORES_MIN,
  });
  return [
    {
      metric: "ack",
      values: bins.map(({ ackMs }) => ackMs),
      fromUs,
      stepUs: BIN_US,
      options: OF_BINS,
      differenceMin: ACK_MS_MIN,
    },
    ...(hasOneRate
      ? [
          {
            metric: "acked" as const,
            values: bins.map(({ ackedPerSecond }) => ackedPerSecond),
            fromUs,
            stepUs: BIN_US,
            options: OF_RATE,
            differenceMin: 0,
          },
        ]
      : []),
    cpu("meshhookCpu", "meshhook"),
    cpu("postgresCpu", "postgres"),
  ];
}

function standingOut({ metric, values, fromUs, stepUs, options, differenceMin }: Series): Found[] {
  return findAnomalies(values, options).flatMap(({ from, until, extreme, usual, score }) =>
    Math.abs(extreme - usual) < differenceMin || usual === 0
      ? []
      : [
          {
            metric,
            fromMs: (fromUs + from * stepUs) / 1_000,
            untilMs: (fromUs + (until + 1) * stepUs) / 1_000,
            value: extreme,
            usual,
            change: extreme / usual - 1,
            score,
          },
        ],
  );
}

/** For each stretch the cause that was seen for most of it, by the same rules as for slow requests; null when nothing was. */
function causesOf(found: readonly Found[], evidence: Evidence): readonly (CauseName | null)[] {
  if (found.length === 0) return [];
  const { startedAtUs, finishedAtUs } = evidence.measured.report;
  const waits = found.map(({ fromMs, untilMs }) => {
    const fromUs = startedAtUs + fromMs * 1_000;
    return { fromUs, sentUs: fromUs, untilUs: startedAtUs + untilMs * 1_000 };
  });
  const attributions = attribute({
    waits,
    evidence: seenIn(evidence),
    typicalUs: 0,
    fromUs: startedAtUs,
    untilUs: finishedAtUs,
  });
  return attributions.map((attribution) => {
    const [largest] = explain([attribution], []).causes;
    return largest !== undefined && largest.share >= CAUSE_SHARE_MIN ? largest.cause : null;
  });
}
