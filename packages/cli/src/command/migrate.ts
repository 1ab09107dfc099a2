import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

import { listMigrations, type Migration } from "@meshhook/journal";

import type { Resolved } from "../config/resolve.ts";
import { CommandError, type ExitName } from "../exit-codes.ts";
import { openDatabase } from "../start/database.ts";
import { makeFolder } from "../start/folder.ts";
import { reasonOf } from "../system-error.ts";
import { createLogger } from "../terminal/log.ts";
import type { Output } from "../terminal/output.ts";

/** Updates the database schema and exits. `start` does the same. */
export async function migrateDatabase({ config }: Resolved, output: Output): Promise<ExitName> {
  const database = await openDatabase(config, createLogger(config.logLevel, process.stderr));
  await database.release();
  output.line(`The database schema is up to date: ${database.description}`);
  return "ok";
}

/** Writes the migrations in the layout of another tool, which runs them. Files that are there already stay as they are. */
export async function writeMigrations(
  { format, out }: { readonly format: string | null; readonly out: string | null },
  output: Output,
): Promise<ExitName> {
  if (format !== "supabase")
    throw new CommandError("badInput", `--format ${format ?? "is missing and"} is not known. Use supabase.`);
  if (out === null) throw new CommandError("badInput", "--out is missing. Name a folder, such as supabase/migrations.");
  try {
    await makeFolder(resolve(out));
    let written = 0;
    for (const migration of listMigrations()) if (await writeOnce(out, migration)) written += 1;
    output.line(`${out}: ${written} of ${listMigrations().length} migrations written, the others were there`);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError("failed", `Cannot write ${out}: ${reasonOf(error)}`, { cause: error });
  }
  return "ok";
}

async function writeOnce(folder: string, migration: Migration): Promise<boolean> {
  const path = join(folder, supabaseName(migration));
  const stored = await readFile(path, "utf8").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  });
  if (stored === migration.text) return false;
  // It may have been run, and a migration that was run is not changed.
  if (stored !== null)
    throw new CommandError("badInput", `${path} is there and is not what this release has. Move it away first.`);
  await writeFile(path, migration.text);
  return true;
}

/** `0026_open_to_supabase` → `20261130000026_meshhook_open_to_supabase.sql`: always the same name for the same migration. */
function supabaseName({ name }: Migration): string {
  const [number = "", ...rest] = name.split("_");
  return `20261130${number.padStart(6, "0")}_meshhook_${rest.join("_")}.sql`;
}
