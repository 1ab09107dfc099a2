import type { Announced, FeedLog, FeedPosition } from "../feed-log.ts";
import type { OwnerToken } from "../journal.ts";
import type { Connections } from "./connections.ts";
import { queries } from "./queries.ts";

/** Announcements read at a time; each has a megabyte of text at most, or one event. */
const READ_MAX = 16;

/** Feeds in two small tables without a write-ahead log. */
export class PostgresFeedLog implements FeedLog {
  readonly #connections: Connections;

  constructor(connections: Connections) {
    this.#connections = connections;
  }

  async follow(projectId: string, ttlMs: number): Promise<FeedPosition & { readonly isNew: boolean }> {
    const values = [projectId, ttlMs];
    const found = await this.#connections.read<FeedColumns>("follow a project", queries["follow-feed"], values);
    const feed = found.rows[0];
    if (feed === undefined) throw new Error(`The feed of project ${projectId} was not returned by its own insert`);
    // A hint: others see it with their next heartbeat.
    await this.#connections.read("hint at a feed", queries["announce-owners"], []).catch(() => undefined);
    return { feed: feed.id, number: feed.number, isNew: feed.is_new };
  }

  async announce(token: OwnerToken, projectId: string, events: string | null): Promise<void> {
    await this.#connections.transaction("announce events", (runner) =>
      runner.query(queries["announce-events"], [token, projectId, events]),
    );
  }

  async read(projectId: string, after: FeedPosition): Promise<Announced | null> {
    const values = [projectId, after.number, READ_MAX];
    const found = await this.#connections.read<AnnouncementColumns>(
      "read announcements",
      queries["read-announcements"],
      values,
    );
    const [first] = found.rows;
    if (first === undefined) return null;
    const feed = first.id;
    if (feed !== after.feed || after.number > first.last_number)
      return { announcements: [], end: { feed, number: first.last_number }, isGap: true, isAll: true };
    const announcements = found.rows.flatMap(({ number, events }) =>
      number === null ? [] : [{ position: { feed, number }, events }],
    );
    const end = announcements.at(-1)?.position ?? { feed, number: first.last_number };
    return {
      announcements,
      end,
      isGap: (first.number ?? first.last_number + 1) !== after.number + 1,
      isAll: announcements.length < READ_MAX,
    };
  }

  async trim(projectIds: readonly string[], keptMs: number): Promise<void> {
    for (const projectId of projectIds)
      await this.#connections.read("trim a feed", queries["trim-announcements"], [projectId, keptMs]);
    await this.#connections.read("remove feeds", queries["remove-feeds"], []);
  }
}

interface FeedColumns {
  readonly id: string;
  readonly number: number;
  readonly is_new: boolean;
}

interface AnnouncementColumns {
  readonly id: string;
  readonly last_number: number;
  readonly number: number | null;
  readonly events: string | null;
}
