import { Pool } from "pg";
import type { StartEngine } from "../host/engine.ts";

/** The part of `@dbos-inc/dbos-sdk` that is used here. */
type Module = { readonly DBOS: Dbos };
type Run = (runId: string, delivery: unknown) => Promise<unknown>;
interface Dbos {
  setConfig(config: object): void;
  launch(): Promise<void>;
  shutdown(): Promise<void>;
  registerWorkflow(run: Run, options: { readonly name: string }): Run;
  startWorkflow(
    workflow: Run,
    options: { readonly workflowID: string },
  ): (...args: Parameters<Run>) => Promise<unknown>;
  runStep(work: () => Promise<unknown>, options: { readonly name: string }): Promise<unknown>;
}

/** One workflow is one run; its call is a step. Settings and their reasons: `catalogue.ts`. */
export const startEngine: StartEngine = async ({ load, databaseUrl, run }) => {
  const { DBOS } = (await load("@dbos-inc/dbos-sdk")) as Module;
  DBOS.setConfig({
    name: "bench",
    systemDatabaseUrl: databaseUrl,
    systemDatabasePoolSize: 20,
    logLevel: "error",
  });
  const workflow = DBOS.registerWorkflow(
    (runId, delivery) => run(runId, delivery, (work) => DBOS.runStep(work, { name: "call" })),
    { name: "run" },
  );
  await DBOS.launch();
  const pool = new Pool({ connectionString: databaseUrl, max: 1 });
  return {
    enqueue: async (runId, delivery) => {
      await DBOS.startWorkflow(workflow, { workflowID: runId })(runId, delivery);
    },
    countUnfinished: async () => {
      const { rows } = await pool.query<{ count: number }>(
        "select count(*)::int as count from dbos.workflow_status where status <> 'SUCCESS'",
      );
      return rows[0]?.count ?? 0;
    },
    readEnded: async () => {
      const { rows } = await pool.query<{ runId: string; atUs: number }>(
        `select workflow_uuid as "runId", completed_at::float8 * 1000 as "atUs"
         from dbos.workflow_status where status = 'SUCCESS'`,
      );
      return rows;
    },
    stop: async () => {
      await DBOS.shutdown();
      await pool.end();
    },
  };
};
