import { randomBytes } from "node:crypto";

import type { Json, RunEvent } from "@meshhook/core";

import type { Clock, Timer } from "../clock.ts";
import type { ProjectListener, Subscription } from "../engine.ts";
import { weigh } from "../weigh.ts";
import type { Feed } from "./feed.ts";

/** A feed without followers is kept this long, so that a reader who lost its connection misses nothing. */
const LINGER_MS = 60_000;

/** What a feed keeps for readers who reconnect. */
export interface FeedLimits {
  readonly eventsMax: number;
  /** Estimated, in memory. */
  readonly bytesMax: number;
}

interface Batch {
  /** How many events came before this batch's end. */
  readonly end: number;
  readonly events: readonly RunEvent[];
  readonly bytes: number;
}

/**
 * The events of one project's runs in commit order, as this process commits them, while there is a reader and no other process.
 *
 * A cursor is `<feed>.<count>`: exact as long as the feed exists and still has everything after it; otherwise the reader is informed of a
 * gap.
 */
export class ProjectFeed implements Feed {
  readonly #id = randomBytes(4).toString("hex");
  readonly #clock: Clock;
  readonly #limits: FeedLimits;
  readonly #onEnd: () => void;
  readonly #listeners = new Set<ProjectListener>();
  #batches: Batch[] = [];
  #held = 0;
  #heldBytes = 0;
  #count = 0;
  #gathered: RunEvent[] = [];
  #linger: Timer | null = null;

  constructor(clock: Clock, limits: FeedLimits, onEnd: () => void) {
    this.#clock = clock;
    this.#limits = limits;
    this.#onEnd = onEnd;
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  follow(after: string | null, listener: ProjectListener): Subscription {
    if (this.#linger !== null) this.#clock.clearTimer(this.#linger);
    this.#linger = null;
    const missed = this.#since(after);
    this.#listeners.add(listener);
    // The first message is sent at once, so that the reader has a cursor to resume from even if nothing happens.
    listener({ events: missed.events, cursor: this.#cursor(), gap: missed.gap });
    return {
      close: () => {
        if (!this.#listeners.delete(listener) || this.#listeners.size > 0) return;
        this.#linger = this.#clock.setTimer(this.#onEnd, LINGER_MS);
        this.#linger.unref();
      },
    };
  }

  gather(events: readonly RunEvent[]): void {
    for (const event of events) this.#gathered.push(event);
  }

  publish(): void {
    const events = this.#gathered;
    if (events.length === 0) return;
    this.#gathered = [];
    this.#count += events.length;
    let bytes = 0;
    for (const event of events) bytes += weigh(event as unknown as Json).heap;
    this.#held += events.length;
    this.#heldBytes += bytes;
    this.#batches.push({ end: this.#count, events, bytes });
    while (
      (this.#held > this.#limits.eventsMax || this.#heldBytes > this.#limits.bytesMax) &&
      this.#batches.length > 0
    ) {
      const oldest = this.#batches.shift();
      this.#held -= oldest?.events.length ?? 0;
      this.#heldBytes -= oldest?.bytes ?? 0;
    }
    const message = { events, cursor: this.#cursor(), gap: false };
    for (const listener of this.#listeners) listener(message);
  }

  /** Every reader is informed. */
  tellGap(): void {
    this.#batches = [];
    this.#held = 0;
    this.#heldBytes = 0;
    this.#count++;
    const message = { events: [], cursor: this.#cursor(), gap: true };
    for (const listener of this.#listeners) listener(message);
  }

  #cursor(): string {
    return `${this.#id}.${this.#count}`;
  }

  #since(after: string | null): { readonly events: RunEvent[]; readonly gap: boolean } {
    if (after === null) return { events: [], gap: false };
    const [id, text] = after.split(".");
    const seen = Number(text);
    const start = this.#count - this.#held;
    if (id !== this.#id || !Number.isSafeInteger(seen) || seen < start || seen > this.#count)
      return { events: [], gap: true };
    const events: RunEvent[] = [];
    for (const batch of this.#batches) {
      if (batch.end > seen) events.push(...batch.events.slice(Math.max(0, batch.events.length - (batch.end - seen))));
    }
    return { events, gap: false };
  }
}
