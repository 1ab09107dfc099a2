import type { Client } from "pg";

/** How a server is set. */
export interface ServerSettings {
  readonly version: string;
  readonly fsync: boolean;
  readonly synchronousCommit: string;
}

/** Whether a database holds a MeshHook, and whether row-level security hides rows of its projects from the connection's role. */
export async function inspectDatabase(
  client: Client,
): Promise<{ readonly isMeshHook: boolean; readonly hides: boolean }> {
  const { rows } = await client.query<{ isMeshHook: boolean; hides: boolean }>(`
    select
      to_regclass('meshhook.journal') is not null as "isMeshHook",
      not (select rolsuper or rolbypassrls from pg_roles where rolname = current_user) as hides`);
  return rows[0] ?? { isMeshHook: false, hides: true };
}

export async function hasWorkflow(client: Client, workflowId: string): Promise<boolean> {
  const { rowCount } = await client.query("select 1 from meshhook.workflows where id = $1", [workflowId]);
  return rowCount !== 0;
}

export async function readServerSettings(client: Client): Promise<ServerSettings> {
  const { rows } = await client.query<{ version: string; fsync: string; commit: string }>(
    "select current_setting('server_version') as version, current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit",
  );
  const { version = "unknown", fsync = "on", commit = "unknown" } = rows[0] ?? {};
  return { version, fsync: fsync === "on", synchronousCommit: commit };
}

/** The server's clock, in Unix microseconds. */
export async function readServerClock(client: Client): Promise<number> {
  const { rows } = await client.query<{ us: number }>(
    "select extract(epoch from clock_timestamp())::float8 * 1000000 as us",
  );
  return rows[0]?.us ?? 0;
}
