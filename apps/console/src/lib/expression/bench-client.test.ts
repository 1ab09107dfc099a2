import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Bench } from "./bench.ts";
import { BenchClient, type WorkerLike } from "./bench-client.ts";
import type { Reply, Request } from "./messages.ts";

/** A worker in this thread that answers when told to. */
class HandWorker implements WorkerLike {
  readonly received: Request[] = [];
  readonly #bench = new Bench();
  isEnded = false;
  onmessage: ((event: MessageEvent<Reply>) => void) | null = null;
  onerror: ((event: ErrorEvent) => void) | null = null;

  postMessage(message: unknown): void {
    this.received.push(message as Request);
  }
  terminate(): void {
    this.isEnded = true;
  }
  ready(): void {
    this.onmessage?.({ data: { isReady: true } } as MessageEvent<Reply>);
  }
  answer(): void {
    const request = this.received.at(-1)!;
    const ask = this.#bench[request.question].bind(this.#bench) as (...args: readonly unknown[]) => unknown;
    this.onmessage?.({ data: { id: request.id, answer: ask(...request.args) } } as MessageEvent<Reply>);
  }
}

describe("BenchClient", () => {
  const workers: HandWorker[] = [];
  let client: BenchClient;
  const latest = (): HandWorker => workers.at(-1)!;

  beforeEach(() => {
    vi.useFakeTimers();
    workers.length = 0;
    client = new BenchClient(() => {
      const worker = new HandWorker();
      workers.push(worker);
      return worker;
    });
  });
  afterEach(() => {
    client.close();
    vi.useRealTimers();
  });

  it("asks only the latest of what waits on a channel", async () => {
    const expression = (text: string) => client.ask("preview", ["a", { kind: "expression", text }], "field");
    const [first, second, third] = [expression("1"), expression("2"), expression("input")];
    latest().ready();
    expect(await first).toEqual({ kind: "replaced" });
    expect(await second).toEqual({ kind: "replaced" });
    latest().answer();
    expect(await third).toEqual({ kind: "answer", answer: { kind: "no_sample" } });
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
    expect(old!.isEnded).toBe(true);
    latest().ready();
    expect(latest().received.map(({ question, args }) => [question, ...args])).toEqual([["setSample", "{}"]]);
  });
});
