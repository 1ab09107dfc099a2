import type { LoadReport } from "../../load/generator/generator.ts";
import type { Evidence } from "../evidence.ts";
import { edgesOf, windowsOf } from "../window.ts";
import { joinActivities, joinAudits, sumOf } from "./counts.ts";
import { joinLedgers } from "./ledgers.ts";
import { moveBlock } from "./move-block.ts";
import { joinAlongside, joinStreams, joinWatched } from "./watched.ts";

/** Between two blocks on the joined timeline, so that what ends late in one is not near the next. */
const BETWEEN_US = 1_000_000;

/** Times count from the schedule only if those of every block do. */
function driverOf(reports: readonly LoadReport[]): Pick<LoadReport, "driver"> {
  const drivers = reports.flatMap(({ driver }) => driver ?? []);
  const driver = drivers.find(({ timesFrom }) => timesFrom === "send") ?? drivers[0];
  return driver === undefined ? {} : { driver };
}

/** Where each block begins on the joined timeline, microseconds; whole seconds, so that its seconds stay whole. */
export function offsetsOf(blocks: readonly Evidence[]): readonly number[] {
  let next = 0;
  return blocks.map(({ measured: { report } }) => {
    const offset = next;
    next += Math.ceil((report.finishedAtUs - report.startedAtUs) / 1e6) * 1e6 + BETWEEN_US;
    return offset;
  });
}

/**
 * Puts the blocks of one scenario behind each other as if they had been one load, without the time between them: requests are numbered
 * on, and every instant is moved by the same amount as its block. Percentiles, phases and causes then come from all of them at once.
 */
export function joinBlocks(blocks: readonly Evidence[]): Evidence {
  const [first] = blocks;
  if (first === undefined) throw new RangeError("A scenario without a block has no evidence.");
  if (blocks.length === 1) return first;
  const offsets = offsetsOf(blocks);
  const firsts: number[] = [];
  let requests = 0;
  const moved = blocks.map((block, index) => {
    firsts.push(requests);
    const part = moveBlock(block, offsets[index] ?? 0, first.measured.report.startedAtUs, requests);
    requests += block.measured.report.ledger.count;
    return part;
  });
  const last = moved.at(-1) ?? first;
  const reports = moved.map(({ measured }) => measured.report);
  return {
    ...first,
    measured: {
      ...first.measured,
      report: {
        startedAtUs: first.measured.report.startedAtUs,
        finishedAtUs: Math.max(...reports.map(({ finishedAtUs }) => finishedAtUs)),
        cpuUs: sumOf(reports, ({ cpuUs }) => cpuUs),
        ...(reports.every(({ reopened }) => reopened !== undefined)
          ? { reopened: sumOf(reports, ({ reopened = 0 }) => reopened) }
          : {}),
        ...driverOf(reports),
        ledger: joinLedgers(
          reports.map(({ ledger }) => ledger),
          offsets,
        ),
      },
      clocks: moved.flatMap(({ measured }) => measured.clocks ?? []),
      from: first.measured.from,
      until: last.measured.until,
      readings: moved.flatMap(({ measured }) => measured.readings),
      notes: [...new Set(moved.flatMap(({ measured }) => measured.notes))],
    },
    joined: {
      windows: moved.flatMap((block) => windowsOf(block)),
      edges: moved.flatMap((block) => edgesOf(block)),
      firsts,
    },
    audit: joinAudits(moved.map(({ audit }) => audit)),
    segments: sumOf(moved, ({ segments }) => segments),
    runs: moved.flatMap(({ runs }) => runs),
    effects: moved.some(({ effects }) => effects === null) ? null : moved.flatMap(({ effects }) => effects ?? []),
    stream: joinStreams(moved.map(({ stream }) => stream)),
    activity: joinActivities(moved.map(({ activity }) => activity)),
    faults: moved.flatMap(({ faults }) => faults),
    notes: [...new Set(moved.flatMap(({ notes }) => notes))],
    artifacts: moved.flatMap(({ artifacts }) => artifacts),
    areCountersSettled: moved.every(({ areCountersSettled }) => areCountersSettled === true),
    ...(moved.every(({ undoneRows }) => undoneRows !== undefined)
      ? { undoneRows: sumOf(moved, ({ undoneRows = 0 }) => undoneRows) }
      : {}),
    activityMs: sumOf(moved, ({ activityMs = 0 }) => activityMs),
    ...(moved.every(({ statements }) => statements !== undefined)
      ? { statements: sumOf(moved, ({ statements = 0 }) => statements) }
      : {}),
    lines: new Map(moved.flatMap(({ lines }) => [...(lines ?? [])])),
    ...joinAlongside(moved),
    ...joinWatched(moved),
    clocks: moved.flatMap(({ clocks = [] }) => clocks),
    ...(moved.some(({ reopenedToTarget }) => reopenedToTarget !== undefined)
      ? { reopenedToTarget: sumOf(moved, ({ reopenedToTarget = 0 }) => reopenedToTarget) }
      : {}),
  };
}
