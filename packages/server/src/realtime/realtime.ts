import type { Catalog } from "@meshhook/journal";
import type { Engine, Logger, Subscription } from "@meshhook/runtime";
import { Counter, type Registry } from "prom-client";

import { WaitingEvents, type RealtimePayload } from "./waiting-events.ts";

/** Where events are broadcast: Supabase Realtime, or what speaks like it. */
export interface RealtimeTarget {
  /** Such as `https://<project>.supabase.co/realtime/v1`. */
  readonly url: string;
  /** A secret key of the project (`service_role`). */
  readonly key: string;
}

/** The name of the broadcast event. */
const REALTIME_EVENT = "run_events";

/** Events of this time go together. */
const INTERVAL_MS = 250;
const ANSWER_MS_MAX = 5_000;
const PAUSE_MS = { first: 1_000, last: 30_000 };
/** Messages of one request. */
const MESSAGES_MAX = 20;

interface Following {
  readonly waiting: WaitingEvents;
  readonly subscription: Subscription;
}

interface Message {
  readonly topic: string;
  readonly event: string;
  readonly private: true;
  readonly payload: RealtimePayload;
}

/**
 * Broadcasts the events of projects over Supabase Realtime, each project to the private channel `meshhook:<project id>`.
 *
 * The process that owns a project's home shard follows its event stream, as a browser would, and sends what it reads. So each event is sent
 * by one process, with the cursor that the stream has for it. Nothing waits for Realtime: what cannot be sent is dropped, and a gap is told.
 */
export class Realtime {
  readonly #engine: Engine;
  readonly #catalog: Pick<Catalog, "listProjects">;
  readonly #target: RealtimeTarget;
  readonly #log: Logger;
  readonly #followed = new Map<string, Following>();
  readonly #counts = { sent: 0, dropped: 0 };
  readonly #timer: NodeJS.Timeout;
  readonly #watch: Subscription;
  readonly #closing = new AbortController();
  #projectIds: readonly string[] = [];
  #sending: Promise<void> | null = null;
  #pauseMs = 0;
  #pausedUntil = 0;

  constructor(sources: {
    readonly engine: Engine;
    readonly catalog: Pick<Catalog, "listProjects">;
    readonly target: RealtimeTarget;
    readonly log: Logger;
  }) {
    this.#engine = sources.engine;
    this.#catalog = sources.catalog;
    this.#target = sources.target;
    this.#log = sources.log;
    this.#watch = this.#engine.watchCatalog(() => void this.#readProjects());
    void this.#readProjects();
    this.#timer = setInterval(() => this.#tick(), INTERVAL_MS);
    this.#timer.unref();
  }

  registerMetrics(registry: Registry): void {
    const counts = this.#counts;
    new Counter({
      name: "meshhook_realtime_events_total",
      help: "Events for Supabase Realtime: sent, or dropped, which followers are told",
      labelNames: ["outcome"],
      registers: [registry],
      collect() {
        this.reset();
        for (const [outcome, count] of Object.entries(counts)) this.inc({ outcome }, count);
      },
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#watch.close();
    for (const { subscription } of this.#followed.values()) subscription.close();
    this.#followed.clear();
    this.#closing.abort();
    await this.#sending;
  }

  async #readProjects(): Promise<void> {
    try {
      this.#projectIds = (await this.#catalog.listProjects()).map(({ id }) => id);
    } catch (error) {
      this.#log.debug({ error: String(error) }, "the projects cannot be read; those known are broadcast");
    }
  }

  #tick(): void {
    for (const [projectId, { subscription }] of this.#followed) {
      if (this.#engine.isHomeOf(projectId)) continue;
      subscription.close();
      this.#followed.delete(projectId);
    }
    for (const projectId of this.#projectIds)
      if (!this.#followed.has(projectId) && this.#engine.isHomeOf(projectId)) this.#follow(projectId);
    if (this.#sending !== null || performance.now() < this.#pausedUntil) return;
    this.#sending = this.#sendAll().finally(() => (this.#sending = null));
  }

  #follow(projectId: string): void {
    const waiting = new WaitingEvents((events) => (this.#counts.dropped += events));
    this.#followed.set(projectId, {
      waiting,
      subscription: this.#engine.watchProject(projectId, null, waiting.listen),
    });
  }

  /** Never rejects. */
  async #sendAll(): Promise<void> {
    for (;;) {
      const taken: { readonly waiting: WaitingEvents; readonly message: Message }[] = [];
      for (const [projectId, { waiting }] of this.#followed) {
        const payload = taken.length < MESSAGES_MAX ? waiting.take() : null;
        if (payload === null) continue;
        taken.push({
          waiting,
          message: { topic: `meshhook:${projectId}`, event: REALTIME_EVENT, private: true, payload },
        });
      }
      if (taken.length === 0) return;
      try {
        await this.#send(taken.map(({ message }) => message));
      } catch (error) {
        // Whether it arrived or not: followers hear of a gap, and look.
        for (const { waiting, message } of taken) waiting.drop(message.payload.events.length);
        return this.#pause(error);
      }
      for (const { message } of taken) this.#counts.sent += message.payload.events.length;
      if (this.#pauseMs > 0) this.#log.info({}, "events are broadcast over Supabase Realtime again");
      this.#pauseMs = 0;
    }
  }

  async #send(messages: readonly Message[]): Promise<void> {
    const { url, key } = this.#target;
    const response = await fetch(`${url.replace(/\/+$/, "")}/api/broadcast`, {
      method: "POST",
      redirect: "error",
      headers: { "content-type": "application/json", apikey: key, authorization: `Bearer ${key}` },
      body: JSON.stringify({ messages }),
      signal: AbortSignal.any([this.#closing.signal, AbortSignal.timeout(ANSWER_MS_MAX)]),
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`Supabase Realtime answered ${response.status}`);
  }

  #pause(error: unknown): void {
    if (this.#closing.signal.aborted) return;
    if (this.#pauseMs === 0)
      this.#log.warn(
        { error: reasonOf(error) },
        "cannot broadcast events over Supabase Realtime; they are dropped until it answers again",
      );
    this.#pauseMs = this.#pauseMs === 0 ? PAUSE_MS.first : Math.min(this.#pauseMs * 2, PAUSE_MS.last);
    this.#pausedUntil = performance.now() + this.#pauseMs;
  }
}

/** `fetch` says "fetch failed" and keeps the reason one level down. */
function reasonOf(error: unknown): string {
  return error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
}
