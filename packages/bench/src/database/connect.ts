import { Client } from "pg";

/** Who the benchmark is in `pg_stat_activity`. */
export const BENCH_APPLICATION = "meshhook-bench";

/** Whose statements `pg_stat_statements` must not count as MeshHook's. */
export const BENCH_ROLE = "meshhook_bench";

/** Creates the benchmark's role where it is missing. The connection's own role must be a superuser, as on a test database. */
export async function createBenchRole(databaseUrl: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl, application_name: BENCH_APPLICATION });
  await client.connect();
  try {
    const { rowCount } = await client.query("select 1 from pg_roles where rolname = $1", [BENCH_ROLE]);
    if (rowCount === 0) await client.query(`create role ${BENCH_ROLE} superuser nologin`);
    await client.query("create extension if not exists pg_stat_statements");
  } finally {
    await client.end();
  }
}

/** Connects as the benchmark's role. Statements of such a connection can be told from those of the system that is measured. */
export async function connectAsBench(databaseUrl: string): Promise<Client> {
  const client = new Client({ connectionString: databaseUrl, application_name: BENCH_APPLICATION });
  // A connection that breaks while nobody asks would otherwise end the process; the next query reports it.
  client.on("error", () => undefined);
  await client.connect();
  await client.query(`set role ${BENCH_ROLE}`);
  return client;
}
