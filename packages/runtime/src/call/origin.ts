import type { Clock } from "../clock.ts";
import { Connection, isSurplus, type Route } from "./connection.ts";

/** What comes later than this after an answer is the target's word on an idle connection (408), not a second answer. */
const SECOND_ANSWER_MS = 1_000;
/** For how long an origin that sent a second answer gets a connection for each request. */
const DISTRUST_MS = 300_000;

/** Something that waits for a connection to an origin. */
export interface Passenger {
  /** Only a connection that has carried nothing yet will do. */
  readonly needsFresh: boolean;
  begin(connection: Connection): void;
}

/**
 * The connections to one scheme, host and port with the same TLS settings, up to a limit; who finds none free waits in line.
 *
 * A connection rests after an answer until the event loop has looked for more bytes once: a second answer would be taken for the next
 * call's, because nothing in HTTP/1.1 says which request an answer belongs to. An origin that sent one gets a connection for each
 * request for a while (docs/decisions/0020).
 */
export class Origin {
  readonly #route: Route;
  readonly #clock: Clock;
  readonly #connectionsMax: number;
  readonly #open = new Set<Connection>();
  /** The one used last comes last, and is used first. */
  readonly #idle: Connection[] = [];
  /** Answered in this turn of the event loop. */
  readonly #resting: Connection[] = [];
  readonly #line: Passenger[] = [];
  #distrustedUntilMs = -Infinity;
  #isServing = false;
  /** Monotonic; when a request to it was started last. */
  usedAtMs = 0;

  constructor(route: Omit<Route, "handshakeMs">, clock: Clock, connectionsMax: number) {
    this.#route = { ...route, handshakeMs: Infinity };
    this.#clock = clock;
    this.#connectionsMax = connectionsMax;
  }

  /** Passengers without a connection. */
  get waiting(): number {
    return this.#line.length;
  }

  get isUnused(): boolean {
    return this.#line.length === 0 && this.#open.size === this.#idle.length;
  }

  /** Calls `begin` now or when a connection is free. */
  enter(passenger: Passenger): void {
    const connection = this.#line.length > 0 ? null : this.#find(passenger.needsFresh);
    if (connection === null) this.#line.push(passenger);
    else passenger.begin(connection);
  }

  /** The passenger waits no longer; nothing if it was not waiting. */
  leave(passenger: Passenger): void {
    const at = this.#line.indexOf(passenger);
    if (at !== -1) this.#line.splice(at, 1);
  }

  /** It sent a second answer not long ago: no answer on a connection that carried another is to be trusted. */
  get isDistrusted(): boolean {
    return this.#clock.monotonicMs() < this.#distrustedUntilMs;
  }

  distrust(): void {
    this.#distrustedUntilMs = this.#clock.monotonicMs() + DISTRUST_MS;
    for (const connection of [...this.#idle]) this.discard(connection);
  }

  /** The connection's request is answered in full. */
  giveBack(connection: Connection): void {
    connection.answeredAtMs = this.#clock.monotonicMs();
    // undici yields once more before it writes, so that the loop polls the socket in between.
    if (this.#resting.push(connection) === 1) setImmediate(() => this.#endRest());
  }

  #endRest(): void {
    for (const connection of this.#resting.splice(0)) {
      if (!this.#open.has(connection)) continue;
      if (this.isDistrusted || !connection.isReusable) this.discard(connection);
      else this.#idle.push(connection);
    }
    this.#serve();
  }

  /** The connection cannot be used again. */
  discard(connection: Connection): void {
    if (!this.#open.delete(connection)) return;
    const at = this.#idle.indexOf(connection);
    if (at !== -1) this.#idle.splice(at, 1);
    void connection.destroy();
    this.#serve();
  }

  /** Closes every connection; the line is forgotten. */
  async close(): Promise<void> {
    const connections = [...this.#open];
    this.#line.length = 0;
    this.#idle.length = 0;
    this.#resting.length = 0;
    this.#open.clear();
    await Promise.all(connections.map((connection) => connection.destroy()));
  }

  /** Not from within itself: a passenger that fails at once brings its connection back at once. */
  #serve(): void {
    if (this.#isServing) return;
    this.#isServing = true;
    while (this.#line[0] !== undefined) {
      const connection = this.#find(this.#line[0].needsFresh);
      if (connection === null) break;
      this.#line.shift()?.begin(connection);
    }
    this.#isServing = false;
  }

  #find(needsFresh: boolean): Connection | null {
    const used = needsFresh ? undefined : this.#idle.pop();
    if (used !== undefined) return used;
    // Those that rest come sooner than a new one could be open.
    if (!needsFresh && this.#resting.length > 0) return null;
    if (this.#open.size >= this.#connectionsMax) {
      const oldest = this.#idle.shift();
      if (oldest === undefined) return null;
      this.#open.delete(oldest);
      void oldest.destroy();
    }
    const connection = new Connection(this.#route, (closed, error) => this.#onClosed(closed, error));
    this.#open.add(connection);
    return connection;
  }

  #onClosed(connection: Connection, error: Error): void {
    const restedMs = this.#clock.monotonicMs() - connection.answeredAtMs;
    if (isSurplus(error) && restedMs < SECOND_ANSWER_MS) this.distrust();
    // One that carries a request tells it, and comes back through `discard`; or it connects again, for a request not yet written.
    if (this.#idle.includes(connection)) this.discard(connection);
  }
}
