import { readFile, stat } from "node:fs/promises";

import { CommandError } from "../exit-codes.ts";

/** Others than the owner may read, write or run. */
const OPEN_TO_OTHERS = 0o077;

/**
 * Reads a file with a secret that somebody else provides; only its owner may have access.
 *
 * @param what  What it contains, as in "the file with the secret key".
 * @throws CommandError  No message holds anything of its content.
 */
export async function readGuardedFile(path: string, what: string, variable: string): Promise<string> {
  try {
    const mode = (await stat(path)).mode & 0o777;
    if ((mode & OPEN_TO_OTHERS) !== 0)
      throw new CommandError(
        "badInput",
        `Others than its owner have access to the file with ${what}, ${path} (mode ${mode.toString(8)}). Run chmod 600 ${path}.`,
      );
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new CommandError(
      "badInput",
      `The file with ${what}, ${path}, cannot be read: ${reason}. Correct ${variable}.`,
    );
  }
}
