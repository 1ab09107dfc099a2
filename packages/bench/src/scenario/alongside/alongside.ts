import { join } from "node:path";
import type { LatencyRecorder } from "../../measure/latency.ts";
import type { AlongsideStep } from "./step.ts";
import { startLoad } from "../../load/generator/generator.ts";
import type { RunningLoad } from "../../load/generator/generator.ts";
import type { Payload } from "../../load/generator/protocol.ts";
import { isAccepted } from "../../load/ledger.ts";
import { constant } from "../../load/profile/profile.ts";
import { readRuns } from "./read-runs.ts";

/** What the steps need of the system. */
export interface AlongsideSystem {
  readonly url: string;
  readonly port: number;
  /** Of the project that is measured. */
  readonly apiKey: string;
  /** The path of an endpoint in a project of its own, with a workflow without calls. */
  createNeighbour(): Promise<string>;
}

export interface AlongsideReport {
  /** Pages of the run list; null where nobody read them. */
  readonly list: { readonly latency: LatencyRecorder; readonly failed: number } | null;
  /** Webhooks of the neighbours; null without one. `failed` are those that were neither accepted nor shed with 503. */
  readonly neighbour: {
    readonly due: number;
    readonly accepted: number;
    readonly shed: number;
    readonly failed: number;
  } | null;
}

export interface RunningAlongside {
  /** The processes that take part, by name. */
  readonly pids: { readonly [name: string]: number };
  /** Ends the steps and tells what became of them. Fine to call twice. */
  stop(): Promise<AlongsideReport>;
}

/** Neighbours are ended with the measured load, whatever happens to it; this is only the rope they may not leave. */
const NEIGHBOUR_MS_MAX = 30 * 60_000;

/** Starts what a scenario wants to happen beside its measured load. */
export async function startAlongside(
  steps: readonly AlongsideStep[],
  system: AlongsideSystem,
  options: { readonly payloads: readonly Payload[]; readonly directory: string },
): Promise<RunningAlongside> {
  const neighbours: RunningLoad[] = [];
  const readers: ReturnType<typeof readRuns>[] = [];
  const end = async (): Promise<AlongsideReport> => {
    for (const load of neighbours) load.stop();
    const read = await Promise.all(readers.map((reader) => reader.stop()));
    const sent = await Promise.all(neighbours.map((load) => load.finished));
    return { list: read[0] ?? null, neighbour: sent.length === 0 ? null : totalOf(sent.map(({ ledger }) => ledger)) };
  };
  try {
    for (const [index, { kind, rate }] of steps.entries()) {
      if (kind === "run-list") {
        readers.push(readRuns({ url: system.url, apiKey: system.apiKey, ratePerSecond: rate }));
        continue;
      }
      neighbours.push(
        await startLoad(
          {
            target: { host: "127.0.0.1", port: system.port, path: await system.createNeighbour() },
            model: {
              kind: "open",
              profile: constant(rate, NEIGHBOUR_MS_MAX),
              inFlightMax: 128,
              unsentAfterMs: 1_000,
            },
            payloads: options.payloads,
            timeoutMs: 10_000,
            requestsMax: 2_000_000,
            ledgerPath: join(options.directory, `neighbour-${String(index)}.bin`),
          },
          () => undefined,
        ),
      );
    }
  } catch (error) {
    await Promise.all([...readers.map((reader) => reader.stop()), ...neighbours.map((load) => load.abort())]);
    throw error;
  }
  let ended: Promise<AlongsideReport> | null = null;
  return {
    pids: Object.fromEntries(neighbours.map(({ pid }, index) => [`neighbour ${String(index + 1)}`, pid])),
    stop: () => (ended ??= end()),
  };
}

function totalOf(
  ledgers: readonly { readonly count: number; readonly outcome: Int16Array }[],
): NonNullable<AlongsideReport["neighbour"]> {
  const total = { due: 0, accepted: 0, shed: 0, failed: 0 };
  for (const { count, outcome } of ledgers) {
    total.due += count;
    for (const one of outcome) total[isAccepted(one) ? "accepted" : one === 503 ? "shed" : "failed"] += 1;
  }
  return total;
}
