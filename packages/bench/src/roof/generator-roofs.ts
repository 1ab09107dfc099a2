import { join } from "node:path";
import { startLoad } from "../load/generator/generator.ts";
import type { LoadReport } from "../load/generator/generator.ts";
import type { LoadPlan, Payload } from "../load/generator/protocol.ts";
import { startNullTarget } from "../load/null-target/null-target.ts";
import type { NullTargetMode } from "../load/null-target/protocol.ts";
import { constant } from "../load/profile/profile.ts";
import { isAccepted } from "../load/ledger.ts";
import { LatencyRecorder } from "../measure/latency.ts";
import { readProcessTree } from "../measure/process-tree.ts";
import type { Calibration } from "../result/result.ts";

export interface GeneratorRoofOptions {
  readonly durationMs: number;
  readonly payload: Payload;
  /** Where the ledgers of these loads may be written. */
  readonly directory: string;
}

/** The number of senders in every saturation of the benchmark, and so in what they are compared with. */
export const SATURATION_SENDERS = 128;

/** What the generator itself can do on this machine, against a target that does nothing. */
export async function calibrateGenerator(options: GeneratorRoofOptions): Promise<Calibration> {
  const ceiling = await saturate("nothing", options);
  const target = await startNullTarget("nothing");
  try {
    const atHundred = await latenessAt(100, target.port, options);
    const half = Math.max(1, Math.round(ceiling.perSecond / 2));
    const atHalf = await latenessAt(half, target.port, options);
    return {
      ceilingPerSecond: ceiling.perSecond,
      cpuUsPerRequest: ceiling.cpuUsPerRequest,
      latenessMsP99: atHundred.percentileMs(99) ?? 0,
      atHalf: {
        ratePerSecond: half,
        latenessMsP50: atHalf.percentileMs(50) ?? 0,
        latenessMsP99: atHalf.percentileMs(99) ?? 0,
      },
    };
  } finally {
    await target.stop();
  }
}

/** How late requests leave at a rate, compared with when they were due; what was not sent in time to be sent ranks last. */
async function latenessAt(
  ratePerSecond: number,
  port: number,
  options: GeneratorRoofOptions,
): Promise<LatencyRecorder> {
  const { ledger } = await sendTo(port, options, {
    kind: "open",
    profile: constant(ratePerSecond, options.durationMs),
    inFlightMax: 256,
    unsentAfterMs: 5_000,
  });
  const lateness = new LatencyRecorder();
  for (let n = 0; n < ledger.count; n += 1) {
    const sentUs = ledger.sentUs[n] ?? -1;
    if (sentUs < 0) lateness.fail();
    else lateness.record(sentUs - (ledger.intendedUs[n] ?? 0));
  }
  return lateness;
}

/** What an HTTP server in Node that only reads and parses the body can answer here, to the same generator. */
export function measureRawHttpRoof(options: GeneratorRoofOptions): Promise<Saturation> {
  return saturate("node-http", options);
}

interface Saturation {
  readonly perSecond: number;
  /** The generator's. */
  readonly cpuUsPerRequest: number;
  readonly serverCpuUsPerRequest: number;
}

async function saturate(mode: NullTargetMode, options: GeneratorRoofOptions): Promise<Saturation> {
  const target = await startNullTarget(mode);
  try {
    const rampUpMs = Math.min(RAMP_UP_MS_MAX, options.durationMs);
    const durationMs = options.durationMs + rampUpMs;
    const cpuBefore = readProcessTree(target.pid)?.cpuSeconds ?? 0;
    const report = await sendTo(target.port, options, { kind: "closed", senders: SATURATION_SENDERS, durationMs });
    const { ledger } = report;
    const serverCpuSeconds = (readProcessTree(target.pid)?.cpuSeconds ?? 0) - cpuBefore;
    // The first second is compilation, in the generator as in the target.
    let answered = 0;
    let lastUs = 0;
    for (let n = 0; n < ledger.count; n += 1) {
      const answeredUs = ledger.answeredUs[n] ?? -1;
      if (answeredUs < rampUpMs * 1_000 || !isAccepted(ledger.outcome[n] ?? 0)) continue;
      answered += 1;
      lastUs = Math.max(lastUs, answeredUs);
    }
    const seconds = Math.max(0.001, lastUs / 1e6 - rampUpMs / 1_000);
    const requests = Math.max(1, ledger.count);
    return {
      perSecond: answered / seconds,
      cpuUsPerRequest: report.cpuUs / requests,
      serverCpuUsPerRequest: (serverCpuSeconds * 1e6) / requests,
    };
  } finally {
    await target.stop();
  }
}

const RAMP_UP_MS_MAX = 1_000;

async function sendTo(port: number, options: GeneratorRoofOptions, model: LoadPlan["model"]): Promise<LoadReport> {
  const load = await startLoad(
    {
      target: { host: "127.0.0.1", port, path: "/hooks/none" },
      model,
      payloads: [options.payload],
      timeoutMs: 5_000,
      requestsMax: 2_000_000,
      ledgerPath: join(options.directory, "calibration.ledger"),
    },
    () => undefined,
  );
  return load.finished;
}
