import { execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** The revision of the checkout that this file belongs to; null outside one or without git. */
export async function checkoutRevision(): Promise<{ readonly revision: string; readonly isDirty: boolean } | null> {
  try {
    const cwd = import.meta.dirname;
    const revision = await execute("git", ["rev-parse", "HEAD"], { cwd });
    const status = await execute("git", ["status", "--porcelain"], { cwd });
    return { revision: revision.stdout.trim(), isDirty: status.stdout.trim() !== "" };
  } catch {
    return null;
  }
}
