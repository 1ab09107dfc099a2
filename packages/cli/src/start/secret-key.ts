import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { promisify } from "node:util";

import { SETTINGS, type Config } from "../config/settings.ts";
import { CommandError } from "../exit-codes.ts";
import { dataDirectory } from "./database.ts";
import { readGuardedFile } from "./guarded-file.ts";
import { privateFile } from "./private-file.ts";

const KEY_BYTES = 32;
const KEY = /^[A-Za-z0-9+/]{43}=$/;
const COMMAND_MS_MAX = 30_000;

/** The current key, then former ones. */
export type SecretKeyList = readonly [Buffer, ...Buffer[]];

type KeySettings = Pick<Config, "secretKey" | "secretKeyFile" | "secretKeyCommand" | "dataDir">;

/**
 * The keys that protect stored secrets: from MESHHOOK_SECRET_KEY, a file or a command, else from the file `secret.key` in the data
 * directory, which the first start creates with mode 0600.
 *
 * @throws CommandError  No message holds anything of a key.
 */
export async function loadSecretKeys(config: KeySettings): Promise<SecretKeyList> {
  const { secretKey, secretKeyFile, secretKeyCommand } = config;
  const given = (["secretKey", "secretKeyFile", "secretKeyCommand"] as const).filter((name) => config[name] !== null);
  if (given.length > 1) {
    const names = given.map((name) => SETTINGS[name].env).join(" and ");
    throw new CommandError(
      "badInput",
      `${names} are set, so it is not clear which secret key counts. Set one of them.`,
    );
  }
  if (secretKey !== null) return keysIn(secretKey, "MESHHOOK_SECRET_KEY");
  if (secretKeyFile !== null) {
    const text = await readGuardedFile(secretKeyFile, "the secret key", "MESHHOOK_SECRET_KEY_FILE");
    return keysIn(text, secretKeyFile);
  }
  if (secretKeyCommand !== null)
    return keysIn(await runKeyCommand(secretKeyCommand), "The output of MESHHOOK_SECRET_KEY_COMMAND");
  const path = join(dataDirectory(config), "secret.key");
  const made = randomBytes(KEY_BYTES).toString("base64");
  return keysIn(await privateFile(path, made, ", or set MESHHOOK_SECRET_KEY"), path);
}

async function runKeyCommand(command: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)("/bin/sh", ["-c", command], { timeout: COMMAND_MS_MAX });
    return stdout;
  } catch (error) {
    // Its message has the output, which may hold a key.
    const code = error instanceof Error && "code" in error ? error.code : null;
    const how =
      typeof code === "number" ? `ended with exit code ${code}` : `did not end within ${COMMAND_MS_MAX / 1_000} s`;
    throw new CommandError(
      "badInput",
      `The command that prints the secret key ${how}. Run the command in MESHHOOK_SECRET_KEY_COMMAND by hand to see why.`,
    );
  }
}

function keysIn(text: string, where: string): SecretKeyList {
  const words = text.split(/[\s,]+/).filter((word) => word !== "");
  const [first, ...rest] = words.map((word) => Buffer.from(word, "base64"));
  if (first !== undefined && words.every((word) => KEY.test(word))) return [first, ...rest];
  throw new CommandError(
    "badInput",
    `${where} does not contain 32 bytes in base64${words.length > 1 ? " for each key" : ""}, so stored secrets cannot be decrypted. Restore the key, or set MESHHOOK_SECRET_KEY.`,
  );
}
