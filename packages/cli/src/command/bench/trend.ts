import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import {
  findTrends,
  historyEntry,
  historyFileName,
  parseHistoryEntry,
  trendMarkdown,
  trendText,
  type HistoryEntry,
  type TrendReport,
} from "@meshhook/bench";

import { makeFolder } from "../../bench/out-folder.ts";
import { readJsonFile, readResults } from "../../bench/read-results.ts";
import { CommandError, type ExitName } from "../../exit-codes.ts";
import type { Output } from "../../terminal/output.ts";
import type { ReportFormat } from "./compare.ts";

export interface TrendRequest {
  /** Folder of the history: one small JSON file per result. */
  readonly history: string;
  /** Report to add to the history first; null to add none. */
  readonly add: string | null;
  readonly format: ReportFormat;
}

/** Adds a result to the history, finds lasting changes in it, and prints them. Changes are warnings: the exit code stays 0. */
export async function showTrend({ history, add, format }: TrendRequest, output: Output): Promise<ExitName> {
  const added = add === null ? [] : await readResults(add);
  const entries = await readHistory(history);
  for (const entry of added.map(historyEntry)) {
    const isNew = entries.every(({ id }) => id !== entry.id);
    if (isNew) {
      await writeEntry(history, entry);
      entries.push(entry);
    }
    // The other formats are for programs.
    if (format === "table")
      output.line(isNew ? `Added ${entry.id} to ${history}.` : `${history} has ${entry.id} already.`);
  }
  output.line(FORMATS[format](findTrends(entries)));
  return "ok";
}

const FORMATS: { readonly [Format in ReportFormat]: (report: TrendReport) => string } = {
  table: trendText,
  markdown: trendMarkdown,
  json: (report) => JSON.stringify(report, null, 2),
};

/** All entries of a folder; none when it does not exist yet. */
async function readHistory(folder: string): Promise<HistoryEntry[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw new CommandError("badInput", `${folder}: Cannot read the history: ${reasonOf(error)}`, { cause: error });
  });
  const files = names.filter((name) => name.endsWith(".json")).sort();
  const read = await Promise.all(files.map((name) => readEntry(join(folder, name))));
  const mistakes = read.flatMap((each) => ("mistake" in each ? [each.mistake] : []));
  if (mistakes.length > 0) throw new CommandError("badInput", mistakes.join("\n"));
  return read.flatMap((each) => ("entry" in each ? [each.entry] : []));
}

async function readEntry(file: string): Promise<{ readonly entry: HistoryEntry } | { readonly mistake: string }> {
  const document = await readJsonFile(file);
  if ("mistake" in document) return document;
  const parsed = parseHistoryEntry(document.value);
  if ("entry" in parsed) return parsed;
  return {
    mistake: `${file}: This is not an entry that \`meshhook bench trend --add\` wrote:\n${parsed.issues.map((issue) => `  ${issue}`).join("\n")}`,
  };
}

async function writeEntry(folder: string, entry: HistoryEntry): Promise<void> {
  const file = join(folder, historyFileName(entry));
  try {
    await makeFolder(folder);
    // An entry is never overwritten: another result of the same second and commit needs another name.
    await writeFile(file, `${JSON.stringify(entry, null, 2)}\n`, { flag: "wx" });
  } catch (error) {
    throw new CommandError("badInput", `${file}: Cannot write the entry: ${reasonOf(error)}`, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
