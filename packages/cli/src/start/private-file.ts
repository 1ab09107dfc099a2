import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { link, open, readFile, rm } from "node:fs/promises";
import { dirname } from "node:path";

import { ensureFolder, unwritable } from "./folder.ts";

/**
 * Reads a file that only its owner may read; creates it with `text` when it does not exist.
 *
 * The file gets its name when it is complete: of several processes at once, one wins and all read what it wrote.
 *
 * @param instead  An alternative remedy when the file cannot be written, as the rest of a sentence that begins "Set …".
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
  // Not the process id: containers that share a volume have the same ones.
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
