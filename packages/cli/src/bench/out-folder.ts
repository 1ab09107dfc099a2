import { mkdir, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { CommandError } from "../exit-codes.ts";

/** What a report writes; none of it may be in the way as something else. */
const FILES = ["report.html", "report.md", "result.json"];

/**
 * Makes the folder of a report and tries to write into it, before minutes are spent on figures that would have no place.
 *
 * @throws CommandError  badInput, naming the path, what is wrong with it, and what to do.
 */
export async function prepareOutFolder(folder: string): Promise<void> {
  for (const file of FILES) {
    const path = join(folder, file);
    if ((await kindOf(path)) === "folder")
      throw cannotWrite(folder, `${path} is a folder, and the report has to be written there`);
  }
  const dataset = join(folder, "dataset");
  const blocking = await firstThatIsNoFolder(dataset);
  if (blocking !== null) throw cannotWrite(folder, `${blocking} is a file, not a folder`);
  try {
    await makeFolder(dataset);
    for (const place of [folder, dataset]) {
      const probe = join(place, `.write-test-${process.pid}`);
      await writeFile(probe, "x");
      await rm(probe);
    }
  } catch (error) {
    throw cannotWrite(folder, reasonOf(error), error);
  }
}

/** Level by level: `mkdir` with `recursive` tries for ever below a folder that takes no new ones, such as /proc. */
async function makeFolder(path: string): Promise<void> {
  if ((await kindOf(path)) === "folder") return;
  await makeFolder(dirname(path));
  await mkdir(path).catch((error: unknown) => {
    // Somebody else made it meanwhile.
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  });
}

function cannotWrite(folder: string, why: string, cause?: unknown): CommandError {
  return new CommandError(
    "badInput",
    `The report cannot be written to ${folder}: ${why}. Nothing was started. Name a folder that can be written with --out (MESHHOOK_BENCH_OUT); it is created when it is missing.`,
    { cause },
  );
}

/** The path itself or the nearest thing above it that is there, where that is not a folder. */
async function firstThatIsNoFolder(path: string): Promise<string | null> {
  for (let current = path; ; current = dirname(current)) {
    const kind = await kindOf(current);
    if (kind === "folder") return null;
    if (kind === "other") return current;
    if (dirname(current) === current) return null;
  }
}

async function kindOf(path: string): Promise<"folder" | "other" | "missing"> {
  try {
    return (await stat(path)).isDirectory() ? "folder" : "other";
  } catch {
    // Below a file (ENOTDIR) nothing is there either; the file itself is found on the way up.
    return "missing";
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const known: { readonly [code: string]: string } = {
    EACCES: "this user may not write there",
    EPERM: "this user may not write there",
    EROFS: "the file system is read-only",
    ENOSPC: "the disk is full",
    EDQUOT: "the disk quota is used up",
    ENOENT: "the folder cannot be created there",
    ENAMETOOLONG: "the name is too long",
    ELOOP: "its symbolic links go in a circle",
  };
  return known[code] ?? (error instanceof Error ? error.message : String(error));
}
