import { connect as connectTcp, isIP, type LookupFunction, type Socket } from "node:net";
import { connect as connectTls, type SecureContext } from "node:tls";

import { Client, type Dispatcher } from "undici";

import { skipContinue } from "./interim-answers.ts";

const RESPONSE_HEADER_BYTES_MAX = 65_536;
/** A connection that carried nothing for this long is closed; sooner where the target's `Keep-Alive` says so. */
const IDLE_MS = 30_000;
const PROBE_MS = 60_000;

/** What the connections to one origin have in common. */
export interface Route {
  readonly url: URL;
  /** Refuses forbidden addresses at the moment of connecting. */
  readonly lookup: LookupFunction;
  /** Of calls with TLS settings. */
  readonly tls?: { readonly context: SecureContext; readonly serverName: string | null };
  /** The last TLS session, which shortens the next handshake. */
  session?: Buffer;
  /** The target refused HTTP/1.1. */
  needsHttp2?: boolean;
  /** What the fastest TCP handshake took at least; no answer can be back sooner than that. */
  handshakeMs: number;
}

const ALERT = /^ERR_SSL_.*_ALERT_/;
/** How OpenSSL reports the alert of a target that speaks none of the offered protocols (RFC 7301 3.2). */
const NO_PROTOCOL = "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL";

/**
 * One connection to an origin: one request at a time, the next on the same socket where the answer before allows it.
 *
 * HTTP/1.1, also over TLS, unless the target refuses it: what is promised about requests and their answers is tested against it, and
 * HTTP/2 gains nothing where a connection carries one request at a time.
 */
export class Connection {
  readonly #route: Route;
  readonly #client: Client;
  readonly #onClosed: (connection: Connection, error: Error) => void;
  #socket: Socket | null = null;
  #alert: Error | null = null;
  #carried = 0;
  #requestedAtMs = 0;
  /** Monotonic; when its last request was answered in full. */
  answeredAtMs = 0;

  /** `onClosed` hears of every socket that is gone; the next request opens another. */
  constructor(route: Route, onClosed: (connection: Connection, error: Error) => void) {
    this.#route = route;
    this.#onClosed = onClosed;
    this.#client = new Client(route.url.origin, {
      pipelining: 1,
      keepAliveTimeout: IDLE_MS,
      maxHeaderSize: RESPONSE_HEADER_BYTES_MAX,
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: (_options, callback) => this.#connect(callback),
    });
    this.#client.on("connect", () => {
      if (this.#socket !== null) skipContinue(this.#socket);
    });
    this.#client.on("disconnect", (_origin, _targets, error) => this.#onClosed(this, error));
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    this.#client.dispatch(options, handler);
  }

  /** A request is about to be written to the socket. Returns whether the socket has carried one before. */
  noteRequest(): boolean {
    this.#requestedAtMs = performance.now();
    return this.#carried++ > 0;
  }

  /**
   * What is arriving now cannot be the answer to the request: the target does not have all of it yet. Half of the fastest handshake
   * leaves room for a network that has become faster since.
   */
  get isTooSoon(): boolean {
    if (this.#socket === null || this.#route.needsHttp2 === true) return false;
    return this.#socket.writableLength > 0 || performance.now() - this.#requestedAtMs < this.#route.handshakeMs / 2;
  }

  /** More came than the answer. */
  get hasSurplus(): boolean {
    return this.#socket !== null && isSurplus(this.#socket.errored);
  }

  /** The socket broke, whatever its parser made of that: an answer that ends with the connection ended too early. */
  get isBroken(): boolean {
    return this.#socket?.errored instanceof Error;
  }

  /** What the target said, before it closed the connection, about the TLS session; with TLS 1.3 only after the handshake. */
  get alert(): Error | null {
    return this.#alert;
  }

  /** The answer is complete, the request was taken whole, and nothing came after the answer. */
  get isReusable(): boolean {
    return this.#socket !== null && !this.#socket.destroyed && this.#socket.writableLength === 0;
  }

  /** Closes it at once, also while it connects. What it carries ends in an error. */
  async destroy(): Promise<void> {
    this.#socket?.destroy();
    await this.#client.destroy();
  }

  #connect(callback: (...result: [null, Socket] | [Error, null]) => void): void {
    const { url, lookup } = this.#route;
    const isTls = url.protocol === "https:";
    const host = url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname;
    const port = url.port === "" ? (isTls ? 443 : 80) : Number(url.port);
    const socket = isTls ? this.#connectTls(host, port, lookup) : connectTcp({ host, port, lookup });
    this.#socket = socket;
    this.#carried = 0;
    this.#alert = null;
    this.#timeHandshake(socket);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, PROBE_MS);
    let isConnected = false;
    socket.once(isTls ? "secureConnect" : "connect", () => {
      isConnected = true;
      callback(null, socket);
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (isConnected) {
        if (ALERT.test(error.code ?? "")) this.#alert = error;
        return;
      }
      if (error.code !== NO_PROTOCOL || this.#route.needsHttp2 === true) return callback(error, null);
      this.#route.needsHttp2 = true;
      this.#connect(callback);
    });
  }

  /**
   * By the time the event loop spent waiting for events, which is at most what the handshake took: a busy loop hears of it later, and
   * an estimate that is too long would distrust honest answers.
   */
  #timeHandshake(socket: Socket): void {
    let startMs = idleMs();
    // After the name look-up, and once for each address that is tried.
    socket.on("connectionAttempt", () => (startMs = idleMs()));
    socket.once("connect", () => {
      this.#route.handshakeMs = Math.min(this.#route.handshakeMs, idleMs() - startMs);
    });
  }

  #connectTls(host: string, port: number, lookup: LookupFunction): Socket {
    const { session, needsHttp2, tls } = this.#route;
    const name = tls?.serverName ?? host;
    const socket = connectTls({
      host,
      port,
      lookup,
      ALPNProtocols: [needsHttp2 === true ? "h2" : "http/1.1"],
      // A name indication is a name; certificates for addresses are checked against `host`.
      ...(isIP(name) === 0 ? { servername: name } : undefined),
      ...(tls === undefined ? undefined : { secureContext: tls.context }),
      ...(session === undefined ? undefined : { session }),
    });
    socket.on("session", (next: Buffer) => {
      this.#route.session = next;
    });
    return socket;
  }
}

/** What undici closes a connection for when bytes come that no request waits for. */
export function isSurplus(error: Error | null): boolean {
  return error?.message === "bad response";
}

function idleMs(): number {
  return performance.eventLoopUtilization().idle;
}
