import type { LookupFunction } from "node:net";

import type { Clock } from "../clock.ts";
import { Connection, type Route } from "./connection.ts";

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
 * The connections to one scheme, host and port, up to a limit; who finds none free waits in line.
 *
 * A connection goes back only when its parser has seen everything that came with the answer. An origin that sent a second
 * answer gets a connection for each request for a while: the next such answer could come just after the next request,
 * and nothing in HTTP/1.1 would tell that it belongs to another.
 */
export class Origin {
  readonly #route: Route;
  readonly #clock: Clock;
  readonly #connectionsMax: number;
  readonly #open = new Set<Connection>();
  /** The one used last comes last, and is used first. */
  readonly #idle: Connection[] = [];
  readonly #line: Passenger[] = [];
  #distrustedUntilMs = -Infinity;
  #isServing = false;
  /** Monotonic; when a request to it was started last. */
  usedAtMs = 0;

  constructor(url: URL, lookup: LookupFunction, clock: Clock, connectionsMax: number) {
    this.#route = { url, lookup };
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

  /** The connection's request is answered in full. */
  giveBack(connection: Connection): void {
    const now = this.#clock.monotonicMs();
    connection.answeredAtMs = now;
    // The answer's end is told while the bytes behind it are not parsed yet; they are when the stack is empty.
    queueMicrotask(() => {
      if (!this.#open.has(connection)) return;
      if (now < this.#distrustedUntilMs || !connection.isReusable) return this.discard(connection);
      this.#idle.push(connection);
      this.#serve();
    });
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
    const now = this.#clock.monotonicMs();
    if (isUnsolicited(error) && now - connection.answeredAtMs < SECOND_ANSWER_MS) {
      this.#distrustedUntilMs = now + DISTRUST_MS;
    }
    // One that carries a request tells it, and comes back through `discard`; or it connects again, for a request not yet written.
    if (this.#idle.includes(connection)) this.discard(connection);
  }
}

/** What undici closes a connection for when bytes come that no request waits for. */
function isUnsolicited(error: Error): boolean {
  return error.message === "bad response";
}
