import { parseJsonExactly, type RunEvent } from "@meshhook/core";
import type { FeedLog, FeedPosition, OwnerToken } from "@meshhook/journal";

import { repeat, sleep, type Clock } from "../clock.ts";
import type { ProjectListener, Subscription } from "../engine.ts";
import type { Feed } from "./feed.ts";

/** A feed without followers goes on this long, in every process, so that a reader who lost its connection misses nothing. */
export const FOLLOWED_MS = 60_000;
const RENEW_MS = 20_000;
/** How often the log is read without a hint. Only while there is a follower. */
const LOOK_MS = 500;
/** The text of one announcement, unless a single event is longer. */
const CHARACTERS_MAX = 1_000_000;

export interface SharedFeedOptions {
  readonly log: FeedLog;
  readonly clock: Clock;
  readonly projectId: string;
  /** Events that wait to be announced; beyond it they are dropped, and a gap is announced. */
  readonly eventsMax: number;
  /** The owner in whose name this process announces; null while it has none. */
  readonly token: () => OwnerToken | null;
  readonly onFailure: (error: unknown) => void;
}

interface Follower {
  readonly listener: ProjectListener;
  /** What it has been told; null before the first message. */
  position: FeedPosition | null;
  isClosed: boolean;
}

/**
 * A project's events with several processes: each announces what it commits in a log that all of them read (`FeedLog`), so that a follower
 * gets the same events with the same cursors from whichever process it asks, and can resume at any other.
 *
 * A cursor is `<feed>.<number>` of an announcement. There is a gap where a process ended between a commit and its announcement, or could
 * not announce: whoever takes shards over announces one, because it cannot know.
 */
export class SharedFeed implements Feed {
  readonly #options: SharedFeedOptions;
  readonly #followers = new Set<Follower>();
  /** Those that have been told everything up to `#position`. */
  readonly #current = new Set<Follower>();
  #position: FeedPosition = NOWHERE;
  #opening: Promise<void> | null = null;
  #waiting: RunEvent[] = [];
  /** Whether what this process commits is announced, from a point that readers know. */
  #hasBegun = false;
  #mustAnnounceGap = false;
  #announcing: Promise<void> | null = null;
  #looking: Promise<void> | null = null;
  #mustLookAgain = false;
  /** Stop what is done regularly while there are followers. */
  #stops: readonly (() => void)[] = [];

  constructor(options: SharedFeedOptions) {
    this.#options = options;
  }

  get listeners(): number {
    return this.#followers.size;
  }

