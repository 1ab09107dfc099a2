import { Client } from "pg";
import { countUnfinished } from "../audit/backlog.ts";
import { BENCH_APPLICATION } from "../database/connect.ts";
import { LaunchedSystem } from "../suite/launched-system.ts";
import { findFreePort } from "../system/free-port.ts";
import type { LaunchedDatabase, SystemLauncher } from "../system/launcher.ts";
import type { Contestant } from "./contestant.ts";
import type { EndedRun } from "./host/engine.ts";

/** MeshHook with its default settings. */
export function meshhookContestant(launcher: SystemLauncher, database: LaunchedDatabase): Contestant {
  return {
    name: MESHHOOK,
    start: async ({ workflow, databaseUrl, sinkPort }) => {
      const port = await findFreePort();
      const system = await LaunchedSystem.start({ launcher, database, port, env: {}, databaseUrl });
      const { workflowId, path } = await system.createIntake({ kind: "built-in", name: workflow }, workflow, sinkPort);
      const client = new Client({ connectionString: databaseUrl, application_name: BENCH_APPLICATION });
      client.on("error", () => undefined);
      await client.connect();
      return {
        target: { host: "127.0.0.1", port, path },
        pid: system.pid,
        countUnfinished: () => countUnfinished(client, workflowId),
        readEnded: async () => (await client.query<EndedRun>(ENDED, [workflowId])).rows,
        stop: async () => {
          await client.end();
          await system.stop();
        },
      };
    },
  };
}

export const MESHHOOK = "meshhook";

/** A run that ended twice would have two rows with a status. */
const ENDED = `
  select run_id::text as "runId", (extract(epoch from pg_xact_commit_timestamp(xmin)) * 1000000)::float8 as "atUs"
  from meshhook.journal
  where workflow_id = $1 and status = 'succeeded'`;
