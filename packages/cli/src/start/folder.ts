import { chmod, mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

import { CommandError } from "../exit-codes.ts";
import { reasonOf } from "../system-error.ts";

/**
 * Creates a folder and its parents if they do not exist.
 *
 * One by one, because Node's `recursive` never returns where a folder does not exist and cannot be created, as below /proc
 * (https://github.com/nodejs/node/issues/31481).
 *
 * @throws CommandError  says what to do instead.
 */
export async function ensureFolder(path: string, instead: string): Promise<void> {
  try {
    if (await makeFolder(path)) {
      // Other accounts may pass through: if we are root, the embedded database below belongs to another account.
      await chmod(path, 0o711);
    }
  } catch (error) {
    throw unwritable(path, error, instead);
  }
}

/** @param instead  An alternative remedy, as the rest of the sentence. */
export function unwritable(path: string, error: unknown, instead: string): CommandError {
  return new CommandError(
    "badInput",
    `Cannot write ${path}: ${reasonOf(error)}. Set MESHHOOK_DATA_DIR to a folder that this user can write to${instead}.`,
    { cause: error },
  );
}

/** Creates a folder and its parents if they do not exist. True when it was created just now. */
export async function makeFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  if (found?.isDirectory() === true) return false;
  if (found === null && dirname(path) !== path) await makeFolder(dirname(path));
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    const isThere = await stat(path).then(
      (made) => made.isDirectory(),
      () => false,
    );
    // Another process was faster.
    if (isThere) return false;
    throw error;
  }
}
