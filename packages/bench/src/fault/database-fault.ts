import type { Client } from "pg";
import { connectAsBench } from "../database/connect.ts";
import { beginHeldTransaction, terminateOtherSessions } from "../database/sessions.ts";
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
      await onceAsBench(database.url, terminateOtherSessions);
      return async () => undefined;
    case "held-transaction":
      return holdTransaction(database.url);
    case "exhaust-connections":
      // MeshHook keeps the sessions that it has: to starve it, they have to end while others wait for their places.
      return exhaustConnections(database.url, step.leave, step.evict ? terminateOtherSessions : async () => undefined);
    default:
      return fillDisk(database);
  }
}

async function holdTransaction(url: string): Promise<Undo> {
  const client = await connectAsBench(url);
  try {
    await beginHeldTransaction(client);
  } catch (error) {
    await client.end();
    throw error;
  }
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
