import type { Socket } from "node:net";
import { effectOf } from "./effect.ts";
import { Pipe } from "./pipe.ts";
import type { Tally } from "./pipe.ts";
import type { ActiveToxic } from "./toxic.ts";

/** One connection through the proxy: the client's socket, the server's, and a pipe each way. */
export class Link {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #upstream: Pipe;
  readonly #downstream: Pipe;
  readonly #random: () => number;
  readonly #onClosed: () => void;
  readonly #timers = new Map<number, NodeJS.Timeout>();
  /** The toxics that this connection was drawn for, and those it was not: each is drawn once. */
  readonly #isDrawn = new Map<number, boolean>();
  #active: readonly ActiveToxic[] = [];
  #hasLostClose = false;
  #isClosed = false;

  constructor(options: {
    readonly client: Socket;
    readonly server: Socket;
    readonly tally: Tally;
    readonly random: () => number;
    readonly onClosed: () => void;
  }) {
    const { client, server, tally, random } = options;
    this.#client = client;
    this.#server = server;
    this.#random = random;
    this.#onClosed = options.onClosed;
    let ended = 0;
    const listener = {
      ended: () => {
        ended += 1;
        if (ended === 2) this.#closeGently();
      },
      limitReached: () => this.#closeGently(),
    };
    this.#upstream = new Pipe({ from: client, to: server, direction: "upstream", tally, random, listener });
    this.#downstream = new Pipe({ from: server, to: client, direction: "downstream", tally, random, listener });
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      let isReset = false;
      // What follows an error is the event "close".
      socket.on("error", () => (isReset = true));
      socket.on("close", () => {
        if (this.#isSwallowing) this.#hasLostClose = true;
        else if (isReset) this.reset();
        else if (other.destroyed) this.#finish();
      });
    }
  }

  get heldBytes(): number {
    return this.#upstream.heldBytes + this.#downstream.heldBytes;
  }

  /** Puts the proxy's toxics into force on this connection, from now on. */
  setToxics(toxics: readonly ActiveToxic[]): void {
    const wasSwallowing = this.#isSwallowing;
    this.#active = toxics.filter((active) => this.#isChosen(active));
    for (const [id, timer] of this.#timers) {
      if (this.#active.some((active) => active.id === id)) continue;
      clearTimeout(timer);
      this.#timers.delete(id);
    }
    const hasLost = this.#hasLostClose || this.#upstream.hasLost || this.#downstream.hasLost;
    if (wasSwallowing && !this.#isSwallowing && hasLost) {
      this.reset();
      return;
    }
    this.#upstream.setEffect(effectOf(this.#active, "upstream"));
    this.#downstream.setEffect(effectOf(this.#active, "downstream"));
    for (const { id, toxic } of this.#active) {
      if (toxic.kind === "reset_peer") this.#later(id, toxic.afterMs ?? 0, () => this.reset());
      else if (toxic.kind === "timeout" && toxic.closeAfterMs !== undefined)
        this.#later(id, toxic.closeAfterMs, () => this.#closeGently());
    }
  }

  /** Ends both sides with a reset; what is held is lost. */
  reset(): void {
    if (this.#isClosed) return;
    this.#client.resetAndDestroy();
    // A socket that still connects has nothing to reset.
    if (this.#server.connecting) this.#server.destroy();
    else this.#server.resetAndDestroy();
    this.#finish();
  }

  /** Ends both sides once what was handed to their sockets is sent. */
  #closeGently(): void {
    if (this.#isClosed) return;
    this.#client.destroySoon();
    this.#server.destroySoon();
    this.#finish();
  }

  #finish(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#upstream.close();
    this.#downstream.close();
    this.#onClosed();
  }

  get #isSwallowing(): boolean {
    return this.#active.some(({ toxic }) => toxic.kind === "timeout");
  }

  #isChosen({ id, toxic }: ActiveToxic): boolean {
    let isChosen = this.#isDrawn.get(id);
    if (isChosen === undefined) {
      isChosen = toxic.toxicity === undefined || this.#random() < toxic.toxicity;
      this.#isDrawn.set(id, isChosen);
    }
    return isChosen;
  }

  #later(id: number, ms: number, act: () => void): void {
    if (this.#timers.has(id)) return;
    this.#timers.set(id, setTimeout(act, ms));
  }
}
