import { Worker } from "node:worker_threads";

import type { OwnerToken, StandIn, StandInOptions } from "../journal.ts";
import type { ConnectionsOptions } from "./connections.ts";

/** The thread's input. `shared`: see `SLOTS`. */
export interface StandInData {
  readonly connections: Omit<ConnectionsOptions, "onWarning">;
  readonly token: OwnerToken;
  readonly leaseMs: number;
  readonly options: StandInOptions;
  readonly shared: SharedArrayBuffer;
}

/**
 * Numbers shared by both threads: when the last successful heartbeat of either was sent (`process.hrtime`), and a count of the owner's
 * turns.
 */
export const SLOTS = { beatAtNs: 0, turns: 1 } as const;
const SLOT_BYTES = 16;
const TURN_MS = 250;

/**
 * Starts a thread that sends heartbeats in an owner's place while the owner's event loop is too busy to do so.
 *
 * It has its own connection. While the owner's heartbeats are in time, it does nothing. If the loop has not turned for `stallMs`, it stops,
 * so that an owner that never comes back does not keep its shards forever.
 */
export function startStandIn(data: Omit<StandInData, "shared">, onWarning: (error: unknown) => void): StandIn {
  const shared = new SharedArrayBuffer(SLOT_BYTES);
  const slots = new BigInt64Array(shared);
  Atomics.store(slots, SLOTS.beatAtNs, process.hrtime.bigint());
  const workerData: StandInData = { ...data, shared };
  const thread = new Worker(new URL("./stand-in-thread.ts", import.meta.url), {
    workerData,
    stdout: false,
    stderr: false,
  });
  thread.unref();
  thread.on("error", onWarning);
  const turns = setInterval(() => void Atomics.add(slots, SLOTS.turns, 1n), TURN_MS);
  turns.unref();
  return {
    get ageMs() {
      return Number(process.hrtime.bigint() - Atomics.load(slots, SLOTS.beatAtNs)) / 1_000_000;
    },
    noteBeat: (agoMs) => {
      const at = process.hrtime.bigint() - BigInt(Math.round(agoMs * 1_000_000));
      if (at > Atomics.load(slots, SLOTS.beatAtNs)) Atomics.store(slots, SLOTS.beatAtNs, at);
    },
    stop: async () => {
      clearInterval(turns);
      await thread.terminate();
    },
  };
}
