import type { EventResource, RunResource, RunStreamMessage } from "@meshhook/contract";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { lastLights, scenesOf, type Scene } from "./first-minute.ts";

function event(type: string, node?: string): RunStreamMessage {
  const told: EventResource = {
    runId: "r",
    seq: 0,
    position: 0,
    at: "2026-11-24T00:10:26.123456Z",
    level: "info",
    type,
    message: "",
    ...(node === undefined ? {} : { node }),
  };
  return { kind: "event", id: "0.0", event: told };
}

const RUN = [
  event("run.started"),
  event("step.started", "call"),
  event("step.succeeded", "call"),
  event("run.succeeded"),
  { kind: "end" } as const,
];

describe("the first run, as it is shown", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  async function* run(): AsyncGenerator<RunStreamMessage> {
    yield* RUN;
  }

  async function watch(stepMs: number, untilMs: number): Promise<Scene[]> {
    const seen: Scene[] = [];
    void (async () => {
      for await (const scene of scenesOf(run(), { entry: "webhook", stepMs })) seen.push(scene);
    })();
    await vi.advanceTimersByTimeAsync(untilMs);
    return seen;
  }

  it("lights each step, the webhook's own first, and ends with the run's last event", async () => {
    const seen = await watch(0, 10);
    expect(seen.map(({ lights }) => lights)).toEqual([
      { webhook: "good" },
      { webhook: "good", call: "busy" },
      { webhook: "good", call: "good" },
      { webhook: "good", call: "good" },
    ]);
    expect(seen.at(-1)?.end?.type).toBe("run.succeeded");
  });

  it("shows each step for a while, although the run took a millisecond", async () => {
    expect((await watch(200, 100)).map(({ lights }) => lights)).toEqual([{ webhook: "good" }]);
    expect((await watch(200, 1_000)).at(-1)?.end).not.toBeNull();
  });

  it("includes steps that were never reached at the end", () => {
    const steps = [
      { node: "webhook", type: "webhook@1", status: "succeeded", attempts: 0 },
      { node: "nameless", type: "terminate@1", status: "skipped", attempts: 0 },
    ] as const;
    expect(lastLights({ steps } as unknown as RunResource)).toEqual({ webhook: "good", nameless: "skipped" });
  });
});
