import type { Client } from "pg";
import { BENCH_APPLICATION, connectAsBench } from "../../database/connect.ts";
import type { DatabaseActivity } from "../../result/result.ts";
import { unixUs } from "../clock.ts";

/** What PostgreSQL's processes did at one instant, and how long it took to say so. */
export interface DatabaseMoment {
  /** Unix microseconds. */
  readonly askedUs: number;
  readonly answeredUs: number;
  /** MeshHook's backends at work, by what they wait for (`IO:WalSync`); `CPU` is running. */
  readonly waits: { readonly [event: string]: number };
  /** What the checkpointer does; null while it has nothing to do. */
  readonly checkpointer: string | null;
  /** Checkpoints that have ended since the server started. */
  readonly checkpoints: number;
  /** Tables that are being vacuumed or analysed by the server of its own accord. */
  readonly vacuums: number;
}

/** What the samples sum up to. */
export type SampledActivity = Pick<
  DatabaseActivity,
  "waits" | "connectionsMax" | "connectionsByState" | "oldestTransactionMsMax"
>;

const EVERY_MS = 50;

/**
 * Samples what PostgreSQL's processes wait for, twenty times a second on one connection of its own.
 *
 * Cost: one statement of about 0.2 ms per sample; it is the benchmark's and left out of the work per run.
 */
export class DatabaseTimeline {
  readonly #url: string;
  readonly #query: string;
  #client: Client;
  /** So far, in the order of time. */
  readonly moments: DatabaseMoment[] = [];
  #processes: ReadonlyMap<number, string> = new Map();
  #connectionsMax = 0;
  readonly #states = new Map<string, number>();
  #oldestTransactionMsMax = 0;
  #timer: NodeJS.Timeout | null = null;
  #isAsking = false;

  private constructor(url: string, client: Client, query: string) {
    this.#url = url;
    this.#client = client;
    this.#query = query;
  }

  static async start(databaseUrl: string): Promise<DatabaseTimeline> {
    const client = await connectAsBench(databaseUrl);
    const { rows } = await client.query<{ version: number }>(
      "select current_setting('server_version_num')::int as version",
    );
    const timeline = new DatabaseTimeline(databaseUrl, client, activityQuery(rows[0]?.version ?? 0));
    timeline.#timer = setInterval(() => void timeline.#sample(), EVERY_MS);
    return timeline;
  }

  /** The server's processes as of the last sample, by id and type, without the benchmark's own backends. */
  get processes(): ReadonlyMap<number, string> {
    return this.#processes;
  }

  /** Ends the timeline; fine to call twice. */
  async stop(): Promise<SampledActivity> {
    if (this.#timer !== null) {
      clearInterval(this.#timer);
      this.#timer = null;
      await this.#client.end().catch(() => undefined);
    }
    const counts = new Map<string, number>();
    for (const { waits } of this.moments)
      for (const [event, backends] of Object.entries(waits)) counts.set(event, (counts.get(event) ?? 0) + backends);
    const waits = [...counts].map(([event, samples]) => ({ event, samples })).sort((a, b) => b.samples - a.samples);
    return {
      waits,
      connectionsMax: this.#connectionsMax,
      connectionsByState: Object.fromEntries(this.#states),
      oldestTransactionMsMax: this.#oldestTransactionMsMax,
    };
  }

  async #sample(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    const askedUs = unixUs();
    try {
      const { rows } = await this.#client.query<Activity>({
        name: "activity",
        text: this.#query,
        values: [BENCH_APPLICATION],
      });
      this.#take(askedUs, rows);
    } catch {
      // Under faults the database may be away; a sample that cannot be taken is simply missing.
      await this.#reconnect();
    } finally {
      this.#isAsking = false;
    }
  }

  async #reconnect(): Promise<void> {
    await this.#client.end().catch(() => undefined);
    if (this.#timer === null) return;
    await connectAsBench(this.#url).then(
      (client) => {
        this.#client = client;
      },
      () => undefined,
    );
  }

  #take(askedUs: number, rows: readonly Activity[]): void {
    const waits: Record<string, number> = {};
    let connections = 0;
    let vacuums = 0;
    let checkpointer: string | null = null;
    const states = new Map<string, number>();
    for (const { type, isOwn, state, event, transactionMs } of rows) {
      if (type === "checkpointer" && event !== "Activity:CheckpointerMain") checkpointer = event ?? "CPU";
      if (type === "autovacuum worker") vacuums += 1;
      if (type !== "client backend" || isOwn) continue;
      connections += 1;
      states.set(state, (states.get(state) ?? 0) + 1);
      this.#oldestTransactionMsMax = Math.max(this.#oldestTransactionMsMax, transactionMs ?? 0);
      // An active backend that waits for nothing is running: that is the CPU. Idle backends count as connections only.
      if (state === "active") waits[event ?? "CPU"] = (waits[event ?? "CPU"] ?? 0) + 1;
    }
    this.#connectionsMax = Math.max(this.#connectionsMax, connections);
    for (const [state, count] of states) this.#states.set(state, Math.max(this.#states.get(state) ?? 0, count));
    this.#processes = new Map(rows.flatMap(({ pid, type, isOwn }) => (isOwn ? [] : [[pid, type] as const])));
    const checkpoints = rows[0]?.checkpoints ?? 0;
    this.moments.push({ askedUs, answeredUs: unixUs(), waits, checkpointer, checkpoints, vacuums });
  }
}

interface Activity {
  readonly pid: number;
  readonly type: string;
  readonly isOwn: boolean;
  readonly state: string;
  /** Of the open transaction; null without one. */
  readonly transactionMs: number | null;
  readonly event: string | null;
  readonly checkpoints: number;
}

/** From PostgreSQL 17 on checkpoints have a view of their own, and from 18 on it counts those that were done. */
function activityQuery(version: number): string {
  const checkpoints =
    version >= 180_000
      ? "select num_done from pg_stat_checkpointer"
      : version >= 170_000
        ? "select num_timed + num_requested from pg_stat_checkpointer"
        : "select checkpoints_timed + checkpoints_req from pg_stat_bgwriter";
  return `
    select
      pid,
      coalesce(backend_type, 'client backend') as type,
      application_name = $1 as "isOwn",
      coalesce(state, 'unknown') as state,
      extract(epoch from clock_timestamp() - xact_start)::float8 * 1000 as "transactionMs",
      wait_event_type || ':' || wait_event as event,
      (${checkpoints})::int as checkpoints
    from pg_stat_activity
    where datname is null or datname = current_database()`;
}
