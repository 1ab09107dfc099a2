import type { Fact, RunEvent } from "@meshhook/core";
import { failpoint } from "@meshhook/journal/failpoint";
import type { Heartbeat, OwnerToken } from "@meshhook/journal";

import type { EventCursor, EventListener, ProjectListener, Subscription } from "../engine.ts";
import type { Logger } from "../logger.ts";
import type { Feed } from "./feed.ts";
import { ProjectFeed, type FeedLimits } from "./project-feed.ts";
import { RunWatch, type RunWatchSources } from "./run-watch.ts";
import { FOLLOWED_MS, SharedFeed } from "./shared-feed.ts";

export interface HubSources extends RunWatchSources {
  readonly log: Logger;
}

/** Somebody who follows a project. When a second process joins, its feed is replaced by a shared one. */
interface ProjectFollower {
  readonly listener: ProjectListener;
  subscription: Subscription;
}

/**
 * The watchers in this process. Costs a map look-up per commit when there are none.
 *
 * A project's feed is this process's own while there is no other, and shared with the others from the moment when there is one
 * (`SharedFeed`). The project is then observed here too if it is followed elsewhere.
 */
export class Hub {
  readonly #sources: HubSources;
  readonly #feedLimits: FeedLimits;
  readonly #onProjectWatched: (projectId: string) => void;
  readonly #runs = new Map<string, Set<RunWatch>>();
  readonly #feeds = new Map<string, ProjectFeed | SharedFeed>();
  readonly #followers = new Map<string, Set<ProjectFollower>>();
  readonly #gathering = new Set<Feed>();
  #token: OwnerToken | null = null;
  #hasOthers = false;

  /** `onProjectWatched`: the project's live runs must collect their events from now on. */
  constructor(sources: HubSources, feedLimits: FeedLimits, onProjectWatched: (projectId: string) => void) {
    this.#sources = sources;
    this.#feedLimits = feedLimits;
    this.#onProjectWatched = onProjectWatched;
  }

  get watchers(): number {
    let watchers = 0;
    for (const watches of this.#runs.values()) watchers += watches.size;
    for (const feed of this.#feeds.values()) watchers += feed.listeners;
    return watchers;
  }

  watchRun(projectId: string, runId: string, after: EventCursor | null, listener: EventListener): Subscription {
    const watch: RunWatch = new RunWatch(this.#sources, projectId, runId, after, listener, () => {
      const watches = this.#runs.get(runId);
      watches?.delete(watch);
      if (watches?.size === 0) this.#runs.delete(runId);
    });
    const watches = this.#runs.get(runId);
    if (watches === undefined) this.#runs.set(runId, new Set([watch]));
    else watches.add(watch);
    watch.start();
    return watch;
  }

  watchProject(projectId: string, after: string | null, listener: ProjectListener): Subscription {
    const feed = this.#feeds.get(projectId) ?? this.#open(projectId, this.#hasOthers);
    const follower: ProjectFollower = { listener, subscription: feed.follow(after, listener) };
    const followers = this.#followers.get(projectId) ?? new Set();
    this.#followers.set(projectId, followers.add(follower));
    return {
      close: () => {
        follower.subscription.close();
        followers.delete(follower);
        if (followers.size === 0 && this.#followers.get(projectId) === followers) this.#followers.delete(projectId);
      },
    };
  }

  isProjectWatched(projectId: string): boolean {
    return this.#feeds.size > 0 && this.#feeds.has(projectId);
  }

  /** A segment was committed. `events` are those of the run's own fold, when it collects them. */
  announce(projectId: string, runId: string, seq: number, facts: readonly Fact[], events: readonly RunEvent[]): void {
    if (this.#runs.size > 0) {
      const watches = this.#runs.get(runId);
      if (watches !== undefined) for (const watch of [...watches]) watch.announce(seq, facts);
    }
    if (events.length === 0) return;
    const feed = this.#feeds.get(projectId);
    if (feed === undefined) return;
    feed.gather(events);
    this.#gathering.add(feed);
  }

  /** Sends the events announced since the last call, one message per project and batch. */
  flush(): void {
    if (this.#gathering.size === 0) return;
    for (const feed of this.#gathering) feed.publish();
    this.#gathering.clear();
    failpoint("events.published");
  }

  /** This process owns shards under `token`, and learned what the heartbeat says. */
  noteBeat(token: OwnerToken, { ownersAlive, followedProjects }: Heartbeat): void {
    this.#token = token;
    this.#hasOthers = this.#sources.journal.feeds !== undefined && ownersAlive > 1;
    if (!this.#hasOthers && this.#feeds.size === 0) return;
    for (const [projectId, feed] of [...this.#feeds]) {
      if (feed instanceof SharedFeed) this.#tend(projectId, feed, followedProjects);
      else if (this.#hasOthers) this.#share(projectId);
    }
    if (!this.#hasOthers) return;
    for (const projectId of followedProjects) {
      if (this.#feeds.has(projectId)) continue;
      const feed = this.#open(projectId, true);
      // What was committed here since somebody began to follow the project has not been announced.
      if (feed instanceof SharedFeed) feed.announceGap();
    }
  }

  /** Something may have been announced in the project's feed. */
  noteAnnouncement(projectId: string): void {
    const feed = this.#feeds.get(projectId);
    if (feed instanceof SharedFeed) void feed.look();
  }

  /** Shards have come to this process. If their last owner ended without warning, nobody announced what it committed last. */
  noteClaim(): void {
    for (const feed of this.#feeds.values()) if (feed instanceof SharedFeed) feed.announceGap();
  }

  /** Resolves when everything that was announced up to now can be read by other processes, or never will be. */
  async settled(): Promise<void> {
    for (const feed of this.#feeds.values()) if (feed instanceof SharedFeed) await feed.settled();
  }

  /** This process may have missed commits (it lost its shards). */
  tellGap(): void {
    this.#token = null;
    for (const feed of this.#feeds.values()) feed.tellGap();
  }

  close(): void {
    for (const watches of this.#runs.values()) for (const watch of [...watches]) watch.close();
    for (const feed of this.#feeds.values()) if (feed instanceof SharedFeed) feed.close();
  }

  #open(projectId: string, isShared: boolean): Feed {
    const { clock, journal, log } = this.#sources;
    const feed: ProjectFeed | SharedFeed =
      isShared && journal.feeds !== undefined
        ? new SharedFeed({
            log: journal.feeds,
            clock,
            projectId,
            eventsMax: this.#feedLimits.eventsMax,
            token: () => this.#token,
            onFailure: (error) => log.debug({ projectId, error: String(error) }, "the project's feed is delayed"),
          })
        : new ProjectFeed(clock, this.#feedLimits, () => {
            if (this.#feeds.get(projectId) === feed) this.#feeds.delete(projectId);
          });
    this.#feeds.set(projectId, feed);
    this.#onProjectWatched(projectId);
    return feed;
  }

  /** Another process has joined: followers learn of a gap, because it may have committed something already. */
  #share(projectId: string): void {
    const feed = this.#open(projectId, true);
    for (const follower of this.#followers.get(projectId) ?? []) {
      follower.subscription.close();
      follower.subscription = feed.follow(CURSOR_OF_NO_FEED, follower.listener);
    }
  }

  #tend(projectId: string, feed: SharedFeed, followedProjects: readonly string[]): void {
    if (feed.listeners > 0 || followedProjects.includes(projectId)) return feed.publish();
    feed.close();
    this.#feeds.delete(projectId);
    this.#sources.journal.feeds?.trim([projectId], FOLLOWED_MS).catch(() => undefined);
  }
}

const CURSOR_OF_NO_FEED = ".0";
