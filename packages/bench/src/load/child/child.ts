import { fork } from "node:child_process";
import type { ChildProcess, Serializable } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/**
 * A process of the benchmark's own, speaking typed messages. Load, sink and subscribers each live in one, so that none of them
 * takes time from another's event loop and each can be billed for its own CPU.
 */
export class Child<Command extends Serializable, Message extends { readonly kind: string }> {
  readonly pid: number;
  readonly #process: ChildProcess;
  readonly #listeners = new Set<(message: Message) => void>();
  readonly #failures = new Set<(error: Error) => void>();
  #failure: Error | null = null;
  #isStopping = false;

  private constructor(process: ChildProcess, pid: number, label: string) {
    this.#process = process;
    this.pid = pid;
    process.on("message", (message) => {
      // The other end is this repository's own module, typed with the same union.
      for (const listener of this.#listeners) listener(message as Message);
    });
    process.on("exit", (code, signal) => {
      if (this.#isStopping) return;
      this.#fail(
        new Error(
          `The benchmark's ${label} process ended by itself (${signal ?? `exit code ${String(code)}`}); see its messages above.`,
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

  /** Ends the process and waits until it is gone. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await gone;
  }

  #fail(error: Error): void {
    this.#failure = error;
    for (const fail of [...this.#failures]) fail(error);
  }
}
