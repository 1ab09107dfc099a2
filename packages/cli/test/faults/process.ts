import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

import { createClient } from "@meshhook/contract";
import { databaseProxy, type DatabaseProxy } from "@meshhook/testkit";
import { spawnCli, type Environment } from "@meshhook/testkit/process";

import { isOfStopping } from "./plan.ts";

/** So long after its start, a process with a failpoint of stopping is asked to stop. */
const STOP_AFTER_MS = 700;

/** A MeshHook process that fails on purpose and is started again, on a connection to the database of its own. */
export class FaultyProcess {
  readonly name: string;
  readonly proxy: DatabaseProxy;
  /** Null while it is not ready. */
  url: string | null = null;
  /** How its lives ended: the failpoint that ended it, or `outside`. */
  readonly ends: string[] = [];
  /** A failpoint sets its clock, or may have. */
  hasWrongClock = false;
  readonly #environment: Environment;
  #child: ChildProcess | null = null;
  #output: string[] = [];
  #isClosed = false;
  #onSignal = (): void => undefined;

  static async at(name: string, databaseUrl: string, environment: Environment): Promise<FaultyProcess> {
    return new FaultyProcess(name, await databaseProxy(databaseUrl), environment);
  }

  private constructor(name: string, proxy: DatabaseProxy, environment: Environment) {
    this.name = name;
    this.proxy = proxy;
    this.#environment = environment;
  }

  get isRunning(): boolean {
    return this.#child !== null;
  }

  /** The last lines that it wrote, in all its lives. */
  get output(): readonly string[] {
    return this.#output;
  }

  /** @param failpoints  As in MESHHOOK_FAILPOINTS; empty for none. */
  start(failpoints: string): void {
    if (this.#child !== null || this.#isClosed) return;
    const child = spawnCli(["start"], {
      ...this.#environment,
      DATABASE_URL: this.proxy.url,
      ...(failpoints === "" ? {} : { MESHHOOK_FAILPOINTS: failpoints }),
    });
    this.#child = child;
    this.hasWrongClock = failpoints.includes("=clock:");
    let isEndedFromOutside = false;
    this.#onSignal = () => (isEndedFromOutside = true);
    child.stderr?.resume();
    createInterface({ input: child.stdout! }).on("line", (line) => {
      this.#output.push(line);
      if (this.#output.length > 40) this.#output.shift();
      if (!line.includes('"ready"')) return;
      const { url } = JSON.parse(line) as { readonly url?: string };
      if (this.#child !== child || url === undefined) return;
      this.url = url;
      void this.#follow(url, child);
      if (isOfStopping(failpoints)) setTimeout(() => child.kill("SIGTERM"), STOP_AFTER_MS);
    });
    child.once("exit", () => {
      if (this.#child !== child) return;
      this.#child = null;
      this.url = null;
      const ending = failpoints.split(", ").at(-1)?.split("=")[0] ?? "";
      this.ends.push(isEndedFromOutside || ending === "" ? "outside" : ending);
    });
  }

  signal(signal: "SIGKILL" | "SIGSTOP" | "SIGCONT" | "SIGTERM"): void {
    if (this.#child === null) return;
    if (signal === "SIGKILL" || signal === "SIGTERM") this.#onSignal();
    this.#child.kill(signal);
  }

  /** Watches the project, so that its events are published. */
  async #follow(url: string, child: ChildProcess): Promise<void> {
    const stop = new AbortController();
    child.once("exit", () => stop.abort());
    const client = createClient({ url, key: this.#environment["MESHHOOK_ADMIN_KEY"] ?? "" });
    try {
      // Nothing is done with the events.
      for await (const _ of client.followProject({ signal: stop.signal })) continue;
    } catch {
      // The process has ended.
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const child = this.#child;
    if (child !== null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    await this.proxy.close();
  }
}
