import type { SecretUse } from "@meshhook/journal";

import type { Clock, Timer } from "../clock.ts";
import type { Logger } from "../logger.ts";

/** How often uses are stored, in milliseconds: a call stores nothing. */
const STORE_MS = 60_000;
/** The most secrets whose uses wait; what is used beyond that is not noted until they are stored. */
const WAITING_MAX = 10_000;
const RUNS_MAX = 5;

/** Notes which secrets calls used: one record a minute for each secret, whatever the number of calls. */
export class SecretUses {
  readonly #store: (uses: readonly SecretUse[]) => Promise<void>;
  readonly #clock: Clock;
  readonly #log: Logger;
  #waiting = new Map<string, SecretUse>();
  #timer: Timer | null = null;

  constructor(store: (uses: readonly SecretUse[]) => Promise<void>, clock: Clock, log: Logger) {
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
  }

  note({ projectId, runId }: { readonly projectId: string; readonly runId: string | null }, name: string): void {
    const key = `${projectId} ${name}`;
    const before = this.#waiting.get(key);
    if (before === undefined && this.#waiting.size >= WAITING_MAX) return;
    const { count = 0, runIds = [] } = before ?? {};
    this.#waiting.set(key, {
      projectId,
      name,
      at: this.#clock.now(),
      count: count + 1,
      runIds: runId === null || runIds.length >= RUNS_MAX || runIds.includes(runId) ? runIds : [...runIds, runId],
    });
    if (this.#timer !== null) return;
    this.#timer = this.#clock.setTimer(() => {
      this.#timer = null;
      void this.flush();
    }, STORE_MS);
    this.#timer.unref();
  }

  /** Stores what waits. Never rejects: uses that cannot be stored are given up. */
  async flush(): Promise<void> {
    if (this.#timer !== null) this.#clock.clearTimer(this.#timer);
    this.#timer = null;
    const uses = [...this.#waiting.values()];
    this.#waiting = new Map();
    if (uses.length === 0) return;
    try {
      await this.#store(uses);
    } catch (error) {
      const secrets = uses.length;
      this.#log.warn({ secrets, error: String(error) }, "the use of some secrets could not be recorded");
    }
  }
}
