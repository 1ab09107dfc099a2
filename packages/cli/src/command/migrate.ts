import type { Resolved } from "../config/resolve.ts";
import type { ExitName } from "../exit-codes.ts";
import { openDatabase } from "../start/database.ts";
import { createLogger } from "../terminal/log.ts";
import type { Output } from "../terminal/output.ts";

/** Updates the database schema and exits. `start` does the same. */
export async function migrateDatabase({ config }: Resolved, output: Output): Promise<ExitName> {
  const database = await openDatabase(config, createLogger(config.logLevel, process.stderr));
  await database.release();
  output.line(`The database schema is up to date: ${database.description}`);
  return "ok";
}
