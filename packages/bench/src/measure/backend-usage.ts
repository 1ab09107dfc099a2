import { readCpuSeconds } from "./process-tree.ts";

/**
 * CPU of a server's processes by what they are for. Such a process may come and go: what it used is counted from the first reading that
 * found it to the last.
 */
export class BackendUsage {
  readonly #last = new Map<number, number>();
  readonly #seconds = new Map<string, number>();

  /**
   * Reads the processes that run now.
   *
   * @param types  By process id.
   * @returns      CPU seconds by type, from the first reading on.
   */
  read(types: ReadonlyMap<number, string>): ReadonlyMap<string, number> {
    for (const [pid, type] of types) {
      const seconds = readCpuSeconds(pid);
      if (seconds === null) continue;
      const before = this.#last.get(pid);
      this.#last.set(pid, seconds);
      this.#seconds.set(type, (this.#seconds.get(type) ?? 0) + Math.max(0, seconds - (before ?? seconds)));
    }
    return new Map(this.#seconds);
  }
}
