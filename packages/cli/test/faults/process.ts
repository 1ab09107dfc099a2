import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

import { databaseProxy, type DatabaseProxy } from "@meshhook/testkit";
import { spawnCli, type Environment } from "@meshhook/testkit/process";

/** A MeshHook process that fails on purpose and is started again, on a connection to the database of its own. */
export class FaultyProcess {
  readonly name: string;
  readonly proxy: DatabaseProxy;
  /** Null while it is not ready. */
  url: string | null = null;
  /** How often it was killed or ended by itself. */
  ends = 0;
  readonly #environment: Environment;
  #child: ChildProcess | null = null;
  #output: string[] = [];

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
    if (this.#child !== null) return;
    const child = spawnCli(["start"], {
      ...this.#environment,
      DATABASE_URL: this.proxy.url,
      ...(failpoints === "" ? {} : { MESHHOOK_FAILPOINTS: failpoints }),
    });
    this.#child = child;
    child.stderr?.resume();
    createInterface({ input: child.stdout! }).on("line", (line) => {
      this.#output.push(line);
      if (this.#output.length > 40) this.#output.shift();
      if (!line.includes('"ready"')) return;
      const { url } = JSON.parse(line) as { readonly url?: string };
      if (this.#child === child) this.url = url ?? null;
    });
    child.once("exit", () => {
      if (this.#child !== child) return;
      this.#child = null;
      this.url = null;
      this.ends++;
    });
  }

  signal(signal: "SIGKILL" | "SIGSTOP" | "SIGCONT" | "SIGTERM"): void {
    this.#child?.kill(signal);
  }

  async close(): Promise<void> {
    const child = this.#child;
    if (child !== null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    await this.proxy.close();
  }
}
