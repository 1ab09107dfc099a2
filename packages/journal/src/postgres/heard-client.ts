import { Client } from "pg";
import type { ClientConfig } from "pg";

/** How long a server may take to say goodbye before the socket is closed. */
const GOODBYE_MS_MAX = 2_000;

/**
 * A connection whose end is always heard, and comes.
 *
 * `pg` emits 'error' when a connection breaks beside a query: while it is idle, between two statements of a transaction, while
 * it is opened or prepared. Node ends a process over an 'error' that nobody listens to, and a pool listens only while the
 * connection is idle in it. Nothing is missed by listening here: the next query on the connection rejects.
 */
export class HeardClient extends Client {
  constructor(config?: string | ClientConfig) {
    super(config);
    this.on("error", () => undefined);
  }

  /** Says goodbye; a server that does not answer (it is paused, or its network is gone) is not waited for. */
  override end(): Promise<void>;
  override end(callback: (error: Error) => void): void;
  override end(callback?: (error: Error) => void): Promise<void> | void {
    const timer = setTimeout(() => this.connection.stream.destroy(), GOODBYE_MS_MAX);
    timer.unref();
    this.once("end", () => clearTimeout(timer));
    return callback === undefined ? super.end() : super.end(callback);
  }
}

/** Ends a connection of which nothing is needed any more, so that nothing can go wrong with it. */
export async function endQuietly(client: Client): Promise<void> {
  await client.end().catch(() => undefined);
}
