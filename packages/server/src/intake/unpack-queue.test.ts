import { describe, expect, it } from "vitest";

import { UnpackQueue } from "./unpack-queue.ts";

const KIB = 1_024;

interface Turn {
  readonly done: Promise<string>;
  readonly hasStarted: boolean;
  end(): void;
}

function turn(queue: UnpackQueue, by: string, bytes = 1): Turn {
  const { promise, resolve } = Promise.withResolvers<string>();
  let hasStarted = false;
  const done = queue.run(by, bytes, () => {
    hasStarted = true;
    return promise;
  });
  return {
    done,
    get hasStarted() {
      return hasStarted;
    },
    end: () => resolve(by),
  };
}

describe("bodies that wait to be unpacked", () => {
  it("take turns in order of arrival, but nobody gets every turn", async () => {
    const queue = new UnpackQueue({ atOnce: 3, atOnceOfOne: 2 });
    const turns = [turn(queue, "a"), turn(queue, "a"), turn(queue, "a"), turn(queue, "a"), turn(queue, "b")];
    const started = (): boolean[] => turns.map(({ hasStarted }) => hasStarted);
    expect(started()).toEqual([true, true, false, false, true]);
    turns[0]?.end();
    expect(await turns[0]?.done).toBe("a");
    expect(started()).toEqual([true, true, true, false, true]);
    for (const each of turns) each.end();
    expect(await Promise.all(turns.map(({ done }) => done))).toEqual(["a", "a", "a", "a", "b"]);
  });

  it("are refused when more would be held than is allowed, in total or for one endpoint", async () => {
    const queue = new UnpackQueue({ atOnce: 1, waitingBytes: 100 * KIB, waitingBytesOfOne: 60 * KIB });
    const first = turn(queue, "a");
    const waiting = [turn(queue, "a", 60 * KIB), turn(queue, "b", 30 * KIB)];
    await expect(turn(queue, "a", 1).done).rejects.toMatchObject({ code: "overloaded" });
    await expect(turn(queue, "c", 1).done).rejects.toMatchObject({ code: "overloaded" });
    for (const each of [first, ...waiting]) each.end();
    await Promise.all([first, ...waiting].map(({ done }) => done));
    const again = turn(queue, "a", 60 * KIB);
    again.end();
    expect(await again.done).toBe("a");
  });

  it("are refused when they waited too long, and a failure gives the turn back", async () => {
    const queue = new UnpackQueue({ atOnce: 1, waitMs: -1 });
    const first = turn(queue, "a");
    const late = turn(queue, "b");
    first.end();
    await expect(late.done).rejects.toMatchObject({ code: "overloaded", retryAfterS: 1 });
    await expect(queue.run("a", 1, () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
    const next = turn(queue, "a");
    expect(next.hasStarted).toBe(true);
  });
});
