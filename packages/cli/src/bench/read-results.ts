import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";

import { parseComparableResult, type ComparableResult } from "@meshhook/bench";

import { CommandError } from "../exit-codes.ts";

const RESULT = "result.json";
const ISSUES_SHOWN = 5;

/**
 * Reads what a comparison needs of the results that a path stands for: a `result.json`, the folder of a report, or a folder of such folders.
 *
 * @throws CommandError  badInput, when there is none, or one of them is not a result; every file and what is wrong with it is named.
 */
export async function readResults(path: string): Promise<readonly ComparableResult[]> {
  const files = await resultFiles(path);
  const read = await Promise.all(files.map((file) => readResult(file)));
  const mistakes = read.flatMap((each) => ("mistake" in each ? [each.mistake] : []));
  if (mistakes.length > 0) throw new CommandError("badInput", mistakes.join("\n"));
  return read.flatMap((each) => ("result" in each ? [each.result] : []));
}

async function resultFiles(path: string): Promise<readonly string[]> {
  const kind = await kindOf(path);
  if (kind === "file") return [path];
  if (kind === "missing") throw new CommandError("badInput", `${path}: There is no such file or folder.`);
  if ((await kindOf(join(path, RESULT))) === "file") return [join(path, RESULT)];
  const folders = (await readdir(path)).sort().map((name) => join(path, name, RESULT));
  const kinds = await Promise.all(folders.map(kindOf));
  const files = folders.filter((_, index) => kinds[index] === "file");
  if (files.length === 0)
    throw new CommandError(
      "badInput",
      `${path}: The folder has no ${RESULT}, and neither has any folder in it. Name the folder that \`meshhook bench --out\` was given, or a folder of such folders.`,
    );
  return files;
}

async function readResult(file: string): Promise<{ readonly result: ComparableResult } | { readonly mistake: string }> {
  const document = await readJsonFile(file);
  if ("mistake" in document) return document;
  const checked = parseComparableResult(document.value);
  if ("result" in checked) return checked;
  const shown = checked.issues.slice(0, ISSUES_SHOWN).map((issue) => `  ${issue}`);
  const more = checked.issues.length - shown.length;
  return {
    mistake: [
      `${file}: This is not a result of the benchmark:`,
      ...shown,
      ...(more > 0 ? [`  and ${String(more)} more`] : []),
    ].join("\n"),
  };
}

/** A file's JSON, or what is wrong with the file in a sentence that begins with its path. */
export async function readJsonFile(file: string): Promise<{ readonly value: unknown } | { readonly mistake: string }> {
  try {
    return { value: JSON.parse(await readFile(file, "utf8")) as unknown };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      mistake: `${file}: ${error instanceof SyntaxError ? "The file is not JSON" : "Cannot read the file"}: ${why}`,
    };
  }
}

async function kindOf(path: string): Promise<"file" | "folder" | "missing"> {
  try {
    return (await stat(path)).isDirectory() ? "folder" : "file";
  } catch {
    return "missing";
  }
}
