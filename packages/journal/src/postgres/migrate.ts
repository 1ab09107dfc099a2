import { readdirSync, readFileSync } from "node:fs";
import type { Client } from "pg";

import { endQuietly, HeardClient } from "./heard-client.ts";
import { classify, messageOf, sqlstateOf } from "./sqlstate.ts";

const DIRECTORY = new URL("../../sql/migrations/", import.meta.url);
const ATTEMPTS_MAX = 10;

/** One migration: a file of plain SQL that records itself in meshhook.migrations. */
export interface Migration {
  readonly name: string;
  readonly text: string;
}

const INSUFFICIENT_PRIVILEGE = "42501";

/** A migration that the database refused, with the remedy if the role of the connection may not do what the migration does. */
export class MigrationFailed extends Error {
  override readonly name = "MigrationFailed";

  constructor(migration: Migration, cause: unknown) {
    const remedy = sqlstateOf(cause) === INSUFFICIENT_PRIVILEGE ? RIGHTS : "";
    super(`Migration ${migration.name} failed and was rolled back: ${messageOf(cause)}${remedy}`, { cause });
  }
}

const RIGHTS = ". docs/guide/database.md#rights lists the rights that the role in DATABASE_URL needs";

/** All migrations in order. */
export function listMigrations(): readonly Migration[] {
  return readdirSync(DIRECTORY)
    .filter((file) => file.endsWith(".sql"))
    .sort()
    .map((file) => ({ name: file.slice(0, -".sql".length), text: readFileSync(new URL(file, DIRECTORY), "utf8") }));
}

/**
 * Brings a database to the current schema and creates the journal's partitions for the next days.
 *
 * Each migration runs in its own transaction together with its row in meshhook.migrations. Any number of processes may do this at the same
 * time: they queue on an advisory lock, and the row's primary key keeps a migration from running twice even without such a lock.
 *
 * @returns The names of the migrations that this call applied; empty when the database was current.
 */
export async function migrate(connectionString: string): Promise<readonly string[]> {
  const client = new HeardClient({ connectionString, application_name: "meshhook migrate" });
  await client.connect();
  try {
    await client.query("set row_security = on");
    const applied: string[] = [];
    for (const migration of listMigrations()) {
      if (await applyWithRetries(client, migration)) applied.push(migration.name);
    }
    // Supabase may have come to the database since the migration that looked for it.
    await client.query("call meshhook.open_to_supabase()");
    const today = new Date();
    await client.query("select meshhook.ensure_partitions($1, $2)", [dayOf(today, -1), dayOf(today, 7)]);
    return applied;
  } finally {
    await endQuietly(client);
  }
}

/** The day that is `days` after `date`, in UTC: `2026-11-24`. */
export function dayOf(date: Date, days: number): string {
  return new Date(date.getTime() + days * 86_400_000).toISOString().slice(0, 10);
}

async function applyWithRetries(client: Client, migration: Migration): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await applyOnce(client, migration);
    } catch (error) {
      // The connection is broken, mostly while it was asked whether the migration is applied: the caller opens another.
      if (sqlstateOf(error) === null) throw error;
      await client.query("rollback").catch(() => undefined);
      // All databases of a cluster share their roles, so migrations of several databases can collide there.
      const mayPass = classify(error) === "retry" || /concurrently updated|concurrently deleted/.test(messageOf(error));
      if (!mayPass || attempt === ATTEMPTS_MAX) {
        throw new MigrationFailed(migration, error);
      }
    }
  }
}

async function applyOnce(client: Client, migration: Migration): Promise<boolean> {
  await client.query("begin");
  await client.query("select pg_advisory_xact_lock(1296388936, 1)");
  const isApplied = (await isCurrent(client)) && (await hasRow(client, migration.name));
  if (!isApplied) await client.query(migration.text);
  await client.query("commit");
  return !isApplied;
}

async function isCurrent(client: Client): Promise<boolean> {
  const found = await client.query<{ exists: boolean }>(
    "select to_regclass('meshhook.migrations') is not null as exists",
  );
  return found.rows[0]?.exists === true;
}

async function hasRow(client: Client, name: string): Promise<boolean> {
  const found = await client.query("select from meshhook.migrations as migrations where migrations.name = $1", [name]);
  return found.rowCount === 1;
}
