import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";
import { BENCH_APPLICATION, connectAsBench } from "../database/connect.ts";
import type { Undo } from "./system.ts";

/** No server takes more idle connections than this from the benchmark. */
const CONNECTIONS_MAX = 2_000;
/** How often free places are looked for, and how many are asked for together: enough to win most of those that a service gives up. */
const REFILL_MS = 20;
const AT_ONCE = 8;
/** SQLSTATE of a server without a place: too_many_connections. */
const FULL = "53300";

/**
 * Opens idle connections until the server refuses one, and takes places that become free until it is undone.
 *
 * @param onFull  What to do, on a connection of its own, at the instant at which no place is left.
 */
export async function exhaustConnections(
  url: string,
  leave: number,
  onFull: (client: Client) => Promise<void>,
): Promise<Undo> {
  const client = await connectAsBench(url);
  const held = new Set<Client>();
  const stopping = new AbortController();
  let refilling: Promise<void> = Promise.resolve();
  const stop = async () => {
    stopping.abort();
    await refilling;
    await Promise.all([client.end(), ...[...held].map((holder) => release(holder, held))]);
  };
  const fill = async (most: number) => {
    for (let isFull = false; !isFull && held.size < most && !stopping.signal.aborted;) {
      const asked = Math.min(AT_ONCE, most - held.size);
      const taken = await Promise.all(Array.from({ length: asked }, () => take(url, held)));
      isFull = taken.includes(false);
    }
  };
  const refill = async (most: number) => {
    while (!stopping.signal.aborted) {
      await fill(most);
      await delay(REFILL_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  try {
    await fill(CONNECTIONS_MAX);
    await Promise.all([...held].slice(0, leave).map((holder) => release(holder, held)));
    refilling = refill(leave > 0 ? held.size : CONNECTIONS_MAX);
    await onFull(client);
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}

/** Takes a place; false when there is none. */
async function take(url: string, held: Set<Client>): Promise<boolean> {
  const client = new Client({ connectionString: url, application_name: BENCH_APPLICATION });
  // The server may end the session; its place is taken again.
  client.on("error", () => held.delete(client));
  try {
    await client.connect();
    held.add(client);
    return true;
  } catch (error) {
    const isFull = error instanceof Error && "code" in error && error.code === FULL;
    if (isFull || held.size > 0) return false;
    throw error;
  }
}

async function release(client: Client, held: Set<Client>): Promise<void> {
  held.delete(client);
  await client.end();
}
