import type { Client } from "pg";
import { BENCH_APPLICATION } from "./connect.ts";

/** Ends the sessions of everybody but the benchmark in the client's database, as an administrator does. */
export async function terminateOtherSessions(client: Client): Promise<void> {
  await client.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid() and application_name <> $1`,
    [BENCH_APPLICATION],
  );
}

/** Begins a transaction with a snapshot and an id of its own, as a forgotten psql leaves one: vacuum waits for its end. */
export async function beginHeldTransaction(client: Client): Promise<void> {
  await client.query("begin isolation level repeatable read");
  await client.query("select pg_current_xact_id()");
}
