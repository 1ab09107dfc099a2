import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, link, mkdir, open, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

import type { Config } from "../config/settings.ts";
import { CommandError } from "../exit-codes.ts";
import { dataDirectory } from "./database.ts";

const KEY_BYTES = 32;

/**
 * The key that seals stored secrets: from MESHHOOK_SECRET_KEY, else from the file `secret.key` in the data directory, which is
 * made at the first start with mode 0600.
 */
export async function loadSecretKey(config: Config): Promise<Buffer> {
  if (config.secretKey !== null) return Buffer.from(config.secretKey, "base64");
  const path = join(dataDirectory(config), "secret.key");
  if (!existsSync(path)) await createOnce(path);
  const key = Buffer.from((await readFile(path, "utf8")).trim(), "base64");
  if (key.length === KEY_BYTES) return key;
  throw new CommandError(
    "badInput",
    `${path} does not hold 32 bytes in base64, so stored signing secrets cannot be read. Put the right file back, or set MESHHOOK_SECRET_KEY.`,
  );
}

/**
 * Creates the file unless it is there. It gets its name when it is complete, so that of two processes at once one wins and both
 * read what that one wrote.
 */
async function createOnce(path: string): Promise<void> {
  const unfinished = `${path}.${process.pid}`;
  try {
    // Open for passing through: the embedded database below it belongs to another account when we are root.
    if ((await mkdir(dirname(path), { recursive: true })) !== undefined) await chmod(dirname(path), 0o711);
    const file = await open(unfinished, "w", 0o600);
    try {
      await file.writeFile(`${randomBytes(KEY_BYTES).toString("base64")}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await link(unfinished, path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return;
    throw new CommandError(
      "badInput",
      `Cannot write ${path}: ${error instanceof Error ? error.message : String(error)}. Set MESHHOOK_DATA_DIR to a folder that this user may write to, or MESHHOOK_SECRET_KEY.`,
      { cause: error },
    );
  } finally {
    await rm(unfinished, { force: true }).catch(() => undefined);
  }
}
