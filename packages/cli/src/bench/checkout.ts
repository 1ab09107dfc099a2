import { execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** The revision of the checkout that a folder (by default this file's) belongs to; null outside one or without git. */
export async function checkoutRevision(
  cwd: string = import.meta.dirname,
): Promise<{ readonly revision: string; readonly isDirty: boolean } | null> {
  try {
    const revision = await execute("git", ["rev-parse", "HEAD"], { cwd });
    const status = await execute("git", ["status", "--porcelain"], { cwd });
    return { revision: revision.stdout.trim(), isDirty: status.stdout.trim() !== "" };
  } catch {
    return null;
  }
}
