import { createClient } from "@meshhook/contract";
import type { SeededRandom } from "@meshhook/testkit";
import type { Told } from "@meshhook/testkit/proof";

import type { FaultyProcess } from "./process.ts";

/** A delivery, and everything that its sender was told. */
export interface Sending {
  readonly n: number;
  readonly isKeyed: boolean;
  readonly told: Told[];
}

export interface SendersOptions {
  readonly processes: readonly FaultyProcess[];
  readonly token: string;
  readonly adminKey: string;
  readonly random: SeededRandom;
}

const PATIENCE_MS = 15_000;
const PAUSE_MS = 60;
const CANCELS = 0.08;
/** How long a sender goes on after the load has ended. */
const LAST_TRIES_MS = 60_000;

/** Webhook senders at work: several at once, each with its own process at each try. They remember what they were told. */
export class Senders {
  readonly sendings: Sending[] = [];
  readonly cancels: { readonly runId: string; readonly atUs: number }[] = [];
  readonly #options: SendersOptions;
  #isOpen = true;
  #giveUpAtMs = Infinity;
  #working: Promise<unknown> = Promise.resolve();

  constructor(options: SendersOptions) {
    this.#options = options;
  }

  start(count: number): void {
    this.#working = Promise.all(Array.from({ length: count }, () => this.#work()));
  }

  /** Starts nothing new. Deliveries with a key whose answer is not clear yet are sent until it is, for a while. */
  async finish(): Promise<void> {
    this.#isOpen = false;
    this.#giveUpAtMs = performance.now() + LAST_TRIES_MS;
    await this.#working;
  }

  async #work(): Promise<void> {
    const { random } = this.#options;
    while (this.#isOpen) {
      const sending: Sending = { n: this.sendings.length, isKeyed: random.int(4) > 0, told: [] };
      this.sendings.push(sending);
      await this.#deliver(sending);
      await pause(random.int(PAUSE_MS));
    }
  }

  async #deliver(sending: Sending): Promise<void> {
    while (performance.now() < this.#giveUpAtMs) {
      const told = await this.#sendOnce(sending);
      if (told !== null) {
        sending.told.push(told);
        const { kind, runId } = told;
        if (kind === "accepted" || kind === "duplicate") {
          if (runId !== undefined && this.#options.random.next() < CANCELS) await this.#cancel(runId);
          return;
        }
        if (!sending.isKeyed && (kind === "unknown" || kind === "reset" || !this.#isOpen)) return;
      }
      await pause(PAUSE_MS);
    }
  }

  /** Null when nothing was sent. */
  async #sendOnce({ n, isKeyed }: Sending): Promise<Told | null> {
    const url = this.#someUrl();
    if (url === null) return null;
    try {
      const response = await fetch(`${url}/hooks/${this.#options.token}`, {
        method: "POST",
        headers: { "content-type": "application/json", ...(isKeyed ? { "idempotency-key": `delivery-${n}` } : {}) },
        body: JSON.stringify({ n }),
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      const { runId, duplicate, code } = (await response.json()) as {
        readonly runId?: string;
        readonly duplicate?: boolean;
        readonly code?: string;
      };
      if (response.ok)
        return { kind: duplicate === true ? "duplicate" : "accepted", ...(runId === undefined ? {} : { runId }) };
      if (response.status === 503) return { kind: code === "overloaded" ? "overloaded" : "unavailable" };
      if (code === "outcome_unknown") return { kind: "unknown" };
      throw new Error(`A webhook was answered ${response.status} ${code ?? ""}`);
    } catch (error) {
      if (error instanceof Error && error.message.startsWith("A webhook was answered")) throw error;
      return isRefusedConnection(error) ? null : { kind: "reset" };
    }
  }

  async #cancel(runId: string): Promise<void> {
    const url = this.#someUrl();
    if (url === null) return;
    try {
      const client = createClient({ url, key: this.#options.adminKey });
      const { accepted } = await client.cancelRun({ runId, body: { reason: "the test wants it" } });
      if (accepted) this.cancels.push({ runId, atUs: Date.now() * 1_000 });
    } catch {
      // Not accepted, or nobody knows: then nothing is promised.
    }
  }

  #someUrl(): string | null {
    const { processes, random } = this.#options;
    return processes[random.int(processes.length)]?.url ?? null;
  }
}

/** Nobody listened: nothing was sent. */
function isRefusedConnection(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : null;
  return cause instanceof Error && "code" in cause && cause.code === "ECONNREFUSED";
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
