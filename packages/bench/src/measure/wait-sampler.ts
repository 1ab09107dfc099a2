import type { Client } from "pg";
import { BENCH_APPLICATION, connectAsBench } from "../database/connect.ts";
import type { DatabaseActivity } from "../result/result.ts";

/**
 * Samples what MeshHook's backends wait for, ten times a second on one connection of its own.
 *
 * Cost: one statement of about 0.2 ms per sample; it is the benchmark's and left out of the work per run.
 */
export class WaitSampler {
  readonly #client: Client;
  readonly #waits = new Map<string, number>();
  #connectionsMax = 0;
  #timer: NodeJS.Timeout | null = null;
  #isAsking = false;

  private constructor(client: Client) {
    this.#client = client;
  }

  static async start(databaseUrl: string): Promise<WaitSampler> {
    const client = await connectAsBench(databaseUrl);
    const sampler = new WaitSampler(client);
    sampler.#timer = setInterval(() => void sampler.#sample(), 100);
    return sampler;
  }

  async stop(): Promise<Pick<DatabaseActivity, "waits" | "connectionsMax">> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#client.end();
    const waits = [...this.#waits]
      .map(([event, samples]) => ({ event, samples }))
      .sort((a, b) => b.samples - a.samples);
    return { waits, connectionsMax: this.#connectionsMax };
  }

  async #sample(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      const { rows } = await this.#client.query<{ event: string | null; backends: number }>(ACTIVITY, [
        BENCH_APPLICATION,
      ]);
      let connections = 0;
      for (const { event, backends } of rows) {
        connections += backends;
        if (event !== null) this.#waits.set(event, (this.#waits.get(event) ?? 0) + backends);
      }
      this.#connectionsMax = Math.max(this.#connectionsMax, connections);
    } catch {
      // Under faults the database may be away; a sample that cannot be taken is simply missing.
    } finally {
      this.#isAsking = false;
    }
  }
}

// An active backend that waits for nothing is running: that is the CPU. Idle backends count as connections only.
const ACTIVITY = `
  select
    case
      when state <> 'active' then null
      when wait_event is null then 'CPU'
      else wait_event_type || ':' || wait_event
    end as event,
    count(*)::int as backends
  from pg_stat_activity
  where backend_type = 'client backend'
    and datname = current_database()
    and application_name <> $1
  group by 1`;
