/** What shows whether a commit was on disk when it was answered. */
export interface Durability {
  readonly fsync: boolean;
  /** Of the server; a session may set another. */
  readonly synchronousCommit: string;
  /**
   * Flushes of the log by MeshHook's own backends for each of its transactions, at a rate at which few share one; null where it cannot
   * say anything: a saturating load, or a server that does not count them.
   */
  readonly flushesPerCommit: number | null;
}

/** A backend with `synchronous_commit` flushes for itself; without, the WAL writer does it for all, five times a second. */
const FLUSHES_PER_COMMIT_MIN = 0.2;

/** Why commits were not durable, in words; null when they were, as far as can be seen. */
export function durabilityFault({ fsync, synchronousCommit, flushesPerCommit }: Durability): string | null {
  if (!fsync) return "fsync is off";
  if (synchronousCommit === "off") return "synchronous_commit is off";
  if (flushesPerCommit !== null && flushesPerCommit < FLUSHES_PER_COMMIT_MIN)
    return `MeshHook's backends flushed the log ${flushesPerCommit.toFixed(2)} times per commit, so its sessions did not wait for the disk`;
  return null;
}
