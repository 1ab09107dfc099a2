import { Pool } from "pg";
import type { EndedRun, Engine, EngineContext } from "../../src/peers/host/engine.ts";

/** How an engine of the tests treats its runs; by the number of runs it has taken. */
export interface Care {
  readonly isForgotten: (taken: number) => boolean;
  readonly isRepeated: (taken: number) => boolean;
}

/** The smallest engine that is durable: a table, and a run that starts once its row is committed. */
export async function startTableEngine({ databaseUrl, run }: EngineContext, care: Care): Promise<Engine> {
  const pool = new Pool({ connectionString: databaseUrl, max: 4 });
  await pool.query("create table runs (id uuid primary key, delivery jsonb not null, ended_on timestamptz)");
  const again: EndedRun[] = [];
  let taken = 0;
  const finish = async (runId: string, delivery: unknown) => {
    await run(runId, delivery);
    await pool.query("update runs set ended_on = clock_timestamp() where id = $1", [runId]);
  };
  return {
    enqueue: async (runId, delivery) => {
      taken += 1;
      if (care.isForgotten(taken)) return;
      const isRepeated = care.isRepeated(taken);
      await pool.query("insert into runs (id, delivery) values ($1, $2)", [runId, JSON.stringify(delivery)]);
      const finishing = finish(runId, delivery).then(async () => {
        if (!isRepeated) return;
        await finish(runId, delivery);
        again.push({ runId, atUs: Date.now() * 1_000 });
      });
      // The engine may be stopped before a run has ended.
      finishing.catch(() => undefined);
    },
    countUnfinished: async () => {
      const { rows } = await pool.query<{ count: number }>(
        "select count(*)::int as count from runs where ended_on is null",
      );
      return rows[0]?.count ?? 0;
    },
    readEnded: async () => {
      const { rows } = await pool.query<EndedRun>(
        `select id::text as "runId", (extract(epoch from ended_on) * 1000000)::float8 as "atUs"
         from runs where ended_on is not null`,
      );
      return [...rows, ...again];
    },
    stop: () => pool.end(),
  };
}
