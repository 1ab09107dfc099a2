import { pack, unpack } from "./as-messages.ts";
import type { Answer, Asked, PackedReply, PackedRequest, Question, Reply, Request } from "./messages.ts";

/** How long an answer may take before the worker is ended and started again. */
const LIMIT_MS: { readonly [Q in Question]: number } = {
  preview: 1_000,
  names: 1_000,
  tryOut: 2_000,
  setPins: 2_000,
  setHead: 2_000,
  setDraft: 10_000,
  read: 10_000,
  write: 10_000,
  inLines: 10_000,
  setSample: 20_000,
};
/** What a new worker must be told again, in this order. */
const STATE = ["setSample", "setHead", "setPins", "setDraft"] as const;

export type Asking<Q extends Question> =
  | { readonly kind: "answer"; readonly answer: Answer<Q> }
  /** A later request on the same channel took its place. */
  | { readonly kind: "replaced" }
  | { readonly kind: "failed"; readonly message: string };

interface Waiting {
  readonly question: Question;
  readonly args: readonly unknown[];
  readonly channel: string;
  readonly settle: (asking: Asking<never>) => void;
}

/** A worker as the client uses it; a real one except in tests. */
export interface BenchWorker {
  send(request: Request): void;
  end(): void;
}
export type StartWorker = (onReply: (reply: Reply) => void, onError: (message: string) => void) => BenchWorker;

/**
 * The bench in its worker. Requests are sent one at a time; of those waiting on one channel, only the latest is sent. A worker that does
 * not answer in time is terminated, and a new one is told what the old one knew.
 */
export class BenchClient {
  readonly #start: StartWorker;
  readonly #waiting: Waiting[] = [];
  readonly #state = new Map<Question, readonly unknown[]>();
  #worker: BenchWorker | null = null;
  #isReady = false;
  #current: { readonly id: number; readonly request: Waiting; timer: ReturnType<typeof setTimeout> } | null = null;
  #lastId = 0;

  constructor(start: StartWorker = startWorker) {
    this.#start = start;
  }

  ask<Q extends Question>(question: Q, args: Asked<Q>, channel: string = question): Promise<Asking<Q>> {
    if (STATE.includes(question as (typeof STATE)[number])) this.#state.set(question, args);
    const at = this.#waiting.findIndex((other) => other.channel === channel);
    if (at !== -1) for (const replaced of this.#waiting.splice(at, 1)) replaced.settle({ kind: "replaced" });
    return new Promise((resolve) => {
      const settle = resolve as (asking: Asking<never>) => void;
      this.#waiting.push({ question, args, channel, settle });
      this.#next();
    });
  }

  /** State for the worker before the first question. A worker is not started for it. */
  remember<Q extends (typeof STATE)[number]>(question: Q, args: Asked<Q>): void {
    this.#state.set(question, args);
    if (this.#worker !== null) void this.ask(question, args);
  }

  close(): void {
    this.#worker?.end();
    this.#worker = null;
    this.#isReady = false;
    if (this.#current !== null) clearTimeout(this.#current.timer);
    this.#current = null;
    for (const request of this.#waiting.splice(0)) request.settle({ kind: "replaced" });
  }

  #next(): void {
    if (this.#current !== null || this.#waiting.length === 0) return;
    if (this.#worker === null) this.#open();
    if (!this.#isReady) return;
    const request = this.#waiting.shift();
    if (request === undefined || this.#worker === null) return;
    const id = ++this.#lastId;
    this.#current = { id, request, timer: setTimeout(() => this.#expire(), LIMIT_MS[request.question]) };
    this.#worker.send({ id, question: request.question, args: request.args });
  }

  #open(): void {
    this.#worker = this.#start(
      (reply) => this.#take(reply),
      (message) => (this.#isReady ? this.#finish({ kind: "failed", message }) : this.#giveUp(message)),
    );
    for (const name of STATE.toReversed()) {
      const args = this.#state.get(name);
      if (args === undefined || this.#waiting.some(({ question }) => question === name)) continue;
      this.#waiting.unshift({ question: name, args, channel: name, settle: () => {} });
    }
  }

  #take(reply: Reply): void {
    if ("isReady" in reply) {
      this.#isReady = true;
      this.#next();
    } else if (reply.id === this.#current?.id) {
      this.#finish(
        "failure" in reply
          ? { kind: "failed", message: reply.failure }
          : { kind: "answer", answer: reply.answer as never },
      );
    }
  }

  #finish(asking: Asking<never>): void {
    const current = this.#current;
    this.#current = null;
    if (current !== null) {
      clearTimeout(current.timer);
      current.request.settle(asking);
    }
    this.#next();
  }

  /** The worker did not start, for example because the server with its script is away. The next question starts another one. */
  #giveUp(message: string): void {
    this.#worker?.end();
    this.#worker = null;
    for (const { settle } of this.#waiting.splice(0)) settle({ kind: "failed", message });
  }

  #expire(): void {
    const current = this.#current;
    if (current === null) return;
    this.#worker?.end();
    this.#worker = null;
    this.#isReady = false;
    this.#current = null;
    const { question, settle } = current.request;
    settle({ kind: "failed", message: `It took longer than ${LIMIT_MS[question] / 1_000} s and was stopped.` });
    // A state that was itself too slow is not sent again.
    this.#state.delete(question);
    this.#next();
  }
}

const startWorker: StartWorker = (onReply, onError) => {
  const worker = new Worker(new URL("./bench-worker.ts", import.meta.url), { type: "module" });
  worker.addEventListener("message", ({ data }: MessageEvent<PackedReply>) =>
    onReply("answer" in data ? { ...data, answer: unpack(data.answer) } : data),
  );
  worker.addEventListener("error", ({ message }) => onError(message));
  return {
    send: ({ id, question, args }) => {
      const message: PackedRequest = { id, question, args: args.map(pack) };
      worker.postMessage(message, []);
    },
    end: () => worker.terminate(),
  };
};
