import type { Payload } from "../load/generator/protocol.ts";
import type { LaunchedSystem } from "./launched-system.ts";

/** Backends report what they counted when they next have something to do, but at most once in this time. */
const REPORT_MS_MIN = 1_100;
/** More at once than MeshHook has writers, so that each of them gets something to write. */
const AT_ONCE = 8;

/**
 * Makes PostgreSQL's counters catch up: an idle backend reports them ten seconds late, one that gets another statement reports at once.
 * Sends a few webhooks to a workflow that belongs to no scenario.
 */
export class Nudge {
  readonly #url: string;
  readonly #payload: Payload;
  #sent = 0;

  private constructor(url: string, payload: Payload) {
    this.#url = url;
    this.#payload = payload;
  }

  /** @param path  Of an endpoint whose runs write one row each. */
  static on(system: LaunchedSystem, path: string, payload: Payload): Nudge {
    return new Nudge(`http://127.0.0.1:${String(system.port)}${path}`, payload);
  }

  /**
   * Sends the webhooks, once a report can be expected.
   *
   * @param idleSinceMs  When the last load ended, by `performance.now()`.
   * @returns            Rows that were written.
   */
  async send(idleSinceMs: number): Promise<number> {
    const waitMs = idleSinceMs + REPORT_MS_MIN - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    const accepted = await Promise.all(Array.from({ length: AT_ONCE }, () => this.#post()));
    return accepted.filter(Boolean).length;
  }

  async #post(): Promise<boolean> {
    this.#sent += 1;
    try {
      const response = await fetch(`${this.#url}?n=${String(this.#sent)}`, {
        method: "POST",
        headers: { "content-type": "application/json", ...this.#payload.headers },
        body: this.#payload.body,
      });
      await response.arrayBuffer();
      return response.ok;
    } catch {
      // MeshHook may be away after a fault; then the counters come late, and nothing else.
      return false;
    }
  }
}
