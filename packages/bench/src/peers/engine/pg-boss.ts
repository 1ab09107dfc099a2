import { Pool } from "pg";
import type { StartEngine } from "../host/engine.ts";

/** The part of `pg-boss` that is used here. */
interface Boss {
  on(event: "error", listener: (error: Error) => void): void;
  start(): Promise<unknown>;
  stop(options: { readonly graceful: boolean }): Promise<void>;
  createQueue(name: string, options: { readonly notify: boolean }): Promise<void>;
  work(name: string, options: object, handler: (jobs: readonly Job[]) => Promise<unknown>): Promise<string>;
  send(name: string, data: object, options: { readonly id: string }): Promise<string | null>;
}
interface Job {
  readonly id: string;
  readonly data: unknown;
}
type Module = { readonly PgBoss: new (options: object) => Boss };

const QUEUE = "runs";

/** One job is one run. Settings and their reasons: `catalogue.ts`. */
export const startEngine: StartEngine = async ({ load, databaseUrl, run, complain }) => {
  const { PgBoss } = (await load("pg-boss")) as Module;
  const boss = new PgBoss({ connectionString: databaseUrl, max: 20, useListenNotify: true });
  boss.on("error", (error) => complain(`pg-boss: ${error.message}`));
  await boss.start();
  await boss.createQueue(QUEUE, { notify: true });
  const options = { batchSize: 100, localConcurrency: 2, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 };
  await boss.work(QUEUE, options, (jobs) => Promise.all(jobs.map(({ id, data }) => run(id, data))));
  const pool = new Pool({ connectionString: databaseUrl, max: 1 });
  return {
    enqueue: async (runId, delivery) => {
      await boss.send(QUEUE, delivery as object, { id: runId });
    },
    countUnfinished: async () => {
      const { rows } = await pool.query<{ count: number }>(
        "select count(*)::int as count from pgboss.job where name = $1 and state <> 'completed'",
        [QUEUE],
      );
      return rows[0]?.count ?? 0;
    },
    readEnded: async () => {
      const { rows } = await pool.query<{ runId: string; atUs: number }>(
        `select id::text as "runId", (extract(epoch from completed_on) * 1000000)::float8 as "atUs"
         from pgboss.job where name = $1 and state = 'completed'`,
        [QUEUE],
      );
      return rows;
    },
    stop: async () => {
      await boss.stop({ graceful: false });
      await pool.end();
    },
  };
};
