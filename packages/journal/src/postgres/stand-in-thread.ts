import { setTimeout as delay } from "node:timers/promises";
import { workerData } from "node:worker_threads";
import type { Client } from "pg";

import { answeredWithin } from "./answered-within.ts";
import { Connections } from "./connections.ts";
import { queries } from "./queries.ts";
import { SLOTS, type StandInData } from "./stand-in.ts";

// The thread behind `startStandIn`. It ends with the owner's process, or when it is told to.

/** A failed heartbeat is tried again after this time; the owner's own next heartbeat finds out what is wrong. */
const AGAIN_MS = 200;

const { connections, token, leaseMs, options, shared } = workerData as StandInData;
const slots = new BigInt64Array(shared);

await keepLease();

/** Returns when the owner is no longer registered, or its event loop has stood still for too long. */
async function keepLease(): Promise<void> {
  const pool = new Connections({ ...connections, onWarning: () => undefined });
  let client: Client | null = null;
  let turns = Atomics.load(slots, SLOTS.turns);
  let turnedAtNs = process.hrtime.bigint();
  for (;;) {
    try {
      client ??= await pool.openDedicated();
      const turnsNow = Atomics.load(slots, SLOTS.turns);
      if (turnsNow !== turns) {
        turns = turnsNow;
        turnedAtNs = process.hrtime.bigint();
      } else if (msSince(turnedAtNs) > options.stallMs) {
        await client.end();
        return;
      }
      if (msSince(Atomics.load(slots, SLOTS.beatAtNs)) > options.lateMs) {
        const sentAtNs = process.hrtime.bigint();
        const found = await answeredWithin(leaseMs, client.query({ ...queries.heartbeat, values: [token, leaseMs] }));
        if (found.rows.length === 0) return await client.end();
        if (sentAtNs > Atomics.load(slots, SLOTS.beatAtNs)) Atomics.store(slots, SLOTS.beatAtNs, sentAtNs);
      }
      await delay(options.lateMs / 8);
    } catch {
      await client?.end().catch(() => undefined);
      client = null;
      await delay(AGAIN_MS);
    }
  }
}

function msSince(ns: bigint): number {
  return Number(process.hrtime.bigint() - ns) / 1_000_000;
}
