import { execFile } from "node:child_process";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const PIECE = Buffer.alloc(1_048_576);

/** A small file system for the database's files, which can be full. */
export interface SmallDisk {
  fill(): Promise<void>;
  empty(): Promise<void>;
  unmount(): Promise<void>;
}

/** Mounts one at a folder; null where this is not allowed: it takes Linux and root. */
export async function mountSmallDisk(folder: string): Promise<SmallDisk | null> {
  try {
    await run("mount", ["-t", "tmpfs", "-o", "size=700m,mode=0711", "tmpfs", folder]);
  } catch {
    return null;
  }
  const ballast = join(folder, "ballast");
  return {
    fill: () => writeUntilFull(ballast),
    empty: () => rm(ballast, { force: true }),
    unmount: async () => {
      await run("umount", ["--lazy", folder]);
    },
  };
}

async function writeUntilFull(path: string): Promise<void> {
  const file = await open(path, "w");
  try {
    // Smaller and smaller pieces, so that the last block is taken too.
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
  } finally {
    await file.close();
  }
}
