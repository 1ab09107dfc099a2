import { randomBytes } from "node:crypto";
import { chmod, readFile, rename, writeFile } from "node:fs/promises";

import { EmbeddedPostgresError } from "./failure.ts";

/** What a later start must know about a database that an earlier one created. The file is beside the data directory, with mode 0600. */
export interface ConnectionFile {
  /** Where the data really is. */
  readonly dataDir: string;
  readonly port: number;
  readonly socketDir: string;
  readonly password: string;
}

/** Null when there is no such file. */
export async function readConnectionFile(path: string): Promise<ConnectionFile | null> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return null;
    throw new EmbeddedPostgresError(`Cannot read ${path}, which contains the database password: ${String(error)}`, {
      cause: error,
    });
  }
  const value: unknown = JSON.parse(text);
  if (
    typeof value === "object" &&
    value !== null &&
    "dataDir" in value &&
    typeof value.dataDir === "string" &&
    "port" in value &&
    typeof value.port === "number" &&
    "socketDir" in value &&
    typeof value.socketDir === "string" &&
    "password" in value &&
    typeof value.password === "string"
  ) {
    return { dataDir: value.dataDir, port: value.port, socketDir: value.socketDir, password: value.password };
  }
  throw new EmbeddedPostgresError(`${path} is damaged: it must be JSON with dataDir, port, socketDir and password.`);
}

/** Replaces the file in one step. */
export async function writeConnectionFile(path: string, connection: ConnectionFile): Promise<void> {
  const next = `${path}.next`;
  await writeFile(next, `${JSON.stringify(connection, null, 2)}\n`, { mode: 0o600 });
  await chmod(next, 0o600);
  await rename(next, path);
}

/** 192 random bits in characters that need no escaping in a URL. */
export function generatePassword(): string {
  return randomBytes(24).toString("base64url");
}
