import { Client } from "pg";
import { copyRows } from "../database/copy.ts";
import { BENCH_APPLICATION } from "../database/connect.ts";

export interface DatabaseRoofs {
  readonly copyRowsPerSecond: number;
  readonly commitsPerSecond: number;
}

/**
 * What this Postgres can do at most, with nothing of MeshHook in the way: rows by COPY into a table of the journal's shape (its
 * primary key, its partial index, 1 kB of text outside TOAST compression), and commits of one such row each over 16 connections.
 *
 * Both are asked for by one Node process, as MeshHook's are. The table is dropped afterwards.
 */
export async function measureDatabaseRoofs(
  databaseUrl: string,
  durationMs: number,
  body: string,
): Promise<DatabaseRoofs> {
  const clients = Array.from(
    { length: CONNECTIONS },
    () => new Client({ connectionString: databaseUrl, application_name: BENCH_APPLICATION }),
  );
  await Promise.all(clients.map((client) => client.connect()));
  const [first] = clients;
  if (first === undefined) throw new Error("There is no connection to measure the database with.");
  try {
    await first.query(TABLE);
    const copiers = clients.slice(0, 2);
    const copyRowsPerSecond = await ratePerSecond(copiers, durationMs, async (client, index) => {
      await copyRows(client, "meshhook_bench.roof", journalRows(index, COPY_ROWS, body));
      return COPY_ROWS;
    });
    const commitsPerSecond = await ratePerSecond(clients, durationMs, async (client, index) => {
      await client.query({ name: "insert", text: INSERT, values: [index % 64, body] });
      return 1;
    });
    return { copyRowsPerSecond, commitsPerSecond };
  } finally {
    await first.query("drop schema if exists meshhook_bench cascade");
    await Promise.all(clients.map((client) => client.end()));
  }
}

const CONNECTIONS = 16;
/** 20 000 rows a commit give 8 % more than 500, and ten times the latency; 2 000 is where the gain ends on small machines. */
const COPY_ROWS = 2_000;

const TABLE = `
  create schema meshhook_bench;
  create table meshhook_bench.roof (
    shard int not null,
    run_id uuid not null default gen_random_uuid(),
    seq int not null default 0,
    at timestamptz not null default now(),
    project_id uuid not null default '00000000-0000-7000-8000-000000000001',
    workflow_id uuid not null default '00000000-0000-7000-8000-000000000002',
    version_id uuid not null default '00000000-0000-7000-8000-000000000003',
    status text default 'succeeded',
    facts text not null,
    primary key (shard, run_id, seq)
  );
  alter table meshhook_bench.roof alter column facts set storage external;
  create index on meshhook_bench.roof (project_id, run_id) where seq = 0`;

const INSERT = `
  insert into meshhook_bench.roof (shard, run_id, facts)
  values ($1, (lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0') || right(replace(gen_random_uuid()::text, '-', ''), 20))::uuid, $2)`;

let made = 0;

/** Ids ascend in time, as MeshHook's do: that is what keeps the index's pages hot. */
function* journalRows(connection: number, count: number, body: string): Generator<string> {
  const fixed =
    "0\t2026-01-01T00:00:00Z\t00000000-0000-7000-8000-000000000001\t00000000-0000-7000-8000-000000000002\t00000000-0000-7000-8000-000000000003\tsucceeded";
  const facts = body.replace(/[\\\t\n\r]/g, (character) => `\\${character}`);
  const time = Date.now().toString(16).padStart(12, "0");
  for (let row = 0; row < count; row += 1) {
    made += 1;
    const id = `${time.slice(0, 8)}-${time.slice(8)}-7000-8${connection.toString(16).padStart(3, "0")}-${made.toString(16).padStart(12, "0")}`;
    yield `${String(made % 64)}\t${id}\t${fixed}\t${facts}`;
  }
}

/** Repeats `work` on every client for a while; sums up what each call says it did. */
async function ratePerSecond(
  clients: readonly Client[],
  durationMs: number,
  work: (client: Client, index: number) => Promise<number>,
): Promise<number> {
  const start = performance.now();
  let done = 0;
  await Promise.all(
    clients.map(async (client, index) => {
      while (performance.now() - start < durationMs) {
        // Not "done += await …": that adds to what `done` was before the wait.
        const count = await work(client, index);
        done += count;
      }
    }),
  );
  return (done * 1_000) / (performance.now() - start);
}
