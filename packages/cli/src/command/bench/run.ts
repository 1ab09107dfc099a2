import { join, resolve } from "node:path";

import {
  BenchBroken,
  BenchInterrupted,
  findBottlenecks,
  formatSummary,
  runSuite,
  startReadings,
  writeReports,
} from "@meshhook/bench";
import type {
  BenchOptions,
  BenchResult,
  ExternalSources,
  LoadDriver,
  Override,
  ProgressListener,
  Selection,
} from "@meshhook/bench";

import { ownRevision } from "../../bench/checkout.ts";
import { diskFull } from "../../bench/disk-full.ts";
import { openDriverFor, refuseDriverFor } from "../../bench/driver.ts";
import { openSources } from "../../bench/external.ts";
import { createLauncher } from "../../bench/launcher.ts";
import { prepareOutFolder, takeOutFolder } from "../../bench/out-folder.ts";
import { measureRemote, remoteTarget, withoutSecrets } from "../../bench/remote.ts";
import { selectOrRefuse } from "../../bench/select.ts";
import { endSoon, stopWithReport } from "../../bench/stopping.ts";
import type { Config } from "../../config/settings.ts";
import { CommandError, type ExitName } from "../../exit-codes.ts";
import { BENCH } from "../../installation.ts";
import type { Output } from "../../terminal/output.ts";
import { ProgressLine } from "../../terminal/progress-line.ts";
import { VERSION } from "../../version.ts";

/** What `meshhook bench run` was asked to do, in addition to the settings. */
export interface BenchRequest {
  /** Suites, scenarios and files, as in `quick` or `./orders.yaml`; empty for what the settings say. */
  readonly what: readonly string[];
  /** Values in place of those in scenario files. */
  readonly overrides: readonly Override[];
  /** Extra environment for the measured process. */
  readonly meshhookEnv: { readonly [name: string]: string };
  /** Of the target's database, as typed; null for what the settings say. */
  readonly databaseUrl: string | null;
  /** The arguments as typed, for the record. */
  readonly typed: readonly string[];
}

/** Measures MeshHook on this machine and writes the report. Ctrl-C stops early and reports what was measured so far. */
export async function runBenchmark(request: BenchRequest, config: Config, output: Output): Promise<ExitName> {
  const selection = selected(request, config);
  const remote = remoteTarget(config, request);
  if (remote !== null) refuseDriverFor(config.benchDriver);
  const driver = await openDriverFor(config.benchDriver, selection.scenarios);
  const sources = await openSources(config);
  const outDir = resolve(
    config.benchOut ?? join(config.reportsDir, new Date().toISOString().slice(0, 19).replaceAll(":", "")),
  );
  await prepareOutFolder(outDir);
  const giveBack = await takeOutFolder(outDir);
  try {
    return await measure(request, { selection, driver, sources, outDir }, config, output);
  } catch (error) {
    if (error instanceof BenchInterrupted) throw new CommandError("failed", error.message, { cause: error });
    const full = diskFull(error, { outDir, dataDir: config.dataDir });
    if (full !== null) throw full;
    if (error instanceof BenchBroken)
      throw new CommandError("failed", `${error.message} The report in ${outDir} has what was measured before.`, {
        cause: error,
      });
    throw error;
  } finally {
    await giveBack();
    endSoon();
  }
}

interface Prepared {
  readonly selection: Selection;
  readonly driver: LoadDriver | null;
  readonly sources: ExternalSources;
  readonly outDir: string;
}

async function measure(
  request: BenchRequest,
  { selection, driver, sources, outDir }: Prepared,
  config: Config,
  output: Output,
): Promise<ExitName> {
  const remote = remoteTarget(config, request);
  // Starts nothing by itself.
  const launcher = await createLauncher({ dataDir: config.dataDir, logFile: join(outDir, "dataset", "meshhook.log") });
  const signal = stopWithReport(launcher, "the report");
  const readings = startReadings(launcher, sources, outDir);
  const progress = new ProgressLine(process.stderr, () => performance.now());
  const options: BenchOptions = {
    ...selection,
    seed: config.benchSeed,
    durationScale: config.benchDurationScale,
    blocks: config.benchRepeat,
    driver,
    outDir,
    command: [BENCH, ...withoutSecrets(request.typed)].join(" "),
    meshhookVersion: VERSION,
    commit: await ownRevision(),
    meshhookEnv: request.meshhookEnv,
    signal,
  };
  const show: ProgressListener = ({ share, secondsLeft, stage, line }) =>
    progress.show({ share, secondsLeft, stage }, line);
  const broken: BenchBroken[] = [];
  const measured = await (
    remote === null ? runSuite(options, readings.launcher, show) : measureRemote(options, remote, show)
  )
    .catch((error: unknown) => {
      if (!(error instanceof BenchBroken)) throw error;
      broken.push(error);
      return error.result;
    })
    .finally(() => progress.end());
  const result: BenchResult = await readings.addTo({ ...measured, findings: findBottlenecks(measured) });
  const files = await writeReports(result, outDir);
  output.line(formatSummary(result, { reportPath: files.html }));
  for (const error of broken) throw error;
  return EXITS[result.verdict];
}

const EXITS = {
  passed: "ok",
  failed: "notMet",
  inconclusive: "inconclusive",
  void: "void",
  interrupted: "failed",
} as const satisfies { readonly [verdict: string]: ExitName };

/** Words on the command line come before the settings. */
function selected({ what, overrides }: BenchRequest, config: Config): Selection {
  const { benchScenarios, benchSuite, benchDuration, benchRate } = config;
  return selectOrRefuse({
    what: what.length > 0 ? what : benchScenarios.length > 0 ? benchScenarios : [benchSuite],
    duration: benchDuration,
    rate: benchRate,
    overrides,
  });
}
