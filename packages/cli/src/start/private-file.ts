import { existsSync } from "node:fs";
import { chmod, link, mkdir, open, readFile, rm } from "node:fs/promises";
import { dirname } from "node:path";

import { CommandError } from "../exit-codes.ts";

/**
 * Gives the text of a file that only its owner may read; creates the file with `text` when it is not there.
 *
 * It gets its name when it is complete, so that of several processes at once one wins and all read what that one wrote.
 *
 * @param instead  What to do when the file cannot be written, as a half sentence that follows "Set …".
 */
export async function privateFile(path: string, text: string, instead: string): Promise<string> {
  try {
    if (!existsSync(path)) await createOnce(path, text);
    return (await readFile(path, "utf8")).trim();
  } catch (error) {
    throw new CommandError(
      "badInput",
      `Cannot write ${path}: ${error instanceof Error ? error.message : String(error)}. Set MESHHOOK_DATA_DIR to a folder that this user may write to${instead}.`,
      { cause: error },
    );
  }
}

async function createOnce(path: string, text: string): Promise<void> {
  const unfinished = `${path}.${process.pid}`;
  try {
    // Open for passing through: the embedded database below it belongs to another account when we are root.
    if ((await mkdir(dirname(path), { recursive: true })) !== undefined) await chmod(dirname(path), 0o711);
    const file = await open(unfinished, "w", 0o600);
    try {
      await file.writeFile(`${text}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await link(unfinished, path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    // Another process was faster, or the folder's name belongs to a file: reading tells.
  } finally {
    await rm(unfinished, { force: true }).catch(() => undefined);
  }
}
