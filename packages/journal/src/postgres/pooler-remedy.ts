/** What to do about connections that share sessions, wherever that is noticed. */
export const POOLER_REMEDY =
  "MeshHook needs a database session per connection: it sets a role, prepares statements and holds a lock while it lives. " +
  "Connect to PostgreSQL directly, or through the pooler's session mode: for PgBouncer, pool_mode = session; " +
  "for Supabase, port 5432 instead of 6543.";
