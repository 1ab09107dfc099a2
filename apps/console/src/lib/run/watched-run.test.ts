import { formatTime, type FactResource, type RunResource } from "@meshhook/contract";
import type { Fact } from "@meshhook/core";
import { describe, expect, it } from "vitest";

import { ANSWERED, asResources, CALLING, DELIVERY, failed, ms, planOf, RUN_ID } from "../../../test/run-histories.ts";
import { RecomputedRun } from "./recomputed-run.ts";
import { WatchedRun, type RunSource } from "./watched-run.ts";

const HISTORY: readonly (readonly Fact[])[] = [
  [DELIVERY],
  [failed(1, ms(50))],
  [failed(2, ms(200))],
  [ANSWERED],
  [{ kind: "timer", node: "pause", at: ms(2_510) }],
];

/** A server that has reached a point in the history. */
class ScriptedServer implements RunSource {
  segments = 1;
  reads = 0;
  isGone = false;
  lie: Partial<RunResource> = {};
  readonly #listeners: ((kind: "event" | "end") => void)[] = [];

  facts(): FactResource[] {
    return asResources(HISTORY.slice(0, this.segments));
  }

  run(): RunResource {
    const run = new RecomputedRun(planOf(CALLING), RUN_ID);
    run.take(this.facts());
    const { status, result, startedAt, lastAt, steps } = run.picture();
    return {
      id: RUN_ID,
      workflowId: "w",
      versionId: "v",
      status,
      startedAt: formatTime(startedAt),
      finishedAt: status === "running" ? null : formatTime(lastAt),
      origin: null,
      turn: null,
      children: [],
      steps: steps.map((step) => ({
        node: step.node,
        type: step.type,
        status: step.status,
        attempts: step.attempts,
        ...(step.startedAt === null ? {} : { startedAt: formatTime(step.startedAt) }),
        ...(step.endedAt === null ? {} : { finishedAt: formatTime(step.endedAt) }),
      })),
      result: result === null ? null : { ...result },
      ...this.lie,
    };
  }

  async readFacts(after: number): Promise<readonly FactResource[]> {
    this.reads += 1;
    if (this.isGone) throw new TypeError("fetch failed");
    return this.facts().filter(({ seq }) => seq > after);
  }

  async readRun(): Promise<RunResource> {
    return this.run();
  }

  async *follow(): AsyncGenerator<{ readonly kind: "event" | "end" }> {
    for (;;) {
      const kind = await new Promise<"event" | "end">((resolve) => this.#listeners.push(resolve));
      yield { kind };
      if (kind === "end") return;
    }
  }

  say(kind: "event" | "end"): void {
    for (const listener of this.#listeners.splice(0)) listener(kind);
  }
}

function watch(server: ScriptedServer): Promise<WatchedRun> {
  return WatchedRun.open(planOf(CALLING), { run: server.run(), facts: server.facts() }, server, async () => undefined);
}

describe("WatchedRun", () => {
  it("agrees with the server from the start, follows it to the end, and compares again there", async () => {
    const server = new ScriptedServer();
    const watched = await watch(server);
    expect(watched.state.agreement).toEqual({ kind: "agrees" });
    const followed = watched.follow(new AbortController().signal);
    for (const segments of [2, 3, 4]) {
      server.segments = segments;
      server.say("event");
      await expect.poll(() => watched.state.picture.facts.length).toBe(segments);
    }
    server.segments = 5;
    server.say("end");
    await followed;
    await expect.poll(() => watched.state.picture.status).toBe("succeeded");
    await expect.poll(() => watched.state.agreement.kind).toBe("agrees");
    const story = new RecomputedRun(planOf(CALLING), RUN_ID);
    story.take(asResources(HISTORY));
    expect(watched.state.picture.events).toEqual(story.picture().events);
  });

  it("does not mistake two moments for a difference, and does not miss a real one", async () => {
    const server = new ScriptedServer();
    const early = server.run();
    server.segments = 2;
    const watched = await WatchedRun.open(
      planOf(CALLING),
      { run: early, facts: server.facts() },
      server,
      async () => undefined,
    );
    expect(watched.state.agreement).toEqual({ kind: "moving" });
    watched.readOn();
    await expect.poll(() => watched.state.agreement.kind).toBe("agrees");
    server.segments = 5;
    server.lie = { status: "failed" };
    watched.readOn();
    await expect
      .poll(() => watched.state.agreement)
      .toEqual({
        kind: "differs",
        difference: { path: "status", here: "succeeded", server: "failed" },
      });
  });

  it("reads once for many events, and once more for those that arrived in the meantime", async () => {
    const server = new ScriptedServer();
    const watched = await watch(server);
    for (let count = 0; count < 100; count += 1) watched.readOn();
    server.segments = 2;
    await expect.poll(() => watched.state.picture.facts.length).toBe(2);
    expect(server.reads).toBeLessThanOrEqual(2);
  });

  it("keeps its state while the server is away, and continues afterwards", async () => {
    const server = new ScriptedServer();
    const watched = await watch(server);
    server.isGone = true;
    watched.readOn();
    await expect.poll(() => watched.state.fault).toBeInstanceOf(TypeError);
    expect(watched.state.picture.facts).toHaveLength(1);
    server.isGone = false;
    server.segments = 3;
    watched.readOn();
    await expect.poll(() => watched.state.picture.facts.length).toBe(3);
    expect(watched.state.fault).toBeNull();
  });
});
