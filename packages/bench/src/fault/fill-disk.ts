import { open, rm, stat, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { FaultDatabase, Undo } from "./system.ts";
import { FaultRefused } from "./system.ts";

/** A file system up to this size is filled within seconds. */
const BYTES_MAX = 8 * 1_073_741_824;
const PIECE = Buffer.alloc(1_048_576);

/** Why the database's disk may not be filled; null when it may. */
export async function whyNotFillDisk(dataDir: string): Promise<string | null> {
  const remedy =
    "Mount a file system of its own for the benchmark's data directory, at most 8 GiB, for example: mount -t tmpfs -o size=1g tmpfs <folder>.";
  const device = await deviceOf(dataDir);
  for (const shared of ["/", tmpdir(), process.cwd()])
    if ((await deviceOf(shared)) === device)
      return `The database's files (${dataDir}) are on the same disk as ${shared}, which must not be filled. ${remedy}`;
  const { blocks, bsize } = await statfs(dataDir);
  if (blocks * bsize > BYTES_MAX)
    return `The database's disk has ${String(Math.round((blocks * bsize) / 1_073_741_824))} GiB, which takes too long to fill. ${remedy}`;
  return null;
}

/** Writes a file until nothing fits any more; undoing removes it, and starts the server again if the full disk ended it. */
export async function fillDisk(database: FaultDatabase): Promise<Undo> {
  const why = await whyNotFillDisk(database.dataDir);
  if (why !== null) throw new FaultRefused(why);
  const path = join(dirname(database.dataDir), `ballast-${String(process.pid)}`);
  const file = await open(path, "w");
  try {
    // Smaller and smaller, so that the last block is taken too.
    for (let size = PIECE.length; size >= 512;) {
      const isWritten = await file.write(PIECE, 0, size).then(
        ({ bytesWritten }) => bytesWritten === size,
        (error: NodeJS.ErrnoException) => {
          if (error.code === "ENOSPC") return false;
          throw error;
        },
      );
      if (!isWritten) size /= 2;
    }
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  return async () => {
    await rm(path, { force: true });
    await database.startAgain();
  };
}

async function deviceOf(path: string): Promise<number> {
  return (await stat(path)).dev;
}
