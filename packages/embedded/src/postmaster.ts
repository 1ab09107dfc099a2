import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** What a running server says about itself in its `postmaster.pid`. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
}

/**
 * Finds the server that runs on a data directory; null when none does, even if a crash left a stale `postmaster.pid`.
 *
 * Source: https://www.postgresql.org/docs/18/storage-file-layout.html; the lines are listed in PostgreSQL's miscadmin.h.
 */
export async function findPostmaster(dataDir: string): Promise<Postmaster | null> {
  let text: string;
  try {
    text = await readFile(join(dataDir, "postmaster.pid"), "utf8");
  } catch {
    return null;
  }
  const lines = text.split("\n");
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  if (!Number.isInteger(pid) || pid <= 0 || !Number.isInteger(port) || port <= 0) return null;
  return (await isPostgres(pid)) ? { pid, port } : null;
}

/** False when the process is gone or, after a restart of the machine, its id belongs to another process. */
async function isPostgres(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // We may not signal another user's process, but it is alive.
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) return false;
  }
  if (process.platform !== "linux") return true;
  const name = await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "");
  if (name.trim() !== "postgres") return false;
  // A killed server remains a zombie until its parent waits for it.
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return !/^\d+ \(.*\) [ZX]/.test(stat);
}
