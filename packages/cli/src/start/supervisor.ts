import { fork, type ChildProcess } from "node:child_process";
import cluster from "node:cluster";

import { KERNEL_SHARES_PORTS, type MetricsSnapshot } from "@meshhook/server";
import type { Logger } from "pino";

import { EXIT_CODES } from "../exit-codes.ts";
import { START_WORKER, type Assignment, type ToWorker, type ToSupervisor } from "./worker-messages.ts";

/** The pause before an ended process is started again; it doubles while processes end early. */
const RESTART_MS = { first: 250, last: 10_000 };
/** A process that has served for so long did not end early. */
const SETTLED_MS = 30_000;
/** How long a process may take to send its metrics. */
const METRICS_MS = 1_000;

export interface SupervisorOptions {
  readonly count: number;
  readonly assignment: Omit<Assignment, "number">;
  /** Resolves with null when the console is built; otherwise with why it is not. */
  readonly consoleBuilt: Promise<string | null>;
  readonly log: Logger;
}

interface Worker {
  readonly number: number;
  readonly process: ChildProcess;
  listeningSinceMs: number | null;
  /** Resolves with whether it ended properly. */
  readonly ended: Promise<boolean>;
}

/**
 * Runs several processes on one port, and starts one again when it ends.
 *
 * It has no part in their work: each owns shards and answers requests by itself, so that a crash of one costs what a crash of a process on
 * another machine costs (docs/decisions/0061).
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #workers = new Map<number, Worker>();
  readonly #pauses = new Map<number, number>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #gatherings = new Map<number, (number: number, metrics: MetricsSnapshot) => void>();
  readonly #firstListening = Promise.withResolvers<void>();
  readonly #allListening = Promise.withResolvers<void>();
  readonly #refused = Promise.withResolvers<number>();
  readonly #everListened = new Set<number>();
  #requests = 0;
  #isStopping = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /** Resolves when one of the processes accepts webhooks. */
  get firstListening(): Promise<void> {
    return this.#firstListening.promise;
  }

  /** Resolves when every process has accepted webhooks. */
  get allListening(): Promise<void> {
    return this.#allListening.promise;
  }

  /** Resolves with the exit code of a process that could not use what it was given: starting it again would not help. */
  get refused(): Promise<number> {
    return this.#refused.promise;
  }

  start(): void {
    for (let number = 1; number <= this.#options.count; number++) this.#start(number);
  }

  /** Has all processes finish their work and end. Resolves with whether all of them ended properly. */
  async stop(): Promise<boolean> {
    this.#isStopping = true;
    for (const timer of this.#timers) clearTimeout(timer);
    const workers = [...this.#workers.values()];
    for (const worker of workers) worker.process.kill("SIGTERM");
    return (await Promise.all(workers.map(({ ended }) => ended))).every(Boolean);
  }

  /** Ends all processes at once. */
  kill(): void {
    this.#isStopping = true;
    for (const worker of this.#workers.values()) worker.process.kill("SIGKILL");
  }

  #start(number: number): void {
    const { assignment, log } = this.#options;
    const started = startProcess();
    const ended = new Promise<boolean>((resolve) => {
      started.once("exit", (code, signal) => {
        resolve(code === 0);
        this.#onEnd(worker, code, signal);
      });
      started.once("error", (error) => {
        // It was never started, or cannot be reached any more, in which case it sees its channel closed and ends.
        log.error({ process: number, error: String(error) }, "a process cannot be started or reached");
        if (started.pid !== undefined) return;
        resolve(false);
        this.#onEnd(worker, null, null);
      });
    });
    const worker: Worker = { number, process: started, listeningSinceMs: null, ended };
    this.#workers.set(number, worker);
    started.on("message", (message) => this.#onMessage(worker, message as ToSupervisor));
    this.#send(worker, { kind: "begin", assignment: { ...assignment, number } });
    this.#tellConsole(worker);
    log.debug({ process: number, pid: started.pid }, "started a process");
  }

  #onEnd(worker: Worker, code: number | null, signal: string | null): void {
    const { log } = this.#options;
    const { number, listeningSinceMs } = worker;
    if (this.#workers.get(number) === worker) this.#workers.delete(number);
    const how = signal ?? `code ${code ?? "unknown"}`;
    if (this.#isStopping) {
      if (code !== 0) log.warn({ process: number, end: how }, "a process did not stop properly");
      return;
    }
    if (code === EXIT_CODES.badInput.code && !this.#everListened.has(number)) return this.#refused.resolve(code);
    const hasServed = listeningSinceMs !== null && performance.now() - listeningSinceMs >= SETTLED_MS;
    const pauseMs = hasServed ? RESTART_MS.first : (this.#pauses.get(number) ?? RESTART_MS.first);
    this.#pauses.set(number, Math.min(pauseMs * 2, RESTART_MS.last));
    log.warn(
      { process: number, end: how, restartInMs: pauseMs },
      "a process ended; the others continue its work, and it is started again",
    );
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#start(number);
    }, pauseMs);
    this.#timers.add(timer);
  }

  #onMessage(worker: Worker, message: ToSupervisor): void {
    switch (message.kind) {
      case "listening":
        worker.listeningSinceMs = performance.now();
        this.#everListened.add(worker.number);
        this.#firstListening.resolve();
        if (this.#everListened.size === this.#options.count) this.#allListening.resolve();
        return;
      case "metrics":
        return this.#gatherings.get(message.request)?.(worker.number, message.metrics);
      case "gather_metrics":
        return void this.#gather(worker, message.request);
    }
  }

  /** A process that does not answer in time is left out. */
  async #gather(asking: Worker, asked: number): Promise<void> {
    const request = ++this.#requests;
    const snapshots = new Map<number, MetricsSnapshot>();
    const workers = [...this.#workers.values()].filter(({ listeningSinceMs }) => listeningSinceMs !== null);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, METRICS_MS);
      this.#gatherings.set(request, (number, metrics) => {
        snapshots.set(number, metrics);
        if (snapshots.size < workers.length) return;
        clearTimeout(timer);
        resolve();
      });
      for (const worker of workers) this.#send(worker, { kind: "metrics_wanted", request });
    });
    this.#gatherings.delete(request);
    const ordered = [...snapshots].sort(([one], [other]) => one - other);
    this.#send(asking, { kind: "gathered_metrics", request: asked, snapshots: ordered });
  }

  #tellConsole(worker: Worker): void {
    void this.#options.consoleBuilt.then((absentBecause) => this.#send(worker, { kind: "console", absentBecause }));
  }

  #send(worker: Worker, message: ToWorker): void {
    // A process that has just ended is noticed by its exit.
    if (worker.process.connected) worker.process.send(message, () => undefined);
  }
}

/** The same program again. Where the kernel does not divide the connections to a port, `node:cluster` does. */
function startProcess(): ChildProcess {
  const [, program = ""] = process.argv;
  const args = [START_WORKER];
  if (KERNEL_SHARES_PORTS) return fork(program, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  cluster.setupPrimary({ exec: program, args, stdio: ["ignore", "inherit", "inherit", "ipc"] });
  return cluster.fork().process;
}
