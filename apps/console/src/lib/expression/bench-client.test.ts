import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Bench } from "./bench.ts";
import { BenchClient, type BenchWorker } from "./bench-client.ts";
import type { Reply, Request } from "./messages.ts";

/** A worker in this thread that answers on request. */
class HandWorker implements BenchWorker {
  readonly received: Request[] = [];
  readonly #bench = new Bench();
  readonly #reply: (reply: Reply) => void;
  readonly fail: (message: string) => void;
  isEnded = false;

  constructor(reply: (reply: Reply) => void, fail: (message: string) => void) {
    this.#reply = reply;
    this.fail = fail;
  }

  send(request: Request): void {
    this.received.push(request);
  }
  end(): void {
    this.isEnded = true;
  }
  ready(): void {
    this.#reply({ isReady: true });
  }
  answer(): void {
    const request = this.received.at(-1)!;
    const ask = this.#bench[request.question].bind(this.#bench) as (...args: readonly unknown[]) => unknown;
    this.#reply({ id: request.id, answer: ask(...request.args) });
  }
}

describe("BenchClient", () => {
  const workers: HandWorker[] = [];
  let client: BenchClient;
  const latest = (): HandWorker => workers.at(-1)!;

  beforeEach(() => {
    vi.useFakeTimers();
    workers.length = 0;
    client = new BenchClient((onReply, onError) => {
      const worker = new HandWorker(onReply, onError);
      workers.push(worker);
      return worker;
    });
  });
  afterEach(() => {
    client.close();
    vi.useRealTimers();
  });

  it("sends only the latest request waiting on a channel", async () => {
    const expression = (text: string) => client.ask("preview", ["a", { kind: "expression", text }], "field");
    const [first, second, third] = [expression("1"), expression("2"), expression("input")];
    latest().ready();
    expect(await first).toEqual({ kind: "replaced" });
    expect(await second).toEqual({ kind: "replaced" });
    latest().answer();
    expect(await third).toEqual({ kind: "answer", answer: { kind: "no_sample" } });
  });

  it("does not start a worker for state, but sends the state before the first question", () => {
    client.remember("setSample", ["{}"]);
    client.remember("setPins", [{}]);
    expect(workers).toEqual([]);
    void client.ask("tryOut", []);
    latest().ready();
    for (let answered = 0; answered < 3; answered += 1) latest().answer();
    expect(latest().received.map(({ question }) => question)).toEqual(["setSample", "setPins", "tryOut"]);
  });

  it("ends a worker that takes too long, and tells the next one what it knew", async () => {
    const sample = client.ask("setSample", ["{}"]);
    latest().ready();
    latest().answer();
    await sample;
    const slow = client.ask("tryOut", []);
    const [old] = workers;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await slow).toEqual({ kind: "failed", message: "It took longer than 2 s and was stopped." });
    expect(old.isEnded).toBe(true);
    void client.ask("names", [[]]);
    latest().ready();
    latest().answer();
    expect(latest().received.map(({ question }) => question)).toEqual(["setSample", "names"]);
    expect(latest().received[0]?.args).toEqual(["{}"]);
  });

  it("settles all requests if a worker does not start, and starts another one for the next question", async () => {
    client.remember("setSample", ["{}"]);
    const asked = client.ask("names", [[]]);
    const [away] = workers;
    away.fail("its script did not come");
    expect(await asked).toEqual({ kind: "failed", message: "its script did not come" });
    expect(away.isEnded).toBe(true);
    const again = client.ask("tryOut", []);
    expect(workers).toHaveLength(2);
    latest().ready();
    latest().answer();
    latest().answer();
    expect(latest().received.map(({ question }) => question)).toEqual(["setSample", "tryOut"]);
    expect((await again).kind).toBe("answer");
  });
});
