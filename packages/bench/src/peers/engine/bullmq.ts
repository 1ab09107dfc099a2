import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { findFreePort } from "../../system/free-port.ts";
import type { StartEngine } from "../host/engine.ts";

/** The part of `bullmq` that is used here. */
interface Module {
  readonly Queue: new (name: string, options: object) => Queue;
  readonly Worker: new (name: string, work: (job: Job) => Promise<unknown>, options: object) => Worker;
}
interface Queue {
  on(event: "error", listener: (error: Error) => void): void;
  add(name: string, data: object, options: object): Promise<unknown>;
  getJobCountByTypes(...types: readonly string[]): Promise<number>;
  close(): Promise<void>;
}
interface Worker {
  on(event: "completed", listener: (job: Job) => void): void;
  on(event: "error", listener: (error: Error) => void): void;
  close(): Promise<void>;
}
interface Job {
  readonly data: { readonly runId: string; readonly delivery: unknown };
}

const QUEUE = "runs";

/** One job is one run, in a Redis of its own. Settings and their reasons: `catalogue.ts`. */
export const startEngine: StartEngine = async ({ load, directory, spawn, run, ended, complain }) => {
  const port = await findFreePort();
  const redis = { port, bind: "127.0.0.1", dir: directory, appendonly: "yes", appendfsync: "always", save: "" };
  spawn(
    "redis-server",
    Object.entries(redis).flatMap(([name, value]) => [`--${name}`, String(value)]),
  );
  await untilListening(port);
  const { Queue, Worker } = (await load("bullmq")) as Module;
  const connection = { host: "127.0.0.1", port, maxRetriesPerRequest: null };
  const queue = new Queue(QUEUE, { connection });
  queue.on("error", (error) => complain(`BullMQ: ${error.message}`));
  const worker = new Worker(QUEUE, ({ data }) => run(data.runId, data.delivery), { connection, concurrency: 100 });
  worker.on("completed", ({ data }) => ended(data.runId));
  worker.on("error", (error) => complain(`BullMQ: ${error.message}`));
  return {
    enqueue: async (runId, delivery) => {
      await queue.add("run", { runId, delivery }, { removeOnComplete: true });
    },
    countUnfinished: () => queue.getJobCountByTypes("waiting", "active", "delayed", "prioritized", "failed"),
    readEnded: async () => Promise.resolve(null),
    stop: async () => {
      await worker.close();
      await queue.close();
    },
  };
};

const LISTENING_MS_MAX = 10_000;

async function untilListening(port: number): Promise<void> {
  const untilMs = performance.now() + LISTENING_MS_MAX;
  for (;;) {
    const isListening = await new Promise<boolean>((resolve) => {
      const socket = connect({ host: "127.0.0.1", port });
      socket.once("connect", () => resolve(true));
      socket.once("error", () => resolve(false));
      socket.once("close", () => socket.destroy());
      socket.once("connect", () => socket.destroy());
    });
    if (isListening) return;
    if (performance.now() > untilMs) throw new Error("redis-server took no connection within 10 s.");
    await delay(20);
  }
}
