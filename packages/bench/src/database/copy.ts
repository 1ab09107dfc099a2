import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Client } from "pg";
import { from } from "pg-copy-streams";

/**
 * Copies rows into a table: each row is a line of Postgres' text format, tab between columns, `\N` for null, without its newline.
 *
 * @param into  Table with its columns, as in `bench_ledger (n, run_id)`.
 */
export async function copyRows(client: Client, into: string, rows: Iterable<string>): Promise<void> {
  await pipeline(Readable.from(chunks(rows)), client.query(from(`copy ${into} from stdin`)));
}

/** Lines gathered into pieces of some 64 kB: one write per line would cost more than the rows themselves. */
function* chunks(rows: Iterable<string>): Generator<string> {
  let chunk = "";
  for (const row of rows) {
    chunk += `${row}\n`;
    if (chunk.length < 65_536) continue;
    yield chunk;
    chunk = "";
  }
  if (chunk.length > 0) yield chunk;
}
