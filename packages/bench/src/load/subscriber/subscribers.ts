import { readFile } from "node:fs/promises";
import { Child } from "../child/child.ts";
import type { StreamCounts, SubscriberCommand, SubscriberMessage } from "./protocol.ts";

export interface StreamReport extends StreamCounts {
  /** When each run's last line reached the first subscriber, in Unix microseconds. */
  readonly lastLineUs: ReadonlyMap<string, number>;
}

/** Viewers of a project's live log, in a process of their own. */
export class Subscribers {
  readonly pid: number;
  readonly #child: Child<SubscriberCommand, SubscriberMessage>;

  private constructor(child: Child<SubscriberCommand, SubscriberMessage>) {
    this.#child = child;
    this.pid = child.pid;
  }

  /** Opens `count` streams and resolves when the server has accepted all of them. */
  static async start(options: {
    readonly meshhookUrl: string;
    readonly apiKey: string;
    readonly count: number;
  }): Promise<Subscribers> {
    const child = await Child.start<SubscriberCommand, SubscriberMessage>(
      new URL("./process.ts", import.meta.url),
      "subscriber",
    );
    await child.next("ready");
    const failed = child.next("failed").then(({ message }) => {
      throw new Error(message);
    });
    const subscribed = child.next("subscribed");
    child.send({
      kind: "subscribe",
      url: `${options.meshhookUrl}/api/v1/events`,
      apiKey: options.apiKey,
      subscribers: options.count,
    });
    try {
      await Promise.race([subscribed, failed]);
    } catch (error) {
      await child.stop();
      throw error;
    }
    failed.catch(() => undefined);
    return new Subscribers(child);
  }

  /**
   * Ends the streams and tells what they saw, once all of them together have seen `ends` runs end or the time is up; `path` is where
   * the last lines are kept.
   */
  async finish(path: string, awaited: { readonly ends: number; readonly timeoutMs: number }): Promise<StreamReport> {
    const reported = this.#child.next("reported");
    this.#child.send({ kind: "report", path, ...awaited });
    const counts = await reported;
    await this.stop();
    const text = await readFile(path, "utf8");
    const lastLineUs = new Map<string, number>();
    for (const line of text === "" ? [] : text.split("\n")) {
      const [runId = "", atUs = ""] = line.split("\t");
      lastLineUs.set(runId, Number(atUs));
    }
    return { ...counts, lastLineUs };
  }

  stop(): Promise<void> {
    return this.#child.stop();
  }
}
