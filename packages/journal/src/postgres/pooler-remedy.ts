/** The remedy for connections that share sessions. */
export const POOLER_REMEDY =
  "MeshHook needs one database session per connection, because it sets a role, prepares statements and holds a lock as long as it runs. " +
  "Connect to PostgreSQL directly, or use the pooler's session mode: for PgBouncer, set pool_mode = session; " +
  "for Supabase, use port 5432 instead of 6543.";
