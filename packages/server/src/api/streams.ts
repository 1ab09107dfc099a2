import type { ServerResponse } from "node:http";

import type { RunEvent } from "@meshhook/core";
import type { Engine, EventCursor, Subscription } from "@meshhook/runtime";

import { HttpProblem } from "../http-problem.ts";
import type { Metrics } from "../metrics.ts";
import { eventResource } from "./resources.ts";

const HEARTBEAT_MS = 15_000;
/** Whether those who follow may still do so is asked as often as answers about keys and sessions are kept. */
const RIGHTS_MS = 5_000;
const RETRY_HINT_MS = 1_000;
/** A reader that is this far behind is disconnected; it reconnects with its last id and misses nothing of a run. */
const BUFFER_BYTES_MAX = 8 * 1_048_576;
const END_GRACE_MS = 10_000;
const STREAMS_PER_PROJECT_MAX = 2_000;

/** Server-sent events (WHATWG HTML, section 9.2): frames, heartbeats, and the end of readers that are too slow. */
export class EventStreams {
  readonly #engine: Engine;
  readonly #metrics: Metrics;
  readonly #open = new Set<Stream>();
  readonly #perProject = new Map<string, number>();
  readonly #heartbeat: NodeJS.Timeout;
  readonly #rights: NodeJS.Timeout;
  #isAsking = false;

  constructor(engine: Engine, metrics: Metrics) {
    this.#engine = engine;
    this.#metrics = metrics;
    this.#heartbeat = setInterval(() => {
      for (const stream of this.#open) stream.write(": still here\n\n");
    }, HEARTBEAT_MS);
    this.#heartbeat.unref();
    this.#rights = setInterval(() => void this.#endClosed(), RIGHTS_MS);
    this.#rights.unref();
  }

  /** Call it before the response is taken from the framework. @throws HttpProblem  `too_many_streams`. */
  requireRoom(projectId: string): void {
    const count = this.#perProject.get(projectId) ?? 0;
    if (count >= STREAMS_PER_PROJECT_MAX) {
      throw new HttpProblem(
        "too_many_streams",
        `The project has ${count} open event streams, the most that are allowed`,
        { retryAfterS: 10 },
      );
    }
  }

  followRun(projectId: string, runId: string, after: EventCursor | null, hasOutputs: boolean, reader: Reader): void {
    this.#follow(projectId, reader, (stream) =>
      this.#engine.watchRun(projectId, runId, after, (message) => {
        if ("error" in message) return stream.end();
        stream.write(runFrames(message.events, hasOutputs));
        if (message.done) stream.end("event: end\ndata: {}\n\n");
      }),
    );
  }

  followProject(projectId: string, after: string | null, hasOutputs: boolean, reader: Reader): void {
    this.#follow(projectId, reader, (stream) =>
      this.#engine.watchProject(projectId, after, ({ events, cursor, gap }) => {
        if (gap) stream.write(`event: gap\nid: ${cursor}\ndata: {}\n\n`);
        // An id without data is not a message, but browsers remember it, so a reader of a quiet project knows where to resume.
        else if (events.length === 0) stream.write(`id: ${cursor}\n\n`);
        stream.write(projectFrames(events, cursor, hasOutputs));
      }),
    );
  }

  /** Ends all streams; readers reconnect with their last id, to another process or to this one's successor. */
  close(): void {
    clearInterval(this.#heartbeat);
    clearInterval(this.#rights);
    for (const stream of [...this.#open]) stream.end();
  }

  /** One after the other: many streams of one key or session cost one look-up. */
  async #endClosed(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    for (const stream of [...this.#open]) if (!(await stream.isAllowed())) stream.end();
    this.#isAsking = false;
  }

  #follow(projectId: string, reader: Reader, subscribe: (stream: Stream) => Subscription): void {
    this.#perProject.set(projectId, (this.#perProject.get(projectId) ?? 0) + 1);
    this.#metrics.countStream(1);
    const stream: Stream = new Stream(reader, () => {
      this.#open.delete(stream);
      this.#metrics.countStream(-1);
      const left = (this.#perProject.get(projectId) ?? 1) - 1;
      if (left === 0) this.#perProject.delete(projectId);
      else this.#perProject.set(projectId, left);
    });
    this.#open.add(stream);
    stream.write(`retry: ${RETRY_HINT_MS}\n\n`);
    stream.attach(subscribe(stream));
  }
}

/** Whoever follows. */
export interface Reader {
  readonly response: ServerResponse;
  /** Whether the reader's key or session still allows it. Never rejects. */
  readonly isAllowed: () => Promise<boolean>;
}

class Stream {
  readonly #response: ServerResponse;
  readonly isAllowed: Reader["isAllowed"];
  readonly #onEnd: () => void;
  #subscription: Subscription | null = null;
  #isOver = false;

  constructor({ response, isAllowed }: Reader, onEnd: () => void) {
    this.#response = response;
    this.isAllowed = isAllowed;
    this.#onEnd = onEnd;
    response.on("close", () => this.end());
    response.writeHead(200, {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
      connection: "close",
    });
  }

  attach(subscription: Subscription): void {
    this.#subscription = subscription;
    if (this.#isOver) subscription.close();
  }

  write(text: string): void {
    if (this.#isOver || text === "") return;
    this.#response.write(text);
    if (this.#response.writableLength > BUFFER_BYTES_MAX) this.end("event: gap\ndata: {}\n\n");
  }

  end(last = ""): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#subscription?.close();
    this.#onEnd();
    this.#response.end(last);
    // A reader that reads nothing at all does not keep its buffer forever.
    const timer = setTimeout(() => this.#response.destroy(), END_GRACE_MS);
    timer.unref();
    this.#response.once("close", () => clearTimeout(timer));
  }
}

/** JSON has no raw line breaks, so one `data:` line holds an event whatever its text. */
function runFrames(events: readonly RunEvent[], hasOutputs: boolean): string {
  let frames = "";
  for (const event of events)
    frames += `id: ${event.seq}.${event.position}\ndata: ${JSON.stringify(eventResource(event, hasOutputs))}\n\n`;
  return frames;
}

const projectFrameCaches = {
  with: new WeakMap<readonly RunEvent[], string>(),
  without: new WeakMap<readonly RunEvent[], string>(),
};

/** The same batch goes to all followers of a project, so it is written once. Only its last frame has an id, the point to resume from. */
function projectFrames(events: readonly RunEvent[], cursor: string, hasOutputs: boolean): string {
  if (events.length === 0) return "";
  const cache = projectFrameCaches[hasOutputs ? "with" : "without"];
  const known = cache.get(events);
  if (known !== undefined) return known;
  let frames = "";
  for (const [at, event] of events.entries()) {
    frames += `${at === events.length - 1 ? `id: ${cursor}\n` : ""}data: ${JSON.stringify(eventResource(event, hasOutputs))}\n\n`;
  }
  cache.set(events, frames);
  return frames;
}
