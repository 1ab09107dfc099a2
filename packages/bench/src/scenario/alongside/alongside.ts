import { join } from "node:path";
import { startLoad } from "../../load/generator/generator.ts";
import type { RunningLoad } from "../../load/generator/generator.ts";
import type { Payload } from "../../load/generator/protocol.ts";
import { isAccepted, Outcome } from "../../load/ledger.ts";
import { constant } from "../../load/profile/profile.ts";
import { readRunDetails, readRunList } from "./read-pages.ts";
import type { ReadReport } from "./read-pages.ts";
import { sendSlowly } from "./slow-senders.ts";
import type { SlowSendersReport } from "./slow-senders.ts";
import { viewSlowly } from "./slow-viewers.ts";
import type { AlongsideStep } from "./step.ts";

/** What the steps need of the system. */
export interface AlongsideSystem {
  readonly url: string;
  readonly port: number;
  /** Of the project that is measured. */
  readonly apiKey: string;
  /** The path of an endpoint in a project of its own, with a workflow without calls. Fine to call several times at once. */
  createNeighbour(): Promise<string>;
}

export interface AlongsideReport {
  /** Pages of the run list; null where nobody read them. */
  readonly list: ReadReport | null;
  /** Single runs; null where nobody read them. */
  readonly detail: ReadReport | null;
  /** Webhooks of the neighbours; null without one. `failed` are those that were neither accepted nor shed with 503. */
  readonly neighbour: {
    readonly due: number;
    readonly accepted: number;
    readonly shed: number;
    readonly failed: number;
  } | null;
  /** Null without any. */
  readonly slowSenders: SlowSendersReport | null;
}

export interface RunningAlongside {
  /** The processes that take part, by name. */
  readonly pids: { readonly [name: string]: number };
  /** Ends the steps and tells what became of them. Fine to call twice. */
  stop(): Promise<AlongsideReport>;
}

/** Neighbours are ended with the measured load, whatever happens to it; this is only the rope they may not leave. */
const NEIGHBOUR_MS_MAX = 30 * 60_000;
/** Projects that are made at once. */
const MADE_AT_ONCE = 8;

/** Starts what a scenario wants to happen beside its measured load. */
export async function startAlongside(
  steps: readonly AlongsideStep[],
  system: AlongsideSystem,
  options: { readonly payloads: readonly Payload[]; readonly directory: string },
): Promise<RunningAlongside> {
  const neighbours: RunningLoad[] = [];
  const lists: ReturnType<typeof readRunList>[] = [];
  const details: ReturnType<typeof readRunDetails>[] = [];
  const slowSenders: ReturnType<typeof sendSlowly>[] = [];
  const slowViewers: ReturnType<typeof viewSlowly>[] = [];
  const end = async (): Promise<AlongsideReport> => {
    for (const load of neighbours) load.stop();
    await Promise.all(slowViewers.map((viewers) => viewers.stop()));
    const [list, detail, slow, sent] = await Promise.all([
      Promise.all(lists.map((reader) => reader.stop())),
      Promise.all(details.map((reader) => reader.stop())),
      Promise.all(slowSenders.map((senders) => senders.stop())),
      Promise.all(neighbours.map((load) => load.finished)),
    ]);
    return {
      list: list[0] ?? null,
      detail: detail[0] ?? null,
      neighbour: sent.length === 0 ? null : totalOf(sent.map(({ ledger }) => ledger)),
      slowSenders: slow[0] ?? null,
    };
  };
  const startStep = async (step: AlongsideStep, index: number): Promise<void> => {
    switch (step.kind) {
      case "run-list":
        lists.push(readRunList({ url: system.url, apiKey: system.apiKey, ratePerSecond: step.rate }));
        return;
      case "run-detail":
        details.push(readRunDetails({ url: system.url, apiKey: system.apiKey, ratePerSecond: step.rate }));
        return;
      case "slow-viewers":
        slowViewers.push(viewSlowly({ url: system.url, apiKey: system.apiKey, count: step.count }));
        return;
      case "slow-senders": {
        const [payload] = options.payloads;
        if (payload === undefined) throw new Error("Slow senders have nothing to send.");
        const path = await system.createNeighbour();
        slowSenders.push(sendSlowly({ port: system.port, path, payload, count: step.count, takesMs: step.takes }));
        return;
      }
      default: {
        const [path = "", ...otherPaths] = await createNeighbours(system, step.projects);
        neighbours.push(
          await startLoad(
            {
              target: { host: "127.0.0.1", port: system.port, path, otherPaths },
              model: {
                kind: "open",
                profile: constant(step.rate, NEIGHBOUR_MS_MAX),
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
    }
  };
  try {
    for (const [index, step] of steps.entries()) await startStep(step, index);
  } catch (error) {
    await Promise.all([
      ...[...lists, ...details, ...slowSenders, ...slowViewers].map((running) => running.stop()),
      ...neighbours.map((load) => load.abort()),
    ]);
    throw error;
  }
  let ended: Promise<AlongsideReport> | null = null;
  return {
    pids: Object.fromEntries(neighbours.map(({ pid }, index) => [`neighbour ${String(index + 1)}`, pid])),
    stop: () => (ended ??= end()),
  };
}

/** As many projects, a few at once; returns the paths of their endpoints. */
async function createNeighbours(system: AlongsideSystem, count: number): Promise<readonly string[]> {
  const paths: string[] = [];
  for (let made = 0; made < count; made += MADE_AT_ONCE) {
    const some = Math.min(MADE_AT_ONCE, count - made);
    paths.push(...(await Promise.all(Array.from({ length: some }, () => system.createNeighbour()))));
  }
  return paths;
}

function totalOf(
  ledgers: readonly { readonly count: number; readonly outcome: Int16Array }[],
): NonNullable<AlongsideReport["neighbour"]> {
  const total = { due: 0, accepted: 0, shed: 0, failed: 0 };
  for (const { count, outcome } of ledgers) {
    total.due += count;
    for (const one of outcome)
      // What found no connection was never sent.
      if (one !== Outcome.unsent) total[isAccepted(one) ? "accepted" : one === 503 ? "shed" : "failed"] += 1;
  }
  return total;
}
