import { readFile } from "node:fs/promises";
import { Child } from "../child/child.ts";
import type { StreamCounts, SubscriberCommand, SubscriberMessage } from "./protocol.ts";

/** What one viewer saw of one run. */
export interface StreamView {
  readonly viewer: number;
  readonly runId: string;
  /** Places where the run's lines skip a position, the first included. */
  readonly gaps: number;
  readonly duplicates: number;
  readonly misordered: number;
  /** When the run's last line arrived, in Unix microseconds; null when it never did. */
  readonly endUs: number | null;
}

export interface StreamReport extends StreamCounts {
  readonly views: readonly StreamView[];
  /** When each run's last line reached the first viewer, in Unix microseconds. */
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
   * the views are kept.
   */
  async finish(path: string, awaited: { readonly ends: number; readonly timeoutMs: number }): Promise<StreamReport> {
    const reported = this.#child.next("reported");
    this.#child.send({ kind: "report", path, ...awaited });
    const counts = await reported;
    await this.stop();
    const text = await readFile(path, "utf8");
    const views = (text === "" ? [] : text.split("\n")).map((line): StreamView => {
      const [viewer = "", runId = "", gaps = "", duplicates = "", misordered = "", endUs = ""] = line.split("\t");
      return {
        viewer: Number(viewer),
        runId,
        gaps: Number(gaps),
        duplicates: Number(duplicates),
        misordered: Number(misordered),
        endUs: endUs === "" ? null : Number(endUs),
      };
    });
    const lastLineUs = new Map(
      views.flatMap(({ viewer, runId, endUs }) => (viewer === 0 && endUs !== null ? [[runId, endUs] as const] : [])),
    );
    return { ...counts, views, lastLineUs };
  }

  /** The subscribers' clock, in Unix microseconds. */
  readClock(): Promise<number> {
    return this.#child.readClock();
  }

  stop(): Promise<void> {
    return this.#child.stop();
  }
}
