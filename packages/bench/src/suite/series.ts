import { isAccepted, Outcome } from "../load/ledger.ts";
import { LatencyRecorder } from "../measure/latency.ts";
import { cpuShare } from "../measure/resource-sampler.ts";
import type { HostMoment } from "../measure/timeline/host-timeline.ts";
import type { SeriesPoint } from "../result/result.ts";
import type { Evidence } from "./evidence.ts";

/** One row per second of a load, from its first request; latencies by the second in which a request was due. */
export function seriesOf(evidence: Evidence): SeriesPoint[] {
  const { report, readings } = evidence.measured;
  const { ledger } = report;
  const seconds: { sent: number; acked: number; errors: number; readonly latency: LatencyRecorder }[] = [];
  const at = (us: number) => {
    const second = Math.floor(us / 1e6);
    while (seconds.length <= second) seconds.push({ sent: 0, acked: 0, errors: 0, latency: new LatencyRecorder() });
    return seconds[second];
  };
  for (let n = 0; n < ledger.count; n += 1) {
    const [intendedUs = 0, sentUs = -1, answeredUs = -1, outcome = 0] = [
      ledger.intendedUs[n],
      ledger.sentUs[n],
      ledger.answeredUs[n],
      ledger.outcome[n],
    ];
    const sent = sentUs < 0 ? undefined : at(sentUs);
    if (sent !== undefined) sent.sent += 1;
    const ended = at(answeredUs < 0 ? intendedUs : answeredUs);
    if (ended === undefined) continue;
    if (isAccepted(outcome)) {
      ended.acked += 1;
      at(intendedUs)?.latency.record(answeredUs - intendedUs);
    } else if (outcome !== Outcome.pending) {
      ended.errors += 1;
      at(intendedUs)?.latency.fail();
    }
  }
  const unfinished = unfinishedAfter(evidence, seconds.length);
  return seconds.map(({ sent, acked, errors, latency }, second) => {
    const middleUs = ledger.startedAtUs + (second + 0.5) * 1e6;
    const index = readings.findIndex((reading) => reading.atUs >= middleUs);
    const reading = readings[index];
    const rssBytes = reading?.processes.get("meshhook")?.rssBytes;
    const share = (name: string) => (reading === undefined ? null : cpuShare(readings[index - 1], reading, name));
    return {
      second,
      sent,
      acked,
      errors,
      ackMsP50: latency.percentileMs(50),
      ackMsP99: latency.percentileMs(99),
      meshhookCpuShare: share("meshhook"),
      postgresCpuShare: share("postgres"),
      ...(rssBytes === undefined ? {} : { meshhookRssBytes: rssBytes }),
      unfinished: unfinished[second] ?? 0,
      ...loopBusyIn(evidence, middleUs),
      ...machineIn(evidence.hostMoments ?? [], middleUs - 0.5e6, middleUs + 0.5e6),
    };
  });
}

/** For each second, the accepted requests whose runs had not ended at its end. */
function unfinishedAfter({ measured, runs }: Evidence, seconds: number): readonly number[] {
  const { ledger } = measured.report;
  const changes = Array.from({ length: seconds }, () => 0);
  const change = (us: number, by: number) => {
    const second = Math.max(0, Math.floor(us / 1e6));
    if (second < seconds) changes[second] = (changes[second] ?? 0) + by;
  };
  for (const { receivedUs, doneUs } of runs) {
    change(receivedUs - ledger.startedAtUs, 1);
    if (doneUs !== null) change(doneUs - ledger.startedAtUs, -1);
  }
  let unfinished = 0;
  return changes.map((by) => Math.max(0, (unfinished += by)));
}

function loopBusyIn({ probe }: Evidence, atUs: number): Pick<SeriesPoint, "loopBusyShare"> {
  // The probe writes at the end of each of its seconds.
  const second = probe?.seconds.find((each) => each.atUs >= atUs && each.atUs < atUs + 1.5e6);
  return second === undefined ? {} : { loopBusyShare: second.utilization };
}

/** Means over a stretch of the machine's timeline; nothing where it was not watched. */
function machineIn(
  moments: readonly HostMoment[],
  fromUs: number,
  untilUs: number,
): Pick<SeriesPoint, "cpuPressureShare" | "ioPressureShare" | "stealShare"> {
  const within = moments.filter((moment) => moment.untilUs > fromUs && moment.fromUs < untilUs);
  const mean = (of: (moment: HostMoment) => number | null) => {
    const values = within.flatMap((moment) => of(moment) ?? []);
    return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  if (within.length === 0) return {};
  return {
    cpuPressureShare: mean(({ cpuPressureShare }) => cpuPressureShare),
    ioPressureShare: mean(({ ioPressureShare }) => ioPressureShare),
    stealShare: mean(({ stealShare }) => stealShare),
  };
}
