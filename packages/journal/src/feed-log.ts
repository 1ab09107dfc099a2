import type { OwnerToken } from "./journal.ts";

/**
 * Where the owners of shards announce committed events to each other, for projects that somebody follows.
 *
 * Announcements of a project have one order, the same for every process, and numbers without gaps. They say nothing that the journal does not
 * say, they are kept for minutes, and they may be lost all at once; whoever reads is then told of a gap.
 */
export interface FeedLog {
  /** Notes for `ttlMs` from now that somebody follows the project, and hints at it. Gives the feed's end; `isNew`: nobody followed it before. */
  follow(projectId: string, ttlMs: number): Promise<FeedPosition & { readonly isNew: boolean }>;

  /**
   * Adds events, as the text of a JSON array, or null where events may be missing. Does nothing if the owner is no longer registered or
   * nobody follows the project. After the owner was removed by another, nothing of it is added any more.
   */
  announce(token: OwnerToken, projectId: string, events: string | null): Promise<void>;

  /** The next announcements after a position. Null if the feed does not exist any more. */
  read(projectId: string, after: FeedPosition): Promise<Announced | null>;

  /** Removes what is older than `keptMs`, and feeds that nobody follows. */
  trim(projectIds: readonly string[], keptMs: number): Promise<void>;
}

/** After so many announcements of a feed. */
export interface FeedPosition {
  readonly feed: string;
  readonly number: number;
}

export interface Announced {
  /** In the order of their numbers; the last one is at `end`. */
  readonly announcements: readonly { readonly position: FeedPosition; readonly events: string | null }[];
  readonly end: FeedPosition;
  /** True when something between the position given and the first announcement is not there any more. */
  readonly isGap: boolean;
  /** True when there are no further ones now. */
  readonly isAll: boolean;
}
