import type { Client } from "pg";

/** A run's instants as the system saw them, in Unix microseconds. */
export interface RunTimes {
  /** The request's number. */
  readonly n: number;
  readonly runId: string;
  /** The delivery's own time: when MeshHook had read the request. */
  readonly receivedUs: number;
  /** Commit of the delivery. */
  readonly ackedUs: number;
  /** Commit of the segment that ends the run; null while it runs. */
  readonly doneUs: number | null;
  /** By how much these instants were moved when blocks were put behind each other; absent where they were not. */
  readonly movedUs?: number;
}

/**
 * The instants of every run of the last audit on this connection (it leaves them in a temporary table), by request number. Empty where
 * the server keeps no commit times.
 */
export async function readRunTimes(client: Client): Promise<readonly RunTimes[]> {
  const { rows } = await client.query<[number, string, number, number, number | null]>({
    text: `
      select n, run_id::text, received_us::float8, acked_us::float8, done_us::float8
      from bench_runs
      where n is not null and received_us is not null and acked_us is not null
      order by n`,
    rowMode: "array",
  });
  return rows.map(([n, runId, receivedUs, ackedUs, doneUs]) => ({ n, runId, receivedUs, ackedUs, doneUs }));
}
