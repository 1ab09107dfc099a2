import { open, readFile, rm } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";

import { EmbeddedPostgresError } from "./failure.ts";

const WAIT_MS_MAX = 120_000;
const POLL_MS = 50;

/**
 * Runs `work` while holding a lock file, so that two processes never set up the same data directory at once.
 *
 * The file names its holder. A lock whose holder is gone is taken over.
 */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const until = performance.now() + WAIT_MS_MAX;
  while (!(await tryCreate(path))) {
    const holder = Number(await readFile(path, "utf8").catch(() => ""));
    // An empty file is one whose creator has not written its number yet: it gets time to do so.
    if (holder > 0 && !isAlive(holder)) await rm(path, { force: true });
    else if (performance.now() > until) {
      throw new EmbeddedPostgresError(
        `Process ${holder} has been setting up the same database for two minutes. Stop it, or remove its lock file ${path}.`,
      );
    } else await delay(POLL_MS);
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function tryCreate(path: string): Promise<boolean> {
  try {
    const file = await open(path, "wx", 0o600);
    await file.writeFile(String(process.pid));
    await file.close();
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
