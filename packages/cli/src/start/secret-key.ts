import { randomBytes } from "node:crypto";
import { join } from "node:path";

import type { Config } from "../config/settings.ts";
import { CommandError } from "../exit-codes.ts";
import { dataDirectory } from "./database.ts";
import { privateFile } from "./private-file.ts";

const KEY_BYTES = 32;

/**
 * The key that seals stored secrets: from MESHHOOK_SECRET_KEY, else from the file `secret.key` in the data directory, which the first start
 * creates with mode 0600.
 */
export async function loadSecretKey(config: Config): Promise<Buffer> {
  if (config.secretKey !== null) return Buffer.from(config.secretKey, "base64");
  const path = join(dataDirectory(config), "secret.key");
  const made = randomBytes(KEY_BYTES).toString("base64");
  const key = Buffer.from(await privateFile(path, made, ", or set MESHHOOK_SECRET_KEY"), "base64");
  if (key.length === KEY_BYTES) return key;
  throw new CommandError(
    "badInput",
    `${path} does not contain 32 bytes in base64, so stored signing secrets cannot be decrypted. Restore the file, or set MESHHOOK_SECRET_KEY.`,
  );
}
