import type { Client } from "pg";

/**
 * Brings the database to rest: writes a checkpoint and waits until no vacuum is at work, so that what an earlier load left behind does
 * not show as a tail of the next. Gives up waiting after `timeoutMs` and tells so by false.
 */
export async function quietDatabase(client: Client, timeoutMs: number): Promise<boolean> {
  await client.query("checkpoint");
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
