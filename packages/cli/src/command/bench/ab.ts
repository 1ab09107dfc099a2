import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

import { abMarkdown, abText, BenchInterrupted, runAb, SideNotStarted, UnlikeResults } from "@meshhook/bench";
import type { AbConfiguration, AbResult, AbVerdict, Override, Scenario } from "@meshhook/bench";

import { ownRevision } from "../../bench/checkout.ts";
import { diskFull } from "../../bench/disk-full.ts";
import { createLauncher } from "../../bench/launcher.ts";
import { otherCheckout, ownRoot, type OtherCheckout } from "../../bench/other-checkout.ts";
import { prepareOutFolder, takeOutFolder } from "../../bench/out-folder.ts";
import { selectOrRefuse } from "../../bench/select.ts";
import { sideSettings, type SideSettings } from "../../bench/side-settings.ts";
import { endSoon, stopWithReport } from "../../bench/stopping.ts";
import type { Config } from "../../config/settings.ts";
import { CommandError, type ExitName } from "../../exit-codes.ts";
import { BENCH } from "../../installation.ts";
import type { Output } from "../../terminal/output.ts";
import { ProgressLine } from "../../terminal/progress-line.ts";
import { VERSION } from "../../version.ts";
import type { ReportFormat } from "./compare.ts";
import type { NamedValue } from "../../bench/named-values.ts";

export interface AbSideRequest {
  /** A git revision or the folder of a checkout; null for this checkout. */
  readonly checkout: string | null;
  readonly settings: readonly NamedValue[];
}

export interface AbRequest {
  /** A scenario's name or file. */
  readonly scenario: string;
  readonly a: AbSideRequest;
  readonly b: AbSideRequest;
  readonly pairs: number;
  /** Values in place of those in the scenario's file, for both sides. */
  readonly overrides: readonly Override[];
  readonly format: ReportFormat;
  /** Whether what is inconclusive ends with its own exit code. */
  readonly isStrict: boolean;
  /** The arguments as typed, for the record. */
  readonly typed: readonly string[];
}

/** Compares two configurations in interleaved blocks, prints what changed, and ends as `bench gate` does. */
export async function compareConfigurations(request: AbRequest, config: Config, output: Output): Promise<ExitName> {
  const outDir = resolve(
    config.benchOut ?? join(config.reportsDir, `${new Date().toISOString().slice(0, 19).replaceAll(":", "")}-ab`),
  );
  const result = await measureAb(request, config, outDir);
  output.line(FORMATS[request.format](result));
  if (request.format === "table") output.line(`\nWritten to ${outDir}`);
  if (result.isInterrupted) return "failed";
  if (result.verdict === "inconclusive") return request.isStrict ? "inconclusive" : "ok";
  return EXITS[result.verdict];
}

/**
 * Measures both sides and writes `ab.json`, `ab.md` and the blocks' results.
 *
 * @throws CommandError  badInput for a wrong scenario, setting, revision or folder, before anything is started.
 */
export async function measureAb(request: AbRequest, config: Config, outDir: string): Promise<AbResult> {
  const scenario = selectOne(request, config);
  const settings = settingsOf(request);
  await prepareOutFolder(outDir);
  const giveBack = await takeOutFolder(outDir);
  const checkouts: OtherCheckout[] = [];
  try {
    const configurations: AbConfiguration[] = [];
    for (const side of ["a", "b"] as const) {
      const { checkout } = request[side];
      const other = checkout === null ? null : await otherCheckout(`--${side}`, checkout, await ownRoot());
      if (other !== null) checkouts.push(other);
      configurations.push(await configurationOf(other, settings[side]));
    }
    const [a, b] = configurations;
    if (a === undefined || b === undefined) throw new Error("Each side has a configuration.");
    const result = await measure(request, config, outDir, { scenario, a, b });
    await writeFile(join(outDir, "ab.json"), `${JSON.stringify(result, null, 2)}\n`);
    await writeFile(join(outDir, "ab.md"), `${abMarkdown(result)}\n`);
    return result;
  } catch (error) {
    const full = diskFull(error, { outDir, dataDir: config.dataDir });
    if (full !== null) throw full;
    if (error instanceof BenchInterrupted) throw new CommandError("failed", error.message, { cause: error });
    if (error instanceof SideNotStarted) throw new CommandError("failed", error.message, { cause: error });
    if (error instanceof UnlikeResults) throw new CommandError("badInput", error.message, { cause: error });
    throw error;
  } finally {
    for (const checkout of checkouts) await checkout.remove();
    await giveBack();
    endSoon();
  }
}

