import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

import {
  BenchInterrupted,
  formatPeers,
  PEERS,
  peersResultIssues,
  renderPeersMarkdown,
  runPeers,
} from "@meshhook/bench";
import type { PeersResult } from "@meshhook/bench";

import { ownRevision } from "../../bench/checkout.ts";
import { diskFull } from "../../bench/disk-full.ts";
import { createLauncher } from "../../bench/launcher.ts";
import { prepareOutFolder, takeOutFolder } from "../../bench/out-folder.ts";
import type { Config } from "../../config/settings.ts";
import { CommandError, type ExitName } from "../../exit-codes.ts";
import { stopRequested } from "../../start/stop-signal.ts";
import { BENCH } from "../../installation.ts";
import type { Output } from "../../terminal/output.ts";
import { ProgressLine } from "../../terminal/progress-line.ts";
import { VERSION } from "../../version.ts";

export interface PeersRequest {
  /** Names; empty for all. */
  readonly peers: readonly string[];
  readonly rounds: number;
  readonly nominalSeconds: number;
  readonly saturatedSeconds: number;
  /** The arguments as typed, for the record. */
  readonly typed: readonly string[];
}

const RATE_PER_SECOND = 100;
const SENDERS = 32;
const WARM_UP_MS = 1_000;
/** After a second request to stop, the process waits no longer than this for the database to be removed. */
const SECOND_STOP_MS_MAX = 10_000;

/** Measures MeshHook and its peers in turns and writes `peers.md` and `peers.json`. */
export async function runPeersBenchmark(request: PeersRequest, config: Config, output: Output): Promise<ExitName> {
  const peers = selectPeers(request.peers);
  const time = new Date().toISOString().slice(0, 19).replaceAll(":", "");
  const outDir = resolve(config.benchOut ?? join(config.reportsDir, `${time}-peers`));
  await prepareOutFolder(outDir);
  const giveBack = await takeOutFolder(outDir);
  try {
    return await measure(request, peers, config, output, outDir);
  } catch (error) {
    throw diskFull(error, { outDir, dataDir: config.dataDir }) ?? error;
  } finally {
    await giveBack();
  }
}

async function measure(
  request: PeersRequest,
  peers: typeof PEERS,
  config: Config,
  output: Output,
  outDir: string,
): Promise<ExitName> {
  const abort = new AbortController();
  const launcher = await createLauncher({ dataDir: config.dataDir, logFile: join(outDir, "dataset", "meshhook.log") });
  void stopRequested(() => {
    setTimeout(() => process.exit(1), SECOND_STOP_MS_MAX);
    void launcher.endNow().finally(() => process.exit(1));
  }).then(() => {
    process.stderr.write("\nStopping: the report covers what was measured so far.\n");
    abort.abort();
  });
  const progress = new ProgressLine(process.stderr, () => performance.now());
  const startedMs = performance.now();
  const measured = runPeers(
    {
      peers,
      workflows: ["pure", "one-call"],
      plan: {
        rounds: request.rounds,
        warmUpMs: WARM_UP_MS,
        ratePerSecond: RATE_PER_SECOND,
        nominalMs: request.nominalSeconds * 1_000,
        senders: SENDERS,
        saturatedMs: request.saturatedSeconds * 1_000,
      },
      cache: join(resolve(config.dataDir), "bench-peers"),
      seed: config.benchSeed,
      command: [BENCH, ...request.typed].join(" "),
      meshhookVersion: VERSION,
      commit: await ownRevision(),
      signal: abort.signal,
    },
    launcher,
    ({ share, stage }) => {
      const elapsed = (performance.now() - startedMs) / 1_000;
      progress.show({ share, secondsLeft: share === 0 ? 0 : (elapsed * (1 - share)) / share, stage }, null);
    },
  );
  const result = await finished(measured, async () => {
    progress.end();
    await launcher.endNow();
  });
  await writeResult(result, outDir);
  output.line(formatPeers(result));
  output.line(`\nWritten to ${outDir}: peers.md, peers.json.`);
  return exitOf(result);
}

async function finished(measured: Promise<PeersResult>, cleanUp: () => Promise<void>): Promise<PeersResult> {
  try {
    return await measured;
  } catch (error) {
    if (error instanceof BenchInterrupted) throw new CommandError("failed", error.message, { cause: error });
    throw error;
  } finally {
    await cleanUp();
  }
}

function selectPeers(names: readonly string[]): typeof PEERS {
  const known = PEERS.map(({ name }) => name);
  const wrong = names.filter((name) => !known.includes(name));
  if (wrong.length > 0)
    throw new CommandError(
      "badInput",
      wrong.map((name) => `"${name}" is not a peer. Choose from ${known.join(", ")}.`).join("\n"),
    );
  return names.length === 0 ? PEERS : PEERS.filter(({ name }) => names.includes(name));
}

async function writeResult(result: PeersResult, outDir: string): Promise<void> {
  const issues = peersResultIssues(result);
  if (issues.length > 0) throw new Error(`The result does not match its own schema:\n${issues.join("\n")}`);
  await writeFile(join(outDir, "peers.json"), `${JSON.stringify(result, null, 2)}\n`);
  await writeFile(join(outDir, "peers.md"), renderPeersMarkdown(result));
}

function exitOf({ isInterrupted, comparisons, contestants }: PeersResult): ExitName {
  if (isInterrupted) return "failed";
  if (comparisons.some(({ contestant, audit }) => contestant === "meshhook" && !audit.isClean)) return "notMet";
  return contestants.some(({ name }) => comparisons.some((each) => each.contestant === name && name !== "meshhook"))
    ? "ok"
    : "inconclusive";
}
