import { connect, type Socket } from "node:net";

import { waitFor } from "@meshhook/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { publish, startHarness, waitingDefinition, type Harness } from "./harness.ts";

const HOSTILE = "a\ndata: forged\r\n\r\nevent: end\rid: 9.9\n\n<script>\u2028\u001b[31m\u0000";

let harness: Harness;
let waiting: string;
let hostile: string;
beforeAll(async () => {
  harness = await startHarness();
  waiting = (await publish(harness.client, waitingDefinition())).token;
  const definition = {
    ...waitingDefinition("hostile"),
    nodes: {
      hook: { type: "webhook@1", config: {} },
      end: { type: "terminate@1", config: { status: "failed", reason: "{{ input.text }}" } },
    },
    edges: [{ from: "hook", to: "end" }],
  };
  hostile = (await publish(harness.client, definition)).token;
});
afterAll(() => harness.close());

/** A stream read as a browser would, by the rules of WHATWG HTML section 9.2.6, over a bare socket. */
class Reader {
  readonly #socket: Socket;
  text = "";
  isClosed = false;

  constructor(path: string, headers: readonly string[] = []) {
    this.#socket = connect(harness.server.port, "127.0.0.1", () => {
      const lines = [
        `GET /api/v1${path} HTTP/1.0`,
        "host: x",
        `authorization: Bearer ${harness.key}`,
        "accept: text/event-stream",
        ...headers,
      ];
      this.#socket.write(`${lines.join("\r\n")}\r\n\r\n`);
    });
    this.#socket.setEncoding("utf8");
    this.#socket.on("data", (text: string) => (this.text += text));
    this.#socket.on("close", () => (this.isClosed = true));
    this.#socket.on("error", () => undefined);
  }

  get head(): string {
    return this.text.split("\r\n\r\n", 1)[0] ?? "";
  }

  /** HTTP/1.0: the body is what follows the head, without chunks. */
  get messages(): readonly { readonly id: string; readonly event: string; readonly data: string }[] {
    const body = this.text.slice(this.head.length + 4);
    let id = "";
    const found = [];
    for (const block of body.split(/\n\n|\r\r|\r\n\r\n/).slice(0, -1)) {
      let event = "message";
      const data: string[] = [];
      for (const line of block.split(/\r\n|\n|\r/)) {
        const [, field, value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
        if (field === "id") id = value;
        else if (field === "event") event = value;
        else if (field === "data") data.push(value);
      }
      if (data.length > 0) found.push({ id, event, data: data.join("\n") });
    }
    return found;
  }

  async until(what: string, condition: () => boolean): Promise<void> {
    await waitFor(`${what}; so far: ${this.text.slice(-200)}`, condition);
  }

  stop(): void {
    this.#socket.destroy();
  }
}

async function endedRun(): Promise<string> {
  const { runId } = await harness.client.deliver(hostile, { text: HOSTILE });
  return runId;
}