  follow(after: string | null, listener: ProjectListener): Subscription {
    const follower: Follower = { listener, position: after === null ? null : positionOf(after), isClosed: false };
    this.#followers.add(follower);
    void this.#join(follower);
    return {
      close: () => {
        follower.isClosed = true;
        this.#current.delete(follower);
        if (this.#followers.delete(follower) && this.#followers.size === 0) this.#rest();
      },
    };
  }

  gather(events: readonly RunEvent[]): void {
    if (this.#waiting.length + events.length > this.#options.eventsMax) this.tellGap();
    else for (const event of events) this.#waiting.push(event);
  }

  publish(): void {
    this.#announcing ??= this.#announceAll().finally(() => {
      this.#announcing = null;
      if (this.#waiting.length > 0) this.publish();
    });
  }

  tellGap(): void {
    this.#waiting = [];
    this.#mustAnnounceGap = true;
  }

  /** Somebody, not necessarily this process, may have committed events without announcing them. */
  announceGap(): void {
    this.#hasBegun = true;
    this.#mustAnnounceGap = true;
    this.publish();
  }

  /** Resolves when everything gathered so far is announced, or could not be. */
  async settled(): Promise<void> {
    while (this.#announcing !== null) await this.#announcing;
  }

  /** Something may have been announced. Resolves when it has been read, or could not be. */
  look(): Promise<void> {
    if (this.#current.size === 0) return Promise.resolve();
    return this.#read();
  }

  close(): void {
    for (const follower of this.#followers) follower.isClosed = true;
    this.#followers.clear();
    this.#current.clear();
    this.#rest();
  }

  // Following ------------------------------------------------------------------------------------------------------------

  async #join(follower: Follower): Promise<void> {
    while (!follower.isClosed) {
      try {
        await (this.#opening ??= this.#open());
        await this.#catchUp(follower);
        return;
      } catch (error) {
        this.#options.onFailure(error);
        await sleep(this.#options.clock, LOOK_MS);
      }
    }
  }

  /** From now on the project is followed, in every process. */
  async #open(): Promise<void> {
    const { clock, log, projectId } = this.#options;
    try {
      const { isNew, ...end } = await log.follow(projectId, FOLLOWED_MS);
      this.#position = end;
      // In a feed that others follow already, this process has been missing.
      if (!isNew && !this.#hasBegun) this.announceGap();
      this.#hasBegun = true;
    } catch (error) {
      this.#opening = null;
      throw error;
    }
    if (this.#stops.length > 0 || this.#followers.size === 0) return;
    this.#stops = [repeat(clock, LOOK_MS, () => void this.look()), repeat(clock, RENEW_MS, () => void this.#renew())];
  }

  async #renew(): Promise<void> {
    const { log, onFailure, projectId } = this.#options;
    try {
      await log.follow(projectId, FOLLOWED_MS);
      await log.trim([projectId], FOLLOWED_MS);
    } catch (error) {
      onFailure(error);
    }
  }

  /** Nobody follows here any more. What this process commits is still announced, as long as the feed is there. */
  #rest(): void {
    for (const stop of this.#stops) stop();
    this.#stops = [];
    this.#opening = null;
  }

  /** Tells a follower what the others have been told; from then on it is one of them. */
  async #catchUp(follower: Follower): Promise<void> {
    const { log, projectId } = this.#options;
    const told = follower.position;
    while (follower.position !== null && !isSame(follower.position, this.#position)) {
      // Its cursor may come from a process that has read more.
      if (isAhead(follower.position, this.#position)) await this.#read();
      if (isSame(follower.position, this.#position)) break;
      const found = await log.read(projectId, follower.position);
      if (follower.isClosed) return;
      const known = found?.announcements.filter(({ position }) => !isAhead(position, this.#position)) ?? [];
      if (found === null || found.isGap || known.length === 0) tell([follower], this.#position, null);
      else for (const { position, events } of known) tell([follower], position, eventsOf(events));
    }
    if (follower.isClosed) return;
    // A cursor to resume from, even if nothing happens.
    if (follower.position === told) tell([follower], this.#position, NO_EVENTS);
    this.#current.add(follower);
    void this.look();
  }

  /** Reads up to the end and tells all followers. Never rejects. */
  #read(): Promise<void> {
    this.#mustLookAgain = true;
    this.#looking ??= this.#readOn().finally(() => {
      this.#looking = null;
      if (this.#mustLookAgain) void this.#read();
    });
    return this.#looking;
  }

  async #readOn(): Promise<void> {
    const { log, onFailure, projectId } = this.#options;
    try {
      while (this.#mustLookAgain) {
        this.#mustLookAgain = false;
        const found = await log.read(projectId, this.#position);
        if (found === null) {
          // The database server crashed, and the feed with it: it is made again.
          await this.#open();
          tell(this.#current, this.#position, null);
          continue;
        }
        this.#position = found.end;
        if (found.isGap) tell(this.#current, found.announcements[0]?.position ?? found.end, null);
        for (const { position, events } of found.announcements) tell(this.#current, position, eventsOf(events));
        this.#mustLookAgain ||= !found.isAll;
      }
    } catch (error) {
      onFailure(error);
    }
  }

  // Announcing -----------------------------------------------------------------------------------------------------------

  /** Never rejects. After a failure the rest is given up, and the next announcement says so. */
  async #announceAll(): Promise<void> {
    const { log, onFailure, projectId, token } = this.#options;
    // What one turn of the event loop commits goes together.
    await Promise.resolve();
    try {
      for (let owner = token(); this.#mustAnnounceGap || this.#waiting.length > 0; owner = token()) {
        if (owner === null) return this.tellGap();
        if (this.#mustAnnounceGap) {
          this.#mustAnnounceGap = false;
          await log.announce(owner, projectId, null);
        } else {
          await log.announce(owner, projectId, this.#take());
        }
      }
    } catch (error) {
      this.tellGap();
      onFailure(error);
    }
  }

  /** The next waiting events as JSON. */
  #take(): string {
    const texts: string[] = [];
    let characters = 0;
    for (const event of this.#waiting) {
      const text = JSON.stringify(event);
      characters += text.length;
      if (texts.length > 0 && characters > CHARACTERS_MAX) break;
      texts.push(text);
    }
    this.#waiting = this.#waiting.slice(texts.length);
    return `[${texts.join(",")}]`;
  }
}

const NO_EVENTS: readonly RunEvent[] = [];
const NOWHERE: FeedPosition = { feed: "", number: 0 };

/** `events` null: a gap. */
function tell(followers: Iterable<Follower>, position: FeedPosition, events: readonly RunEvent[] | null): void {
  const message = { events: events ?? NO_EVENTS, cursor: `${position.feed}.${position.number}`, gap: events === null };
  for (const follower of [...followers]) {
    follower.position = position;
    follower.listener(message);
  }
}

function eventsOf(text: string | null): readonly RunEvent[] | null {
  return text === null ? null : (parseJsonExactly(text) as unknown as readonly RunEvent[]);
}

function positionOf(cursor: string): FeedPosition {
  const [feed = "", number = ""] = cursor.split(".");
  return { feed, number: /^\d{1,15}$/.test(number) ? Number(number) : 0 };
}

function isSame(one: FeedPosition, other: FeedPosition): boolean {
  return one.feed === other.feed && one.number === other.number;
}

function isAhead(one: FeedPosition, other: FeedPosition): boolean {
  return one.feed === other.feed && one.number > other.number;
}
