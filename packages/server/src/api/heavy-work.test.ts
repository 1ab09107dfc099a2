import { expect, it } from "vitest";

import { HttpProblem } from "../http-problem.ts";
import { HeavyWork } from "./heavy-work.ts";

/** Work that continues until it is told to end. */
class Held {
  running = 0;
  most = 0;
  readonly #ends: (() => void)[] = [];

  readonly work = async (): Promise<void> => {
    this.most = Math.max(this.most, ++this.running);
    await new Promise<void>((resolve) => this.#ends.push(resolve));
    this.running--;
  };

  async endOne(): Promise<void> {
    while (this.#ends.length === 0) await new Promise(setImmediate);
    this.#ends.shift()?.();
  }
}

it("runs a limited amount per project, queues a limited amount, and refuses the rest", async () => {
  const work = new HeavyWork({ atOnceMax: 9, atOncePerProjectMax: 2, waitingPerProjectMax: 3 });
  const held = new Held();
  const pieces = Array.from({ length: 5 }, () => work.run("a", held.work));
  await expect(work.run("a", held.work)).rejects.toThrow(HttpProblem);
  for (let done = 0; done < 5; done++) await held.endOne();
  await Promise.all(pieces);
  expect(held.most).toBe(2);
});

it("leaves room for other projects, in the queue too", async () => {
  const work = new HeavyWork({ atOnceMax: 3, atOncePerProjectMax: 2, waitingPerProjectMax: 3 });
  const held = new Held();
  const first = Array.from({ length: 5 }, () => work.run("a", held.work));
  expect(await work.run("b", async () => "b")).toBe("b");
  for (let done = 0; done < 5; done++) await held.endOne();
  await Promise.all(first);
});

it("passes its place on when the work fails", async () => {
  const work = new HeavyWork({ atOnceMax: 1, atOncePerProjectMax: 1, waitingPerProjectMax: 1 });
  await expect(work.run("a", () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
  expect(await work.run("a", async () => 7)).toBe(7);
});
