import { Client } from "pg";
import type { ClientConfig } from "pg";

/** How long a server may take to close the connection before the socket is closed. */
export const GOODBYE_MS_MAX = 2_000;

/**
 * A connection whose end is always handled, and always comes.
 *
 * `pg` emits 'error' when a connection breaks outside a query: while it is idle, between two statements of a transaction, or while it is
 * opened or prepared. Node ends a process on an 'error' without a listener, and a pool listens only while the connection is idle in it.
 * Listening here hides nothing, because the next query on the connection rejects.
 */
export class HeardClient extends Client {
  constructor(config?: string | ClientConfig) {
    super(config);
    this.on("error", () => undefined);
  }

  /** Closes the socket at once; a query that is under way rejects. */
  giveUp(): void {
    this.connection.stream.destroy();
  }

  /** Closes the connection properly, but does not wait for a server that does not answer (it is paused, or its network is gone). */
  override end(): Promise<void>;
  override end(callback: (error: Error) => void): void;
  override end(callback?: (error: Error) => void): Promise<void> | void {
    const timer = setTimeout(() => this.giveUp(), GOODBYE_MS_MAX);
    timer.unref();
    this.once("end", () => clearTimeout(timer));
    return callback === undefined ? super.end() : super.end(callback);
  }
}

/** Ends a connection that is no longer needed, so that nothing can go wrong with it. */
export async function endQuietly(client: Client): Promise<void> {
  await client.end().catch(() => undefined);
}
