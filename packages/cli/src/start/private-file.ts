import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { link, open, readFile, rm } from "node:fs/promises";
import { dirname } from "node:path";

import { ensureFolder, unwritable } from "./folder.ts";

/**
 * Gives the text of a file that only its owner may read; creates the file with `text` when it is not there.
 *
 * It gets its name when it is complete, so that of several processes at once one wins and all read what that one wrote.
 *
 * @param instead  What to do when the file cannot be written, as a half sentence that follows "Set …".
 */
export async function privateFile(path: string, text: string, instead: string): Promise<string> {
  await ensureFolder(dirname(path), instead);
  try {
    if (!existsSync(path)) await createOnce(path, text);
    return (await readFile(path, "utf8")).trim();
  } catch (error) {
    throw unwritable(path, error, instead);
  }
}

async function createOnce(path: string, text: string): Promise<void> {
  // Not the process's number: containers that share a volume have the same ones.
  const unfinished = `${path}.${randomUUID()}`;
  try {
    const file = await open(unfinished, "w", 0o600);
    try {
      await file.writeFile(`${text}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await link(unfinished, path);
  } catch (error) {
    // Another process was faster.
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    await rm(unfinished, { force: true }).catch(() => undefined);
  }
}
