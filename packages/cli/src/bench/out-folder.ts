import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { CommandError } from "../exit-codes.ts";
import { isAlive } from "./is-alive.ts";

/** The files of a report; none of these names may be taken by a folder. */
const FILES = ["report.html", "report.md", "result.json", "metrics.txt", "junit.xml", "figures.csv", "series.csv"];

/**
 * Creates the folder of a report and checks that it can be written to, before minutes are spent on measuring.
 *
 * @throws CommandError  badInput, naming the path, what is wrong with it, and what to do.
 */
export async function prepareOutFolder(folder: string): Promise<void> {
  for (const file of FILES) {
    const path = join(folder, file);
    if ((await kindOf(path)) === "folder")
      throw cannotWrite(folder, `${path} is a folder, but the report needs a file there`);
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

/**
 * Takes a folder for one benchmark: another one in it would overwrite the dataset of the first. What a benchmark that was killed has left is
 * taken over.
 *
 * @returns Gives the folder back.
 * @throws CommandError  badInput, when another benchmark that still runs has it.
 */
export async function takeOutFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, "dataset", ".in-use");
  const take = () => writeFile(path, String(process.pid), { flag: "wx" });
  await take().catch(async (error: unknown) => {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST"))
      throw cannotWrite(folder, reasonOf(error), error);
    const pid = Number(await readFile(path, "utf8").catch(() => ""));
    if (pid > 0 && isAlive(pid))
      throw cannotWrite(
        folder,
        `another benchmark (process ${pid}) is writing to it; if that is not a benchmark, remove ${path}`,
      );
    await rm(path, { force: true });
    await take();
  });
  return () => rm(path, { force: true });
}

/** Creates a folder and those above it, level by level: `mkdir` with `recursive` never returns below a folder that accepts no new ones, such as /proc. */
export async function makeFolder(path: string): Promise<void> {
  if ((await kindOf(path)) === "folder") return;
  await makeFolder(dirname(path));
  await mkdir(path).catch((error: unknown) => {
    // Another process created it in the meantime.
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  });
}

function cannotWrite(folder: string, why: string, cause?: unknown): CommandError {
  return new CommandError(
    "badInput",
    `The report cannot be written to ${folder}: ${why}. Nothing was started. Set --out (MESHHOOK_BENCH_OUT) to a folder that can be written to; it is created if it does not exist.`,
    { cause },
  );
}

/** The path itself or its nearest existing parent, if that is not a folder. */
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
    // Nothing exists below a file (ENOTDIR) either; the file itself is found on the way up.
    return "missing";
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const known: { readonly [code: string]: string } = {
    EACCES: "this user does not have permission to write there",
    EPERM: "this user does not have permission to write there",
    EROFS: "the file system is read-only",
    ENOSPC: "the disk is full",
    EDQUOT: "the disk quota is used up",
    ENOENT: "the folder cannot be created there",
    ENAMETOOLONG: "the name is too long",
    ELOOP: "its symbolic links form a loop",
  };
  return known[code] ?? (error instanceof Error ? error.message : String(error));
}
