import type { Fact, RunEvent } from "@meshhook/core";
import { failpoint } from "@meshhook/journal/failpoint";

import type { EventCursor, EventListener, ProjectListener, Subscription } from "../engine.ts";
import { ProjectFeed, type FeedLimits } from "./project-feed.ts";
import { RunWatch, type RunWatchSources } from "./run-watch.ts";

/** The watchers in this process. Costs a map look-up per commit when there are none. */
export class Hub {
  readonly #sources: RunWatchSources;
  readonly #feedLimits: FeedLimits;
  readonly #onProjectWatched: (projectId: string) => void;
  readonly #runs = new Map<string, Set<RunWatch>>();
  readonly #feeds = new Map<string, ProjectFeed>();
  readonly #gathering = new Set<ProjectFeed>();

  /** `onProjectWatched`: the project's live runs must collect their events from now on. */
  constructor(sources: RunWatchSources, feedLimits: FeedLimits, onProjectWatched: (projectId: string) => void) {
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
    let feed = this.#feeds.get(projectId);
    if (feed === undefined) {
      feed = new ProjectFeed(this.#sources.clock, this.#feedLimits, () => this.#feeds.delete(projectId));
      this.#feeds.set(projectId, feed);
      this.#onProjectWatched(projectId);
    }
    return feed.follow(after, listener);
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

  /** This process may have missed commits (it lost its shards). */
  tellGap(): void {
    for (const feed of this.#feeds.values()) feed.tellGap();
  }

  close(): void {
    for (const watches of this.#runs.values()) for (const watch of [...watches]) watch.close();
  }
}
