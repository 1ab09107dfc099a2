import { isAccepted, Outcome } from "../load/ledger.ts";
import type { Ledger } from "../load/ledger.ts";
import { LatencyRecorder } from "../measure/latency.ts";
import { cpuShare } from "../measure/resource-sampler.ts";
import type { ResourceReading } from "../measure/resource-sampler.ts";
import type { SeriesPoint } from "../result/result.ts";

/** One row per second of a load, from its first request; latencies by the second in which a request was due. */
export function seriesOf(ledger: Ledger, readings: readonly ResourceReading[]): SeriesPoint[] {
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
    };
  });
}