/** A third of the scenario's time is a block of the quick suite; who gives a duration means that of a block. */
const BLOCK_SHARE = 1 / 3;

async function measure(
  { pairs, typed }: AbRequest,
  config: Config,
  outDir: string,
  what: { readonly scenario: Scenario; readonly a: AbConfiguration; readonly b: AbConfiguration },
): Promise<AbResult> {
  const launcher = await createLauncher({ dataDir: config.dataDir, logFile: join(outDir, "dataset", "meshhook.log") });
  const signal = stopWithReport(launcher, "the comparison");
  const progress = new ProgressLine(process.stderr, () => performance.now());
  return runAb(
    {
      ...what,
      pairs,
      blockShare: config.benchDuration === null ? BLOCK_SHARE : 1,
      seed: config.benchSeed,
      durationScale: config.benchDurationScale,
      outDir,
      command: [BENCH, ...typed].join(" "),
      signal,
    },
    launcher,
    ({ share, secondsLeft, stage, line }) => progress.show({ share, secondsLeft, stage }, line),
  ).finally(() => progress.end());
}

function selectOne({ scenario, overrides }: AbRequest, config: Config): Scenario {
  const { benchDuration, benchRate } = config;
  const { scenarios } = selectOrRefuse({ what: [scenario], duration: benchDuration, rate: benchRate, overrides });
  const [only, ...others] = scenarios;
  if (only === undefined || others.length > 0)
    throw new CommandError(
      "badInput",
      `"${scenario}" is a suite of ${String(scenarios.length)} scenarios, and \`bench ab\` compares one. \`meshhook bench list\` shows all of them.`,
    );
  return only;
}

function settingsOf(request: AbRequest): { readonly a: SideSettings; readonly b: SideSettings } {
  const [a, b] = (["a", "b"] as const).map((side) =>
    sideSettings(`--${side}-set`, request[side].settings, request[side].checkout === null),
  );
  const mistakes = [a, b].flatMap((each) => (each !== undefined && "mistakes" in each ? each.mistakes : []));
  if (a === undefined || b === undefined || "mistakes" in a || "mistakes" in b)
    throw new CommandError("badInput", mistakes.join("\n"));
  return { a, b };
}

async function configurationOf(other: OtherCheckout | null, settings: SideSettings): Promise<AbConfiguration> {
  const set = Object.entries({ ...settings.meshhookEnv, ...settings.postgresSettings }).map(
    ([name, value]) => `${name}=${value}`,
  );
  const what = other?.description ?? "this checkout";
  return {
    ...settings,
    description: set.length === 0 ? what : `${what} with ${set.join(", ")}`,
    checkout: other?.folder ?? null,
    commit: other === null ? await ownRevision() : other.commit,
    meshhookVersion: other?.version ?? VERSION,
  };
}

const FORMATS: { readonly [Format in ReportFormat]: (result: AbResult) => string } = {
  table: abText,
  markdown: abMarkdown,
  json: (result) => JSON.stringify(result, null, 2),
};

const EXITS = {
  better: "ok",
  same: "ok",
  worse: "notMet",
  void: "void",
} as const satisfies { readonly [Verdict in Exclude<AbVerdict, "inconclusive">]: ExitName };
