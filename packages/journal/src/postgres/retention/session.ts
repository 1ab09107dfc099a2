import type { Client, QueryResultRow } from "pg";

import { pause, type Connections } from "../connections.ts";
import { endQuietly } from "../heard-client.ts";
import { queries, type QueryName } from "../queries.ts";
import { sqlstateOf, unavailable } from "../sqlstate.ts";

/** How often something is tried while others hold locks on the journal. */
const TRIES_MAX = 50;
const TRY_PAUSE_MS = 200;
const LOCK_NOT_AVAILABLE = "55P03";

/** A connection of its own: statements may take long here. */
export class Session {
  readonly #client: Client;
  readonly #doing: string;

  private constructor(client: Client, doing: string) {
    this.#client = client;
    this.#doing = doing;
  }

  static async open(doing: string, connections: Connections): Promise<Session> {
    try {
      const client = await connections.openDedicated();
      await client.query("set statement_timeout = 0; set enable_seqscan = on");
      return new Session(client, doing);
    } catch (error) {
      throw unavailable(doing, error);
    }
  }

  async run<R extends QueryResultRow>(name: QueryName, values: readonly unknown[] = []): Promise<readonly R[]> {
    try {
      return (await this.#client.query<R>({ ...queries[name], values: [...values] })).rows;
    } catch (error) {
      throw unavailable(this.#doing, error);
    }
  }

  /** Runs a statement that waits for locks only for a moment; null when it got none, however often it tried. */
  async runBetween<R extends QueryResultRow>(
    name: QueryName,
    values: readonly unknown[],
  ): Promise<readonly R[] | null> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.run<R>(name, values);
      } catch (error) {
        const isLocked = error instanceof Error && sqlstateOf(error.cause) === LOCK_NOT_AVAILABLE;
        if (!isLocked) throw error;
        if (attempt === TRIES_MAX) return null;
        await pause(TRY_PAUSE_MS);
      }
    }
  }

  end(): Promise<void> {
    return endQuietly(this.#client);
  }
}
