import type { EventResource, ProjectStreamMessage } from "@meshhook/contract";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { EventHub, type EventListener } from "./event-hub.ts";

/** Streams that the test speaks through. */
class Streams {
  readonly open: {
    readonly signal: AbortSignal;
    say(message: ProjectStreamMessage): void;
    refuse(why: Error): void;
  }[] = [];

  follow = ({ signal }: { readonly signal: AbortSignal }): AsyncIterable<ProjectStreamMessage> => {
    const messages = new ReadableStream<ProjectStreamMessage>({
      start: (controller) => {
        this.open.push({
          signal,
          say: (message) => controller.enqueue(message),
          refuse: (why) => controller.error(why),
        });
      },
    });
    return messages;
  };
}

function event(seq: number): ProjectStreamMessage {
  const told: EventResource = {
    runId: "r",
    seq,
    position: 0,
    at: "2026-11-24T00:10:26.123456Z",
    level: "info",
    type: "run.started",
    message: "",
  };
  return { kind: "event", id: null, event: told };
}

class Notes implements EventListener {
  readonly deliveries: number[][] = [];
  gaps = 0;
  onEvents(events: readonly EventResource[]): void {
    this.deliveries.push(events.map(({ seq }) => seq));
  }
  onGap(): void {
    this.gaps += 1;
  }
}

describe("the project's events in a tab", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function openHub() {
    const streams = new Streams();
    const refusals: unknown[] = [];
    const hub = new EventHub({ follow: streams.follow, onRefused: (failure) => refusals.push(failure) });
    return { streams, hub, refusals };
  }

  it("come over one stream, however many listen, and it ends with the last of them", () => {
    const { streams, hub } = openHub();
    const first = hub.subscribe(new Notes());
    const second = hub.subscribe(new Notes());
    expect(streams.open).toHaveLength(1);
    first();
    expect(streams.open[0]?.signal.aborted).toBe(false);
    second();
    expect(streams.open[0]?.signal.aborted).toBe(true);
  });

  it("are reported together, four times a second", async () => {
    const { streams, hub } = openHub();
    const notes = new Notes();
    hub.subscribe(notes);
    for (let seq = 0; seq < 3; seq++) streams.open[0]?.say(event(seq));
    await vi.advanceTimersByTimeAsync(100);
    streams.open[0]?.say(event(3));
    await vi.advanceTimersByTimeAsync(200);
    streams.open[0]?.say(event(4));
    await vi.advanceTimersByTimeAsync(300);
    expect(notes.deliveries).toEqual([[0, 1, 2, 3], [4]]);
  });

  it("become a gap when there are too many to report", async () => {
    const { streams, hub } = openHub();
    const notes = new Notes();
    hub.subscribe(notes);
    for (let seq = 0; seq < 50_000; seq++) streams.open[0]?.say(event(seq));
    await vi.advanceTimersByTimeAsync(250);
    expect(notes.gaps).toBe(1);
    expect(notes.deliveries.flat().length).toBeLessThanOrEqual(2_000);
  });

  it("stop while the tab is hidden, and start with a gap when it is visible again", async () => {
    const { streams, hub } = openHub();
    const notes = new Notes();
    hub.subscribe(notes);
    hub.sleep();
    expect(streams.open[0]?.signal.aborted).toBe(true);
    hub.wake();
    expect(streams.open).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(250);
    expect(notes.gaps).toBe(1);
  });

  it("report a refusal once, but not the end of a stream that was closed", async () => {
    const { streams, hub, refusals } = openHub();
    const stop = hub.subscribe(new Notes());
    streams.open[0]?.refuse(new Error("signed out"));
    await vi.advanceTimersByTimeAsync(0);
    expect(refusals).toHaveLength(1);
    stop();
    hub.subscribe(new Notes())();
    streams.open[1]?.refuse(new Error("late"));
    await vi.advanceTimersByTimeAsync(0);
    expect(refusals).toHaveLength(1);
  });
});
