/** The remedy for connections that share sessions. */
export const POOLER_REMEDY =
  "MeshHook needs one database session per connection, because it sets a role, prepares statements and holds a lock as long as it runs. " +
  "Connect to PostgreSQL directly, or use the pooler's session mode: for PgBouncer, set pool_mode = session; " +
  "for Supabase, use port 5432 instead of 6543.";

/** The remedy for a pooler that has no connection left. */
export const POOL_SIZE_REMEDY =
  "The pooler gives out fewer connections than MeshHook opens: MESHHOOK_WRITERS + MESHHOOK_POOL_SIZE + 1 for each process, and two more during the start. " +
  "Raise its pool size, or lower these settings.";
