import { JournalUnavailable } from "@meshhook/journal";
import type { Engine, Logger } from "@meshhook/runtime";

import type { AlertSender } from "./alert-sender.ts";
import { AlertWatch, type AlertWatchOptions } from "./alert-watch.ts";

export interface AlertServiceOptions extends Omit<AlertWatchOptions, "onMessages" | "engine"> {
  readonly engine: Pick<Engine, "isHomeOf" | "isReady">;
  readonly sender: AlertSender;
  readonly log: Logger;
  /** How often rules are looked at, and messages whose sender has died. */
  readonly lookMs?: number;
}

const LOOK_MS = 15_000;

/** Looks at rules and sends messages, at regular times. */
export class AlertService {
  readonly #options: AlertServiceOptions;
  readonly #watch: AlertWatch;
  #timer: NodeJS.Timeout | null = null;
  #work: Promise<void> | null = null;
  #sending: Promise<void> | null = null;

  constructor(options: AlertServiceOptions) {
    this.#options = options;
    this.#watch = new AlertWatch({ ...options, onMessages: () => this.#send() });
  }

  start(): void {
    this.#timer = setInterval(() => this.#look(), this.#options.lookMs ?? LOOK_MS).unref();
  }

  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#work;
    await this.#sending;
  }

  /** Without shards there is nothing to look at, and the database may be away. */
  #look(): void {
    if (this.#work !== null || !this.#options.engine.isReady) return;
    this.#work = this.#watch
      .look(Date.now() * 1_000)
      .catch((error: unknown) => this.#complain(error))
      .finally(() => {
        this.#work = null;
        this.#send();
      });
  }

  #send(): void {
    this.#sending ??= this.#sendAll()
      .catch((error: unknown) => this.#complain(error))
      .finally(() => {
        this.#sending = null;
      });
  }

  async #sendAll(): Promise<void> {
    while ((await this.#options.sender.sendDue()) > 0);
  }

  #complain(error: unknown): void {
    const { log } = this.#options;
    const details = { error: String(error) };
    if (error instanceof JournalUnavailable) log.debug(details, "the database is away; alerts wait");
    else log.error(details, "alerts cannot be looked after; trying again");
  }
}
