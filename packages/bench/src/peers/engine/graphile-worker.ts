import { EventEmitter } from "node:events";
import { Pool } from "pg";
import type { StartEngine } from "../host/engine.ts";

/** The part of `graphile-worker` that is used here. */
interface Module {
  readonly run: (options: object) => Promise<Runner>;
  readonly Logger: new (factory: () => () => void) => object;
}
interface Runner {
  addJob(task: string, payload: object): Promise<unknown>;
  stop(): Promise<void>;
}
interface RunJob {
  readonly runId: string;
  readonly delivery: unknown;
}

const TASK = "run";

/** One job is one run. Settings and their reasons: `catalogue.ts`. */
export const startEngine: StartEngine = async ({ load, databaseUrl, run, ended }) => {
  const worker = (await load("graphile-worker")) as Module;
  const events = new EventEmitter();
  events.on(
    "job:complete",
    ({ job, error }: { readonly job: { readonly payload: RunJob }; readonly error: unknown }) => {
      if (error === null || error === undefined) ended(job.payload.runId);
    },
  );
  const runner = await worker.run({
    connectionString: databaseUrl,
    noHandleSignals: true,
    events,
    logger: new worker.Logger(() => () => undefined),
    taskList: { [TASK]: ({ runId, delivery }: RunJob) => run(runId, delivery) },
    preset: {
      worker: {
        concurrentJobs: 24,
        maxPoolSize: 25,
        localQueue: { size: 500 },
        completeJobBatchDelay: 0,
        failJobBatchDelay: 0,
      },
    },
  });
  const pool = new Pool({ connectionString: databaseUrl, max: 1 });
  return {
    enqueue: async (runId, delivery) => {
      await runner.addJob(TASK, { runId, delivery });
    },
    // A job is deleted when it is completed.
    countUnfinished: async () => {
      const { rows } = await pool.query<{ count: number }>(
        "select count(*)::int as count from graphile_worker._private_jobs",
      );
      return rows[0]?.count ?? 0;
    },
    readEnded: async () => Promise.resolve(null),
    stop: async () => {
      await runner.stop();
      await pool.end();
    },
  };
};
