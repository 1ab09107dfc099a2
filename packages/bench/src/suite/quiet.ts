import type { Client } from "pg";

/** Log that may be written before PostgreSQL itself would think of a checkpoint. */
const UNCHECKED_BYTES_MAX = 128 * 1024 * 1024;

/**
 * Brings the database to rest: waits until no vacuum is at work, and writes a checkpoint if much was written since the last one, so that
 * what an earlier load left behind does not show as a tail of the next. Gives up waiting after `timeoutMs` and tells so by false.
 *
 * Not before every block: the first change to each page after a checkpoint copies the whole page into the log, and in a block of some
 * hundred runs that is a third of it.
 */
export async function quietDatabase(client: Client, timeoutMs: number): Promise<boolean> {
  const written = await client.query<{ bytes: number }>(
    "select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn)::float8 as bytes from pg_control_checkpoint()",
  );
  if ((written.rows[0]?.bytes ?? Infinity) > UNCHECKED_BYTES_MAX) await client.query("checkpoint");
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const { rows } = await client.query<{ workers: number }>(
      "select count(*)::int as workers from pg_stat_activity where backend_type = 'autovacuum worker'",
    );
    if (rows[0]?.workers === 0) return true;
    if (performance.now() >= deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