describe("a run's stream", () => {
  it("has headers that keep proxies from buffering it", async () => {
    const reader = new Reader(`/runs/${await endedRun()}/events`);
    await reader.until("it ends", () => reader.isClosed);
    expect(reader.head).toMatch(/^HTTP\/1\.1 200 /);
    expect(reader.head.toLowerCase()).toContain("content-type: text/event-stream");
    expect(reader.head.toLowerCase()).toContain("x-accel-buffering: no");
    expect(reader.head.toLowerCase()).toContain("cache-control: no-store");
    expect(reader.text).toContain("retry: ");
  });

  it("carries hostile text as data: no forged frame, id or end", async () => {
    const runId = await endedRun();
    const reader = new Reader(`/runs/${runId}/events`);
    await reader.until("it ends", () => reader.isClosed);
    const { items } = await harness.client.listEvents({ runId });
    expect(JSON.stringify(items)).toContain("forged");
    const messages = reader.messages;
    expect(messages.slice(0, -1).map(({ data }) => JSON.parse(data) as unknown)).toEqual(items);
    expect(messages.slice(0, -1).map(({ id }) => id)).toEqual(items.map(({ seq, position }) => `${seq}.${position}`));
    expect(messages.at(-1)).toMatchObject({ event: "end" });
  });

  it("resumed anywhere, by header or by query, gives exactly the rest", async () => {
    const runId = await endedRun();
    const { items } = await harness.client.listEvents({ runId });
    expect(items.length).toBeGreaterThan(2);
    for (const [at, { seq, position }] of items.entries()) {
      const id = `${seq}.${position}`;
      const readers = [
        new Reader(`/runs/${runId}/events`, [`last-event-id: ${id}`]),
        new Reader(`/runs/${runId}/events?after=${id}`),
      ];
      for (const reader of readers) {
        await reader.until("it ends", () => reader.isClosed);
        expect(reader.messages.slice(0, -1).map(({ data }) => JSON.parse(data) as unknown)).toEqual(
          items.slice(at + 1),
        );
      }
    }
  });

  it("continues live and ends with the run", async () => {
    const { runId } = await harness.client.deliver(waiting, {});
    const reader = new Reader(`/runs/${runId}/events`);
    await reader.until("the wait is told", () => reader.text.includes("timer.set"));
    expect(reader.isClosed).toBe(false);
    await harness.client.cancelRun({ runId });
    await reader.until("it ends", () => reader.isClosed);
    const { items } = await harness.client.listEvents({ runId });
    expect(reader.messages.slice(0, -1).map(({ data }) => JSON.parse(data) as unknown)).toEqual(items);
    expect(reader.messages.at(-1)).toMatchObject({ event: "end" });
  });

  it.each(["x", "1", "1.2.3", "-1.0", "999.0", "9".repeat(1_000)])("refuses to resume at %.12s", async (id) => {
    const reader = new Reader(`/runs/${await endedRun()}/events`, [`last-event-id: ${id}`]);
    await reader.until("it is answered", () => reader.text.includes("cursor_invalid"));
    expect(reader.head).toMatch(/^HTTP\/1\.1 422 /);
    reader.stop();
  });

  it("of an unknown run is a problem, not a stream", async () => {
    const reader = new Reader("/runs/0190b6a0-0000-7000-8000-000000000000/events");
    await reader.until("it is answered", () => reader.text.includes("not_found"));
    expect(reader.head).toMatch(/^HTTP\/1\.1 404 /);
    reader.stop();
  });
});

describe("a project's stream", () => {
  it("tells a quiet reader where to resume, and then sends what it missed, once", async () => {
    const first = new Reader("/events");
    await first.until("it has a place", () => /^id: \S+$/m.test(first.text));
    expect(first.messages).toEqual([]);
    const id = /^id: (\S+)$/m.exec(first.text)?.[1] ?? "";
    first.stop();
    const { runId } = await harness.client.deliver(waiting, {});
    const second = new Reader("/events", [`last-event-id: ${id}`]);
    await second.until("what was missed comes", () => second.text.includes("timer.set"));
    const own = second.messages
      .map(
        ({ data }) => JSON.parse(data) as { readonly runId: string; readonly seq: number; readonly position: number },
      )
      .filter((event) => event.runId === runId);
    const { items } = await harness.client.listEvents({ runId });
    expect(own).toEqual(items);
    expect(second.text).not.toContain("event: gap");
    second.stop();
  });

  it("that is resumed at an unknown position says that there may be a gap", async () => {
    const reader = new Reader("/events", ["last-event-id: elsewhere.7"]);
    await reader.until("the gap is told", () => reader.messages.some(({ event }) => event === "gap"));
    reader.stop();
  });

  it("gives every one of many readers the same events", async () => {
    const readers = Array.from({ length: 50 }, () => new Reader("/events"));
    for (const reader of readers) await reader.until("it has a place", () => reader.text.includes("\nid: "));
    const { runId } = await harness.client.deliver(waiting, {});
    const { items } = await harness.client.listEvents({ runId });
    for (const reader of readers) {
      await reader.until("all events come", () => reader.messages.length >= items.length);
      expect(reader.messages.map(({ data }) => JSON.parse(data) as unknown)).toEqual(items);
      reader.stop();
    }
    await waitFor("the server has let all readers go", () => harness.runtime.stats().watchers === 0);
  });
});

it("streams end when the server stops", async () => {
  const stopping = await startHarness();
  const controller = new AbortController();
  const response = await fetch(`${stopping.url}/api/v1/events`, {
    headers: { authorization: `Bearer ${stopping.key}` },
    signal: controller.signal,
  });
  const ended = response.text();
  await stopping.server.close();
  expect(await ended).toContain("retry: ");
  await stopping.close();
});
