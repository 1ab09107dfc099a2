import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseRetest } from "../result/retest.ts";
import type { Retest } from "../result/retest.ts";

/** Below the folder of a report. */
const FOLDER = "retests";

/**
 * Reads the retests beside a result; none when there is no such folder.
 *
 * @param folder  Of the report.
 * @throws Error  when a file is not a retest, with every issue.
 */
export function readRetests(folder: string): Promise<readonly Retest[]> {
  return readRetestFolder(join(folder, FOLDER));
}

/** Reads every retest in a folder. See {@link readRetests}. */
export async function readRetestFolder(folder: string): Promise<readonly Retest[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  });
  const files = names.filter((name) => name.endsWith(".json")).sort();
  return Promise.all(files.map((name) => readRetest(join(folder, name))));
}

async function readRetest(file: string): Promise<Retest> {
  const text = await readFile(file, "utf8");
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new Error(`${file}: The file is not JSON.`, { cause: error });
  }
  const parsed = parseRetest(document);
  if ("retest" in parsed) return parsed.retest;
  throw new Error(`${file}: This is not a retest:\n${parsed.issues.map((issue) => `  ${issue}`).join("\n")}`);
}

/**
 * Writes a retest beside its result. Earlier ones stay: what was refuted remains in the record.
 *
 * @returns  The file's path.
 */
export async function writeRetest(folder: string, retest: Retest): Promise<string> {
  const time = new Date(retest.startedAtMs).toISOString().slice(0, 19).replaceAll(":", "-");
  const path = join(folder, FOLDER, `${retest.finding}.${time}.json`);
  await mkdir(join(folder, FOLDER), { recursive: true });
  await writeFile(path, `${JSON.stringify(retest, null, 2)}\n`);
  return path;
}
