import { setTimeout as delay } from "node:timers/promises";

import pg from "pg";

import { EmbeddedPostgresError, messageOf } from "./failure.ts";
import { DATABASE } from "./initialise.ts";

const WAIT_MS_MAX = 60_000;
const POLL_MS = 50;
/** SQLSTATE: the server is starting up or recovering from a crash. */
const CANNOT_CONNECT_NOW = "57P03";
const UNKNOWN_DATABASE = "3D000";

/** How to reach the server. */
export interface Address {
  readonly port: number;
  readonly password: string;
}

/**
 * Goes through `min_wal_size` once, so that its files exist before anybody waits for them.
 *
 * A new log file is filled with zeros and synchronised while every commit waits: 30 to 100 ms, once per 16 MB. A checkpoint would rename
 * files that it no longer needs, but a new cluster has none (docs/decisions/0013).
 */
const RESERVE_LOG = [
  `do $$
   declare
     files int := (
       select sizes.setting::int * 1048576 / files.setting::int
       from pg_settings as sizes, pg_settings as files
       where sizes.name = 'min_wal_size' and files.name = 'wal_segment_size'
     );
   begin
     for file in 2..files loop
       perform pg_logical_emit_message(false, 'meshhook', 'a file that holds nothing is not switched');
       perform pg_switch_wal();
     end loop;
   end
   $$`,
  "checkpoint",
];

/** Waits until the server accepts our password and the database exists; creates the database when it does not. */
export async function ensureDatabase(address: Address): Promise<void> {
  const until = performance.now() + WAIT_MS_MAX;
  for (;;) {
    try {
      await query(address, DATABASE, "select 1");
      return;
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code === UNKNOWN_DATABASE) {
        for (const text of RESERVE_LOG) await query(address, "postgres", text);
        await query(address, "postgres", `create database ${DATABASE}`);
      } else if (code === CANNOT_CONNECT_NOW && performance.now() < until) {
        await delay(POLL_MS);
      } else {
        throw new EmbeddedPostgresError(
          `The database on 127.0.0.1:${address.port} refused the connection: ${messageOf(error)}`,
          { cause: error },
        );
      }
    }
  }
}

/** Sessions of clients other than this one; 0 when the server no longer answers. */
export async function countOtherClients(address: Address): Promise<number> {
  try {
    const [row] = await query(
      address,
      DATABASE,
      "select count(*)::int as clients from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()",
    );
    return Number(row?.["clients"] ?? 0);
  } catch {
    return 0;
  }
}

async function query(address: Address, database: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({
    host: "127.0.0.1",
    port: address.port,
    user: DATABASE,
    password: address.password,
    database,
    application_name: "meshhook-setup",
  });
  // A server that goes away between queries reports it here as well; the query's own rejection is the one that counts.
  client.on("error", () => undefined);
  try {
    await client.connect();
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}
