import type { Client } from "pg";
import { connectAsBench } from "./connect.ts";

/** A server that recovers from a crash takes no connections for a while. */
const RECONNECT_MS_MAX = 60_000;
const RECONNECT_EVERY_MS = 200;

/** The benchmark's own connection to the database. A fault may end it; then the next that asks for it gets another. */
export class BenchConnection {
  readonly #url: string;
  #client: Client;

  private constructor(url: string, client: Client) {
    this.#url = url;
    this.#client = client;
  }

  static async open(url: string): Promise<BenchConnection> {
    return new BenchConnection(url, await connectAsBench(url));
  }

  /**
   * A connection that answers: the same as before while that lives.
   *
   * @throws Error  of the last attempt, when the server takes no connection for a minute.
   */
  async alive(): Promise<Client> {
    const isAlive = await this.#client.query("select 1").then(
      () => true,
      () => false,
    );
    if (isAlive) return this.#client;
    await this.#client.end().catch(() => undefined);
    const untilMs = performance.now() + RECONNECT_MS_MAX;
    for (;;) {
      try {
        this.#client = await connectAsBench(this.#url);
        return this.#client;
      } catch (error) {
        if (performance.now() > untilMs) throw error;
        await new Promise((resolve) => setTimeout(resolve, RECONNECT_EVERY_MS));
      }
    }
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => undefined);
  }
}
