import type { Clock } from "../clock.ts";
import type { CallOutcome } from "./call-outcome.ts";
import type { Caller } from "./caller.ts";
import { ForbiddenTarget, type EgressPolicy } from "./egress.ts";
import { Exchange, type ExchangeSources } from "./exchange.ts";
import { Origin } from "./origin.ts";
import type { OutgoingRequest } from "./outgoing-request.ts";
import type { TlsIdentity } from "./tls-identity.ts";

export interface HttpCallerOptions {
  readonly clock: Clock;
  readonly egress: EgressPolicy;
  readonly connectionsPerOrigin: number;
  readonly userAgent: string;
}

/** An origin nobody called for this long gives its connections back. */
const ORIGIN_IDLE_MS = 300_000;
const ORIGINS_MAX = 1_000;

/**
 * The only place that calls the outside world on a workflow's behalf.
 *
 * A limited number of connections per origin, with TLS settings for each of these apart; requests beyond it wait in line. Redirects are followed where the request says so,
 * each through the egress guard; proxies from the environment are ignored; answers are cut at their size limit, and the whole
 * exchange has one deadline.
 */
export class HttpCaller implements Caller {
  readonly #options: HttpCallerOptions;
  readonly #sources: ExchangeSources;
  readonly #origins = new Map<string, Origin>();
  /** In no order. Not a `Set`: its old tables would keep exchanges, and with them runs (docs/decisions/0011). */
  readonly #exchanges: Exchange[] = [];
  #isClosed = false;

  constructor(options: HttpCallerOptions) {
    this.#options = options;
    this.#sources = {
      clock: options.clock,
      userAgent: options.userAgent,
      originOf: (url, identity) => this.#originOf(url, identity),
    };
  }

  get inFlight(): number {
    return this.#exchanges.length;
  }

  get queued(): number {
    let queued = 0;
    for (const origin of this.#origins.values()) queued += origin.waiting;
    return queued;
  }

  call(request: OutgoingRequest, timeoutMs: number, done: (outcome: CallOutcome) => void): () => void {
    const exchange = new Exchange(this.#sources, request, timeoutMs, (outcome) => {
      this.#forget(exchange);
      if (outcome !== null && !this.#isClosed) done(outcome);
    });
    exchange.place = this.#exchanges.push(exchange) - 1;
    exchange.start();
    return () => exchange.abandon();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const closing = [...this.#origins.values()].map((origin) => origin.close());
    this.#origins.clear();
    for (const exchange of [...this.#exchanges]) exchange.abandon();
    await Promise.all(closing);
  }

  #forget(exchange: Exchange): void {
    const last = this.#exchanges.pop();
    if (last === undefined || last === exchange) return;
    this.#exchanges[exchange.place] = last;
    last.place = exchange.place;
  }

  /** @throws ForbiddenTarget, TlsSettingsFault */
  #originOf(url: URL, identity: TlsIdentity | undefined): Origin {
    const now = this.#options.clock.monotonicMs();
    const name = identity === undefined ? url.origin : `${url.origin} ${identity.id}`;
    let origin = this.#origins.get(name);
    if (origin === undefined) {
      if (url.protocol !== "http:" && url.protocol !== "https:") {
        throw new ForbiddenTarget(`${url.protocol} is not allowed; use http: or https:`);
      }
      this.#options.egress.checkOrigin(url);
      if (this.#origins.size >= ORIGINS_MAX) this.#dropIdle(now);
      // Only the origin: an address is somebody's, its path may be secret.
      const place = new URL(url.origin);
      const { clock, egress, connectionsPerOrigin } = this.#options;
      const settings =
        identity === undefined
          ? {}
          : { tls: { context: identity.context(clock.now() / 1_000), serverName: identity.serverName } };
      origin = new Origin({ url: place, lookup: egress.lookupFor(place), ...settings }, clock, connectionsPerOrigin);
      this.#origins.set(name, origin);
    }
    origin.usedAtMs = now;
    return origin;
  }

  #dropIdle(now: number): void {
    let oldest: [string, Origin] | null = null;
    for (const [name, origin] of this.#origins) {
      if (!origin.isUnused) continue;
      if (now - origin.usedAtMs > ORIGIN_IDLE_MS) this.#drop(name, origin);
      else if (oldest === null || origin.usedAtMs < oldest[1].usedAtMs) oldest = [name, origin];
    }
    if (this.#origins.size >= ORIGINS_MAX && oldest !== null) this.#drop(...oldest);
  }

  #drop(name: string, origin: Origin): void {
    this.#origins.delete(name);
    void origin.close();
  }
}
