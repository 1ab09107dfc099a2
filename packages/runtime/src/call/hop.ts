import type { Dispatcher } from "undici";

import { headerText, type AnswerHeaders } from "./answer-headers.ts";
import { SWITCHED_PROTOCOLS } from "./call-failure.ts";
import type { Connection } from "./connection.ts";
import type { Origin, Passenger } from "./origin.ts";

/** RFC 9110 sets no limit; a target that sends nothing else would keep a parser busy until the deadline. */
const INTERIM_ANSWERS_MAX = 100;

/** What a hop reports. */
export interface HopWatcher {
  /** A connection is free for it; it may have to be opened first. */
  onBegin(): void;
  /** Bytes of the request are handed to a socket. */
  onSent(): void;
  onHead(status: number, headers: AnswerHeaders): void;
  onBody(chunk: Buffer): void;
  onEnd(): void;
  onError(error: Error, hop: Hop): void;
}

/** One request on one connection. Tells either `onEnd` or `onError`, unless it was cancelled before. */
export class Hop implements Passenger, Dispatcher.DispatchHandler {
  readonly #origin: Origin;
  readonly #options: Dispatcher.DispatchOptions;
  readonly #watcher: HopWatcher;
  readonly needsFresh: boolean;
  #connection: Connection | null = null;
  #isReused = false;
  #isAnswered = false;
  #hasHead = false;
  #interimAnswers = 0;
  #isOver = false;

  constructor(origin: Origin, options: Dispatcher.DispatchOptions, needsFresh: boolean, watcher: HopWatcher) {
    this.#origin = origin;
    this.#options = options;
    this.needsFresh = needsFresh;
    this.#watcher = watcher;
  }

  /** Bytes of an answer have come. */
  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  /**
   * It went out on a connection that had carried another, and nothing came back that is certainly for it: most likely the target was
   * closing the connection for being idle (RFC 9112 9.3.1), or had more to say about the request before. Only requests that may be
   * repeated go out on such a connection.
   */
  get isStale(): boolean {
    return this.#isReused && !this.#isAnswered;
  }

  start(): void {
    this.#origin.enter(this);
  }

  cancel(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#connection === null) this.#origin.leave(this);
    else this.#origin.discard(this.#connection);
  }

  begin(connection: Connection): void {
    this.#connection = connection;
    this.#watcher.onBegin();
    connection.dispatch(this.#options, this);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#isOver) return controller.abort(new Error("cancelled"));
    this.#isReused = this.#connection?.noteRequest() ?? false;
    this.#watcher.onSent();
  }

  onResponseStarted(): void {
    this.#isAnswered = true;
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: AnswerHeaders): void {
    if (this.#isOver) return;
    if (status === 101) return this.#break(SWITCHED_PROTOCOLS);
    if (status < 100) return this.#break(`The target answered with the status ${status}, which does not exist`);
    if (this.#isReused && status >= 200 && this.#isForAnother(status, headers)) {
      return this.#disown("The target answered another request, or closed the connection");
    }
    this.#hasHead = true;
    if (status >= 200) return this.#watcher.onHead(status, headers);
    this.#interimAnswers++;
    if (this.#interimAnswers > INTERIM_ANSWERS_MAX) {
      this.#break(`The target sent more than ${INTERIM_ANSWERS_MAX} interim answers`);
    }
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#isOver) this.#watcher.onBody(chunk);
  }

  onResponseEnd(): void {
    if (this.#isOver || this.#connection === null) return;
    // undici takes a reset for the end of an answer that ends with its connection; what was to follow is missing.
    if (this.#connection.isBroken) return this.#break("The connection broke in the middle of the answer");
    // What came with the answer is parsed when the stack is empty.
    if (this.#isReused) queueMicrotask(() => this.#endIfOwn());
    else this.#end(this.#connection);
  }

  /** If a second answer follows, the first one may have been the previous request's. */
  #endIfOwn(): void {
    if (this.#isOver || this.#connection === null) return;
    if (this.#connection.hasSurplus) this.#origin.distrust();
    if (this.#origin.isDistrusted) this.#disown("The target answered twice");
    else this.#end(this.#connection);
  }

  #end(connection: Connection): void {
    this.#isOver = true;
    this.#origin.giveBack(connection);
    this.#watcher.onEnd();
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.#isOver) return;
    // Not an answer at all: the rest of what was said about the request before, such as a body longer than its length.
    if (this.#isReused && !this.#hasHead && error.name === "HTTPParserError") {
      this.#origin.distrust();
      this.#isAnswered = false;
    }
    // undici reports that the connection is closed, whatever was said before.
    const cause = this.#connection?.alert ?? error;
    this.cancel();
    this.#watcher.onError(cause, this);
  }

  /**
   * The words of a target on a connection rather than on a request: it was idle for too long (RFC 9110 15.5.9), or what came before
   * could not be read as a request, for instance a body that the target had not expected. Or the answer is there too soon.
   */
  #isForAnother(status: number, headers: AnswerHeaders): boolean {
    if (status === 408 || this.#connection?.isTooSoon === true) return true;
    return status === 400 && headerText(headers["connection"])?.toLowerCase() === "close";
  }

  /** It counts as not answered. */
  #disown(message: string): void {
    this.#isAnswered = false;
    this.#break(message);
  }

  #break(message: string): void {
    this.cancel();
    this.#watcher.onError(new Error(message), this);
  }
}
