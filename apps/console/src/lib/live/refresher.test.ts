import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Refresher } from "./refresher.ts";

describe("reading again", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("happens once for many requests", async () => {
    const read = vi.fn<() => Promise<void>>(async () => undefined);
    const refresher = new Refresher({ read, restMs: 1_000, pollMs: 5_000 });
    for (let request = 0; request < 100; request++) refresher.request();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(read).toHaveBeenCalledTimes(1);
    refresher.stop();
  });

  it("happens at intervals without a request", async () => {
    const read = vi.fn<() => Promise<void>>(async () => undefined);
    const refresher = new Refresher({ read, restMs: 1_000, pollMs: 5_000 });
    await vi.advanceTimersByTimeAsync(15_000);
    expect(read).toHaveBeenCalledTimes(3);
    refresher.stop();
    await vi.advanceTimersByTimeAsync(15_000);
    expect(read).toHaveBeenCalledTimes(3);
  });

  it("waits for the read in progress, however long it takes, and rests after it", async () => {
    const started: number[] = [];
    const finish: (() => void)[] = [];
    const read = () => {
      started.push(Date.now());
      return new Promise<void>((resolve) => finish.push(resolve));
    };
    const from = Date.now();
    const refresher = new Refresher({ read, restMs: 1_000, pollMs: 5_000 });
    void refresher.now();
    refresher.request();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(started).toHaveLength(1);
    finish[0]?.();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(started.map((at) => at - from)).toEqual([0, 21_000]);
    refresher.stop();
  });
});
