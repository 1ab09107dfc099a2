import { expect, it } from "vitest";

import { HttpProblem } from "../http-problem.ts";
import { HeavyWork } from "./heavy-work.ts";

it("does so much at once, lets so much wait, and refuses the rest", async () => {
  const work = new HeavyWork({ atOnceMax: 2, waitingMax: 3 });
  let running = 0;
  let most = 0;
  const ends: (() => void)[] = [];
  const piece = (): Promise<number> =>
    work.run(async () => {
      most = Math.max(most, ++running);
      await new Promise<void>((resolve) => ends.push(resolve));
      return running--;
    });
  const pieces = Array.from({ length: 5 }, piece);
  await expect(piece()).rejects.toThrow(HttpProblem);
  for (let done = 0; done < 5; done++) {
    while (ends.length === 0) await new Promise(setImmediate);
    ends.shift()?.();
  }
  await Promise.all(pieces);
  expect(most).toBe(2);
});

it("gives its place on when the work fails", async () => {
  const work = new HeavyWork({ atOnceMax: 1, waitingMax: 1 });
  await expect(work.run(() => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
  expect(await work.run(async () => 7)).toBe(7);
});
