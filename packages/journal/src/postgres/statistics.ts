import { randomUUID } from "node:crypto";

import type { Micros } from "@meshhook/core";

import { mergeCounts } from "../merge-counts.ts";
import {
  type Count,
  type CountOutcome,
  type CountQuery,
  COUNTS_SETTLE_MS,
  type Measure,
  HOURS_KEPT_MS,
  MINUTES_KEPT_MS,
  type Statistics,
  type StoredCount,
} from "../statistics.ts";
import type { Connections, Runner } from "./connections.ts";
import { queries } from "./queries.ts";
import { timestampOf } from "./time.ts";

/** Rows that one transaction puts together or removes. */
const AT_ONCE = 5_000;
const MINUTE_US = 60_000_000;
const HOUR_US = 60 * MINUTE_US;

/** What rows are of, in seconds: a flush of one process, a minute, an hour, a day. */
const STAGES = [
  { from: 0, to: 60, spanUs: MINUTE_US, afterMs: COUNTS_SETTLE_MS },
  { from: 60, to: 3_600, spanUs: HOUR_US, afterMs: MINUTES_KEPT_MS },
  { from: 3_600, to: 86_400, spanUs: 24 * HOUR_US, afterMs: HOURS_KEPT_MS },
] as const;

/** Statistics in Postgres. */
export class PostgresStatistics implements Statistics {
  readonly #connections: Connections;

  constructor(connections: Connections) {
    this.#connections = connections;
  }

  async addCounts(counts: readonly StoredCount[]): Promise<void> {
    if (counts.length === 0) return;
    await this.#connections.read("store statistics", queries["add-counts"], valuesOf(counts, 0));
  }

  async readCounts({ from, measures, projectId, to, workflowId }: CountQuery): Promise<readonly Count[]> {
    const values = [projectId, timestampOf(from), timestampOf(to), workflowId ?? null, measures];
    const found = await this.#connections.readAsTenant<CountColumns>(
      "read statistics",
      projectId,
      queries["read-counts"],
      values,
    );
    return found.rows.map(countOf);
  }

  async compact(): Promise<number> {
    let total = 0;
    for (const stage of STAGES) {
      for (let moved = AT_ONCE; moved === AT_ONCE; total += moved) {
        // Not repeated: what was not put together is found the next time.
        moved = await this.#connections.transaction("put statistics together", (runner) => merge(runner, stage));
      }
    }
    return total;
  }

  async forgetCounts(before: Date): Promise<number> {
    let total = 0;
    for (let gone = AT_ONCE; gone === AT_ONCE; total += gone) {
      const values = [before.toISOString(), AT_ONCE];
      const found = await this.#connections.read("remove old statistics", queries["forget-counts"], values);
      gone = found.rowCount ?? 0;
    }
    return total;
  }
}

async function merge(runner: Runner, { afterMs, from, spanUs, to }: (typeof STAGES)[number]): Promise<number> {
  const taken = await runner.query<StoredCountColumns>(queries["take-counts"], [from, afterMs, AT_ONCE]);
  const counts = taken.rows.map((row) => ({ ...countOf(row), id: row.id, projectId: row.project_id }));
  const merged = mergeCounts(counts, spanUs, randomUUID);
  if (merged.length > 0) await runner.query(queries["add-counts"], valuesOf(merged, to));
  return counts.length;
}

function valuesOf(counts: readonly StoredCount[], spanS: number): readonly unknown[] {
  return [
    spanS,
    counts.map(({ id }) => id),
    counts.map(({ projectId }) => projectId),
    counts.map(({ workflowId }) => workflowId),
    counts.map(({ measure }) => measure),
    counts.map(({ subject }) => subject),
    counts.map(({ outcome }) => outcome),
    counts.map(({ at }) => timestampOf(at)),
    counts.map(({ count }) => count),
    counts.map(({ sumUs }) => sumUs),
    counts.map(({ maxUs }) => maxUs),
    counts.map(({ maxRunId }) => maxRunId),
    counts.map(({ sketch }) => Buffer.from(sketch)),
  ];
}

interface CountColumns {
  readonly workflow_id: string;
  readonly measure: Measure;
  readonly subject: string;
  readonly outcome: CountOutcome;
  readonly at: Micros;
  readonly count: number;
  readonly sum_us: number;
  readonly max_us: number;
  readonly max_run_id: string;
  readonly sketch: Buffer;
}

interface StoredCountColumns extends CountColumns {
  readonly id: string;
  readonly project_id: string;
}

function countOf(row: CountColumns): Count {
  return {
    workflowId: row.workflow_id,
    measure: row.measure,
    subject: row.subject,
    outcome: row.outcome,
    at: row.at,
    count: row.count,
    sumUs: row.sum_us,
    maxUs: row.max_us,
    maxRunId: row.max_run_id,
    sketch: row.sketch,
  };
}
