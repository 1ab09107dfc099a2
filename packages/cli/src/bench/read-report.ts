import { readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

import { readRetests, validateResult } from "@meshhook/bench";
import type { BenchResult, Retest } from "@meshhook/bench";

import { CommandError } from "../exit-codes.ts";
import { readJsonFile } from "./read-results.ts";

/** A report on disk. */
export interface ReportOnDisk {
  readonly folder: string;
  readonly result: BenchResult;
  /** What was re-tested of it. */
  readonly retests: readonly Retest[];
}

const RESULT = "result.json";
const ISSUES_SHOWN = 5;

/**
 * Reads a whole result with its retests.
 *
 * @param path        A `result.json` or the folder of a report; null for the newest report.
 * @param reportsDir  Where reports are, for the newest.
 * @throws CommandError  badInput, when there is none, or it is not a result of this version.
 */
export async function readReport(path: string | null, reportsDir: string): Promise<ReportOnDisk> {
  const file = await resultFile(path ?? (await newestReport(reportsDir)));
  const document = await readJsonFile(file);
  if ("mistake" in document) throw new CommandError("badInput", document.mistake);
  const checked = validateResult(document.value);
  if ("issues" in checked) {
    const shown = checked.issues.slice(0, ISSUES_SHOWN).map(({ path, message }) => `  ${path || "/"}: ${message}`);
    const more = checked.issues.length - shown.length;
    throw new CommandError(
      "badInput",
      [
        `${file}: This is not a result of this version of the benchmark:`,
        ...shown,
        ...(more > 0 ? [`  and ${String(more)} more`] : []),
        "Measure again with this version.",
      ].join("\n"),
    );
  }
  const folder = dirname(file);
  const retests = await readRetests(folder).catch((error: unknown) => {
    throw new CommandError("badInput", error instanceof Error ? error.message : String(error), { cause: error });
  });
  return { folder, result: checked.result, retests };
}

async function resultFile(path: string): Promise<string> {
  const kind = await stat(path).then(
    (stats) => (stats.isDirectory() ? "folder" : "file"),
    () => "missing",
  );
  if (kind === "missing") throw new CommandError("badInput", `${path}: There is no such file or folder.`);
  return kind === "file" ? path : join(path, RESULT);
}

async function newestReport(reportsDir: string): Promise<string> {
  const names = await readdir(reportsDir).catch(() => []);
  const found = await Promise.all(
    names.map(async (name) => {
      const stats = await stat(join(reportsDir, name, RESULT)).catch(() => null);
      return stats === null ? [] : [{ folder: join(reportsDir, name), atMs: stats.mtimeMs }];
    }),
  );
  const newest = found.flat().toSorted((a, b) => b.atMs - a.atMs)[0];
  if (newest === undefined)
    throw new CommandError(
      "badInput",
      `${reportsDir} has no report. Run \`meshhook bench\` first, or name a result.json or the folder of a report.`,
    );
  return newest.folder;
}
