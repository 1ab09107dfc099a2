import { appendFile, chown, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { runCommand } from "./command.ts";
import { EmbeddedPostgresError, messageOf } from "./failure.ts";
import type { ServerUser } from "./server-user.ts";

/** The role that owns everything, and the database's name. */
export const DATABASE = "meshhook";
/** The file in the data directory that MeshHook writes at every start. */
export const SETTINGS_FILE = "meshhook.conf";

/** The release that the packaged programs belong to; it cannot open the data of another release. */
const MAJOR_VERSION = "18";

/**
 * Creates the database cluster when the data directory is missing or empty.
 *
 * It is created beside its final place and then renamed, so that a crash halfway leaves nothing that looks finished. Text is
 * UTF-8 and sorts by code point (the built-in provider's C.UTF-8): the same on every machine, whatever its libraries.
 */
export async function initialiseCluster(options: {
  readonly binDir: string;
  readonly dataDir: string;
  readonly password: string;
  readonly user: ServerUser | null;
  readonly log: (line: string) => void;
}): Promise<void> {
  const { dataDir, user } = options;
  const found = await clusterVersion(dataDir);
  if (found === MAJOR_VERSION) return;
  if (found !== null) {
    throw new EmbeddedPostgresError(
      `The data directory ${dataDir} belongs to PostgreSQL ${found}, but the embedded server is PostgreSQL ${MAJOR_VERSION}. ` +
        `Choose another directory, or upgrade the data with pg_upgrade.`,
    );
  }

  const unfinished = `${dataDir}.unfinished`;
  const passwordFile = `${dataDir}.initial-password`;
  try {
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished, { mode: 0o700 });
    await writeFile(passwordFile, `${options.password}\n`, { mode: 0o600 });
    if (user !== null) {
      await chown(unfinished, user.uid, user.gid);
      await chown(passwordFile, user.uid, user.gid);
    }
    const result = await runCommand(
      join(options.binDir, "initdb"),
      [
        `--pgdata=${unfinished}`,
        `--username=${DATABASE}`,
        `--pwfile=${passwordFile}`,
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
      ],
      user,
    );
    if (result.code !== 0) throw new EmbeddedPostgresError(`initdb failed for ${dataDir}: ${result.output.trim()}`);
    await appendFile(join(unfinished, "postgresql.conf"), `\ninclude '${SETTINGS_FILE}'\n`);
    await rename(unfinished, dataDir);
    options.log(`Created a PostgreSQL ${MAJOR_VERSION} database in ${dataDir}`);
  } catch (error) {
    if (error instanceof EmbeddedPostgresError) throw error;
    throw new EmbeddedPostgresError(`Cannot create the database in ${dataDir}: ${messageOf(error)}`, { cause: error });
  } finally {
    await rm(passwordFile, { force: true });
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** True when the directory holds a database. */
export async function isCluster(dataDir: string): Promise<boolean> {
  return (await clusterVersion(dataDir)) !== null;
}

/** The major version of the cluster in a directory; null when the directory is missing or empty. */
async function clusterVersion(dataDir: string): Promise<string | null> {
  let names: string[];
  try {
    names = await readdir(dataDir);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw new EmbeddedPostgresError(`Cannot use ${dataDir} as a data directory: ${messageOf(error)}`, { cause: error });
  }
  if (names.length === 0) return null;
  if (!names.includes("PG_VERSION")) {
    throw new EmbeddedPostgresError(
      `${dataDir} is not empty and does not contain a PostgreSQL database. Choose another directory.`,
    );
  }
  return (await readFile(join(dataDir, "PG_VERSION"), "utf8")).trim();
}
