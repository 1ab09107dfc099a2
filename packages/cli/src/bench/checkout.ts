import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { HOME, IS_CLONE, PACKED_FROM, type Revision } from "../installation.ts";

const execute = promisify(execFile);

/** The revision of the checkout that a folder belongs to; null outside one or without git. */
export async function checkoutRevision(cwd: string): Promise<Revision | null> {
  try {
    const revision = await execute("git", ["rev-parse", "HEAD"], { cwd });
    const status = await execute("git", ["status", "--porcelain"], { cwd });
    return { revision: revision.stdout.trim(), isDirty: status.stdout.trim() !== "" };
  } catch {
    return null;
  }
}

/** The revision that this program is; an installed one lies in somebody else's checkout, if in any, and was told when it was packed. */
export async function ownRevision(): Promise<Revision | null> {
  return IS_CLONE ? checkoutRevision(HOME) : PACKED_FROM;
}
