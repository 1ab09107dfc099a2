import type { ReadReport } from "../../scenario/alongside/read-pages.ts";
import type { StreamReport } from "../../load/subscriber/subscribers.ts";
import { LatencyRecorder } from "../../measure/latency.ts";
import type { CanaryReading } from "../../result/result.ts";
import type { Evidence } from "../evidence.ts";
import { sumOf } from "./counts.ts";

/** What was watched in every block; what one of them lacks cannot be said of all. */
export function joinWatched(
  blocks: readonly Evidence[],
): Pick<Evidence, "witness" | "probe" | "hostMoments" | "databaseMoments" | "canary"> {
  const all = <Part>(of: (block: Evidence) => Part | null | undefined): Part[] | null => {
    const parts = blocks.map(of);
    return parts.every((part) => part !== undefined && part !== null) ? parts : null;
  };
  const witnesses = all(({ witness }) => witness);
  const probes = all(({ probe }) => probe);
  const hosts = all(({ hostMoments }) => hostMoments);
  const databases = all(({ databaseMoments }) => databaseMoments);
  const canaries = all(({ canary }) => canary)?.flatMap(({ before, after }) => [before, after]) ?? null;
  return {
    ...(witnesses === null
      ? {}
      : {
          witness: {
            stalls: witnesses.flatMap(({ stalls }) => stalls),
            flushes: witnesses.flatMap(({ flushes = [] }) => flushes),
            flushMsP50: middle(witnesses.flatMap(({ flushMsP50 }) => (flushMsP50 === null ? [] : [flushMsP50]))),
            flushMsMax: largest(witnesses.flatMap(({ flushMsMax }) => (flushMsMax === null ? [] : [flushMsMax]))),
            timerLateMsP99: Math.max(...witnesses.map(({ timerLateMsP99 }) => timerLateMsP99)),
          },
        }),
    probe:
      probes === null
        ? null
        : {
            collections: probes.flatMap(({ collections }) => collections),
            busy: probes.flatMap(({ busy }) => busy),
            seconds: probes.flatMap(({ seconds }) => seconds),
          },
    ...(hosts === null ? {} : { hostMoments: hosts.flat() }),
    ...(databases === null ? {} : { databaseMoments: databases.flat() }),
    ...(canaries === null ? {} : { canary: { before: middleReading(canaries), after: middleReading(canaries) } }),
  };
}

export function joinAlongside(blocks: readonly Evidence[]): Pick<Evidence, "alongside"> {
  const reports = blocks.flatMap(({ alongside }) => (alongside === undefined ? [] : [alongside]));
  if (reports.length === 0) return {};
  const slow = reports.flatMap(({ slowSenders }) => (slowSenders === null ? [] : [slowSenders]));
  const neighbours = reports.flatMap(({ neighbour }) => (neighbour === null ? [] : [neighbour]));
  return {
    alongside: {
      list: joinReads(reports.map(({ list }) => list)),
      detail: joinReads(reports.map(({ detail }) => detail)),
      neighbour:
        neighbours.length === 0
          ? null
          : {
              due: sumOf(neighbours, ({ due }) => due),
              accepted: sumOf(neighbours, ({ accepted }) => accepted),
              shed: sumOf(neighbours, ({ shed }) => shed),
              failed: sumOf(neighbours, ({ failed }) => failed),
            },
      slowSenders:
        slow.length === 0
          ? null
          : {
              ended: sumOf(slow, ({ ended }) => ended),
              accepted: sumOf(slow, ({ accepted }) => accepted),
              cutOff: sumOf(slow, ({ cutOff }) => cutOff),
              failed: sumOf(slow, ({ failed }) => failed),
            },
    },
  };
}

function joinReads(reports: readonly (ReadReport | null)[]): ReadReport | null {
  const reads = reports.flatMap((report) => (report === null ? [] : [report]));
  if (reads.length === 0) return null;
  return {
    latency: LatencyRecorder.merged(reads.map(({ latency }) => latency)),
    failed: sumOf(reads, ({ failed }) => failed),
  };
}

export function joinStreams(streams: readonly (StreamReport | null)[]): StreamReport | null {
  const followed = streams.flatMap((stream) => (stream === null ? [] : [stream]));
  const [first] = followed;
  if (first === undefined) return null;
  const sum = (of: (stream: StreamReport) => number) => followed.reduce((total, stream) => total + of(stream), 0);
  return {
    viewers: first.viewers,
    lines: sum(({ lines }) => lines),
    announcedGaps: sum(({ announcedGaps }) => announcedGaps),
    broken: sum(({ broken }) => broken),
    lastLineUs: new Map(followed.flatMap(({ lastLineUs }) => [...lastLineUs])),
    views: followed.flatMap(({ views }) => views),
  };
}

/** Of several readings the usual one. */
function middleReading(readings: readonly CanaryReading[]): CanaryReading {
  const of = (name: keyof CanaryReading) => middle(readings.map((reading) => reading[name])) ?? Infinity;
  return { cpuMs: of("cpuMs"), flushMs: of("flushMs"), roundTripMs: of("roundTripMs") };
}

function middle(values: readonly number[]): number | null {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? null;
}

function largest(values: readonly number[]): number | null {
  return values.length === 0 ? null : Math.max(...values);
}
