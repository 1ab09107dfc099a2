import type { RunTimes } from "../../audit/run-times.ts";
import type { StreamReport } from "../../load/subscriber/subscribers.ts";
import type { Evidence } from "../evidence.ts";
import type { WindowEdge } from "../measured-load.ts";
import { windowsOf } from "../window.ts";

/**
 * Moves every instant of a block, so that its load begins `offsetUs` after `startedAtUs`, and numbers its requests from `requests` on.
 * Unix microseconds stay Unix microseconds; those of its ledger still count from the block's own first request.
 */
export function moveBlock(block: Evidence, offsetUs: number, startedAtUs: number, requests: number): Evidence {
  const us = startedAtUs + offsetUs - block.measured.report.startedAtUs;
  const { measured, witness, probe, hostMoments, databaseMoments, lines } = block;
  const moveSpan = <Span extends { readonly fromUs: number; readonly untilUs: number }>(span: Span): Span => ({
    ...span,
    fromUs: span.fromUs + us,
    untilUs: span.untilUs + us,
  });
  const moveAt = <Instant extends { readonly atUs: number }>(instant: Instant): Instant => ({
    ...instant,
    atUs: instant.atUs + us,
  });
  const moveEdge = (edge: WindowEdge): WindowEdge => ({
    atUs: edge.atUs + us,
    resources: moveAt(edge.resources),
    database: {
      ...edge.database,
      ...(edge.database.atUs === undefined ? {} : { atUs: edge.database.atUs + us }),
    },
  });
  const edges = { from: moveEdge(measured.from), until: moveEdge(measured.until) };
  return {
    ...block,
    measured: {
      ...measured,
      report: {
        ...measured.report,
        startedAtUs: measured.report.startedAtUs + us,
        finishedAtUs: measured.report.finishedAtUs + us,
      },
      ...edges,
      readings: measured.readings.map(moveAt),
    },
    joined: {
      windows: windowsOf(block).map(({ fromUs, untilUs }) => ({
        fromUs: fromUs + offsetUs,
        untilUs: untilUs + offsetUs,
      })),
      edges: [edges],
      firsts: [requests],
    },
    runs: block.runs.map((run): RunTimes => ({
      ...run,
      n: run.n + requests,
      receivedUs: run.receivedUs + us,
      ackedUs: run.ackedUs + us,
      doneUs: run.doneUs === null ? null : run.doneUs + us,
      movedUs: (run.movedUs ?? 0) + us,
    })),
    effects: block.effects?.map(moveAt) ?? null,
    stream: block.stream === null ? null : moveStream(block.stream, us),
    faults: block.faults.map((fault) => ({ ...fault, beganUs: fault.beganUs + us, endedUs: fault.endedUs + us })),
    ...(witness === undefined
      ? {}
      : {
          witness: { ...witness, stalls: witness.stalls.map(moveSpan), flushes: witness.flushes?.map(moveSpan) ?? [] },
        }),
    ...(probe === undefined || probe === null
      ? {}
      : {
          probe: {
            collections: probe.collections.map(moveSpan),
            busy: probe.busy.map(moveSpan),
            seconds: probe.seconds.map(moveAt),
          },
        }),
    ...(lines === undefined
      ? {}
      : { lines: new Map([...lines].map(([runId, ofRun]) => [runId, ofRun.map(moveAt)] as const)) }),
    ...(hostMoments === undefined ? {} : { hostMoments: hostMoments.map(moveSpan) }),
    ...(databaseMoments === undefined
      ? {}
      : {
          databaseMoments: databaseMoments.map((moment) => ({
            ...moment,
            askedUs: moment.askedUs + us,
            answeredUs: moment.answeredUs + us,
          })),
        }),
  };
}

function moveStream(stream: StreamReport, us: number): StreamReport {
  return {
    ...stream,
    lastLineUs: new Map([...stream.lastLineUs].map(([runId, atUs]) => [runId, atUs + us])),
    views: stream.views.map((view) => ({ ...view, endUs: view.endUs === null ? null : view.endUs + us })),
  };
}
