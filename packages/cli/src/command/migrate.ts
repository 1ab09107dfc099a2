import type { Resolved } from "../config/resolve.ts";
import type { ExitName } from "../exit-codes.ts";
import { openDatabase } from "../start/database.ts";
import { createLogger } from "../terminal/log.ts";
import type { Output } from "../terminal/output.ts";

/** Brings the database's schema up to date and ends. `start` does the same by itself. */
export async function migrateDatabase({ config }: Resolved, output: Output): Promise<ExitName> {
  const database = await openDatabase(config, createLogger(config.logLevel, process.stderr));
  await database.release();
  output.line(`The schema is current: ${database.description}`);
  return "ok";
}
