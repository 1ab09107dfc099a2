import { fork } from "node:child_process";
import type { ChildProcess, Serializable } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { CLOCK, isClock } from "./clock-message.ts";
import { isCrash } from "./crash-message.ts";

/**
 * A process of the benchmark's own, speaking typed messages. Load, sink and subscribers each live in one, so that none of them
 * takes time from another's event loop and each can be billed for its own CPU.
 */
export class Child<Command extends Serializable, Message extends { readonly kind: string }> {
  /** Those that run; a benchmark that is stopped ends them all. */
  static readonly #running = new Set<{ stop(): Promise<void> }>();
  readonly pid: number;
  readonly #process: ChildProcess;
  readonly #listeners = new Set<(message: Message) => void>();
  readonly #failures = new Set<(error: Error) => void>();
  #failure: Error | null = null;
  readonly #label: string;
  #isStopping = false;

  private constructor(process: ChildProcess, pid: number, label: string) {
    this.#process = process;
    this.#label = label;
    this.pid = pid;
    Child.#running.add(this);
    process.on("message", (message) => {
      if (isCrash(message)) {
        const { message: text, code } = message;
        const error = new Error(`The benchmark's ${label} process failed: ${text}.`);
        this.#fail(code === null ? error : Object.assign(error, { code }));
        return;
      }
      // The other end is this repository's own module, typed with the same union.
      for (const listener of this.#listeners) listener(message as Message);
    });
    process.on("exit", (code, signal) => {
      Child.#running.delete(this);
      if (this.#isStopping || this.#failure !== null) return;
      this.#fail(
        new Error(
          `The benchmark's ${label} process exited unexpectedly (${signal ?? `exit code ${String(code)}`}). See its messages above.`,
        ),
      );
    });
    process.on("error", (error) => this.#fail(error));
  }

  /** Starts a module of this package (a `.ts` file; Node strips the types) as a process. */
  static async start<Command extends Serializable, Message extends { readonly kind: string }>(
    module: URL,
    label: string,
  ): Promise<Child<Command, Message>> {
    const process = fork(fileURLToPath(module), [], {
      execArgv: ["--no-warnings"],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    if (process.pid === undefined) {
      const [error] = (await once(process, "error")) as readonly unknown[];
      throw new Error(`The benchmark's ${label} process cannot be started.`, { cause: error });
    }
    return new Child(process, process.pid, label);
  }

  send(command: Command): void {
    if (this.#process.connected) this.#process.send(command);
  }

  /** Calls back for every message; returns the way to stop listening. */
  listen(listener: (message: Message) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves with the next message of a kind; rejects when the process ends first. */
  next<Kind extends Message["kind"]>(kind: Kind): Promise<Extract<Message, { readonly kind: Kind }>> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== null) {
        reject(this.#failure);
        return;
      }
      const done = () => {
        stop();
        this.#failures.delete(fail);
      };
      const fail = (error: Error) => {
        done();
        reject(error);
      };
      const stop = this.listen((message) => {
        if (message.kind !== kind) return;
        done();
        resolve(message as Extract<Message, { readonly kind: Kind }>);
      });
      this.#failures.add(fail);
    });
  }

  /** The other process' clock, in Unix microseconds. */
  async readClock(): Promise<number> {
    const told = new Promise<number>((resolve) => {
      const take = (message: unknown) => {
        if (!isClock(message)) return;
        this.#process.off("message", take);
        resolve(message.atUs);
      };
      this.#process.on("message", take);
    });
    const ended = new Promise<never>((_, reject) => {
      const fail = (error: Error) => {
        this.#failures.delete(fail);
        reject(error);
      };
      if (this.#failure === null) this.#failures.add(fail);
      else fail(this.#failure);
      void told.then(() => this.#failures.delete(fail));
    });
    if (this.#process.connected) this.#process.send({ kind: CLOCK });
    return Promise.race([told, ended]);
  }

  /** Ends every process of the benchmark's own that still runs. */
  static async stopAll(): Promise<void> {
    await Promise.all([...Child.#running].map((child) => child.stop()));
  }

  /** Ends the process and waits until it is gone; callers that wait for a message get an error. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await gone;
    this.#fail(new Error(`The benchmark's ${this.#label} process was stopped.`));
  }

  #fail(error: Error): void {
    this.#failure = error;
    for (const fail of [...this.#failures]) fail(error);
  }
}
