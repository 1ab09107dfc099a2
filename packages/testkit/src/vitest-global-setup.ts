import { existsSync } from "node:fs";
import { chmod, mkdtemp, readdir, rm, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedPostgres } from "@meshhook/embedded";

import { TEST_DIRECTORY_VARIABLE } from "./test-server.ts";

/** A folder that Linux keeps in memory, where the hundreds of databases of a run cost a third of the time: none of them has to survive the machine. */
const IN_MEMORY = "/dev/shm";
/** What a run needs there is a quarter of this. */
const ROOM_BYTES = 4 * 2 ** 30;
const PREFIX = "meshhook-test-";

let directory: string | undefined;

/**
 * Creates a directory for the whole test run; vitest calls it before the first test.
 *
 * A server is started in it by the first test that asks for a database: many test runs do not need one.
 */
export async function setup(): Promise<void> {
  const parent = (await hasRoom(IN_MEMORY)) ? IN_MEMORY : tmpdir();
  await removeLeftovers(parent);
  directory = await mkdtemp(join(parent, `${PREFIX}${process.pid}-`));
  // As root, the server runs under another account, which must be able to enter this directory.
  await chmod(directory, 0o711);
  process.env[TEST_DIRECTORY_VARIABLE] = directory;
}

/** Stops the server, if one was started, and removes the directory; vitest calls it after the last test, also after failures. */
export async function teardown(): Promise<void> {
  if (directory !== undefined) await remove(directory);
}

async function hasRoom(folder: string): Promise<boolean> {
  const { bavail, bsize } = await statfs(folder).catch(() => ({ bavail: 0, bsize: 0 }));
  return Math.min(bavail * bsize, process.availableMemory()) >= ROOM_BYTES;
}

/** Runs that were killed left their directory and a running server. */
async function removeLeftovers(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const pid = name.startsWith(PREFIX) ? /^(\d+)-/.exec(name.slice(PREFIX.length))?.[1] : undefined;
    if (pid !== undefined && isGone(Number(pid))) await remove(join(parent, name));
  }
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
}

async function remove(testDirectory: string): Promise<void> {
  const dataDir = join(testDirectory, "postgres");
  if (existsSync(`${dataDir}.connection.json`)) {
    // Finds the running server; "immediate", because nothing is kept.
    const server = await startEmbeddedPostgres({ dataDir });
    await server.stop("immediate");
    await rm(server.dataDir, { recursive: true, force: true });
  }
  await rm(testDirectory, { recursive: true, force: true });
}
