import type { Client } from "pg";
import { BENCH_APPLICATION, connectAsBench } from "../database/connect.ts";
import { exhaustConnections } from "./exhaust-connections.ts";
import { fillDisk } from "./fill-disk.ts";
import type { DatabaseStep } from "./step.ts";
import type { FaultDatabase, Undo } from "./system.ts";

/** Does to PostgreSQL what the step says. */
export async function startDatabaseFault(step: DatabaseStep, database: FaultDatabase): Promise<Undo> {
  switch (step.kind) {
    case "postgres-crash":
      await database.stopHard();
      return () => database.startAgain();
    case "terminate-backends":
      await onceAsBench(database.url, terminateBackends);
      return async () => undefined;
    case "held-transaction":
      return holdTransaction(database.url);
    case "exhaust-connections": {
      const undo = await exhaustConnections(database.url, step.leave);
      // A scenario that is to starve MeshHook needs its sessions gone while others wait for the places.
      if (step.evict) await undo.filler.query(TERMINATE, [BENCH_APPLICATION]).catch(() => undefined);
      return undo.stop;
    }
    default:
      return fillDisk(database);
  }
}

/** Everybody's sessions in this database, except the benchmark's own. */
const TERMINATE = `select pg_terminate_backend(pid) from pg_stat_activity
  where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid() and application_name <> $1`;

async function terminateBackends(client: Client): Promise<void> {
  await client.query(TERMINATE, [BENCH_APPLICATION]);
}

/** An idle transaction with a snapshot and an id of its own, as a forgotten psql leaves it. */
async function holdTransaction(url: string): Promise<Undo> {
  const client = await connectAsBench(url);
  await client.query("begin isolation level repeatable read");
  await client.query("select pg_current_xact_id()");
  return async () => {
    // The server may have ended the session meanwhile; then there is nothing left to undo.
    await client.query("rollback").catch(() => undefined);
    await client.end();
  };
}

async function onceAsBench(url: string, work: (client: Client) => Promise<void>): Promise<void> {
  const client = await connectAsBench(url);
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
