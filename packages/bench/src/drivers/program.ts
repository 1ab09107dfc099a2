import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { accessSync, closeSync, constants, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";

/**
 * The path of a program that the shell would find; null when there is none.
 *
 * @param searchPath  Folders, as in PATH.
 */
export function findProgram(name: string, searchPath: string): string | null {
  for (const folder of searchPath.split(delimiter)) {
    if (folder === "") continue;
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}

const LOG_CHARACTERS = 2_000;

/**
 * A program that sends a load, in a process group of its own: a terminal's Ctrl-C is for the benchmark, which decides what it means. The
 * whole group ends with the benchmark.
 */
export class Program {
  readonly pid: number;
  /** Resolves with the exit code; null when a signal ended it. */
  readonly exited: Promise<number | null>;
  readonly #process: ChildProcess;
  readonly #logPath: string;
  #isOver = false;

  private constructor(child: ChildProcess, pid: number, logPath: string) {
    this.pid = pid;
    this.#process = child;
    this.#logPath = logPath;
    const end = () => this.#kill();
    process.once("exit", end);
    this.exited = new Promise((resolve) => {
      child.once("exit", (code) => {
        this.#isOver = true;
        process.off("exit", end);
        resolve(code);
      });
    });
  }

  /** Starts it with all of its output in a file. */
  static async start(
    path: string,
    args: readonly string[],
    options: { cwd: string; logPath: string },
  ): Promise<Program> {
    const log = openSync(options.logPath, "w");
    try {
      const child = spawn(path, args, { cwd: options.cwd, detached: true, stdio: ["ignore", log, log] });
      await new Promise((resolve, reject) => {
        child.once("spawn", resolve);
        child.once("error", reject);
      });
      return new Program(child, child.pid ?? 0, options.logPath);
    } finally {
      closeSync(log);
    }
  }

  /** Ends the whole group at once and waits until the program is gone. */
  async end(): Promise<void> {
    this.#kill();
    await this.exited;
  }

  /** The end of what it wrote, for messages. */
  async lastWords(): Promise<string> {
    const text = await readFile(this.#logPath, "utf8").catch(() => "");
    return text.trimEnd().slice(-LOG_CHARACTERS);
  }

  #kill(): void {
    if (this.#isOver) return;
    try {
      process.kill(-this.pid, "SIGKILL");
    } catch {
      this.#process.kill("SIGKILL");
    }
  }
}
