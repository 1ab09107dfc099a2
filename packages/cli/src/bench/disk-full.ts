import { join } from "node:path";

import { CommandError } from "../exit-codes.ts";

/** Of Node, and of PostgreSQL (class 53: insufficient resources). */
const CODES: ReadonlySet<unknown> = new Set(["ENOSPC", "EDQUOT", "53100"]);

/** How a benchmark ends that cannot write any more; null for any other error. */
export function diskFull(
  error: unknown,
  { outDir, dataDir }: { readonly outDir: string; readonly dataDir: string },
): CommandError | null {
  if (!isDiskFull(error)) return null;
  return new CommandError(
    "failed",
    `A disk is full: that of the report (${outDir}) or that of the database (${dataDir}). The benchmark stopped, and what it had written is kept in ${join(outDir, "dataset")}. Make room, or set --out (MESHHOOK_BENCH_OUT) and MESHHOOK_DATA_DIR to folders with more.`,
    { cause: error },
  );
}

/** Whether an error, or one that caused it, says that nothing can be written any more. */
function isDiskFull(error: unknown): boolean {
  for (let current = error; current instanceof Error; current = current.cause) {
    if ("code" in current && CODES.has(current.code)) return true;
    // A database that does not start has no code: its log says it, in whatever language, with the name that C has for it.
    if (/No space left on device|ENOSPC/.test(current.message)) return true;
  }
  return false;
}
