import type { EventResource, ProjectStreamMessage } from "@meshhook/contract";

/** A listener for the events of the project. */
export interface EventListener {
  /** The events since the last call, oldest first. At most four calls a second, however many events there are. */
  onEvents(events: readonly EventResource[]): void;
  /** Events may have been missed, so read the shown data again. */
  onGap(): void;
}

export interface EventHubOptions {
  readonly follow: (options: { readonly signal: AbortSignal }) => AsyncIterable<ProjectStreamMessage>;
  /** The server refused the stream permanently, for example because the session ended. */
  readonly onRefused: (failure: unknown) => void;
}

const DELIVERY_MS = 250;
/** More than this between two calls are not reported individually; listeners read again instead. */
const EVENTS_HELD_MAX = 2_000;

/**
 * One stream of the project's events for the whole tab.
 *
 * Open while there is a listener and the tab is visible, because browsers allow six connections to one server over all tabs.
 */
export class EventHub {
  readonly #options: EventHubOptions;
  readonly #listeners = new Set<EventListener>();
  #held: EventResource[] = [];
  #hasGap = false;
  #delivery: ReturnType<typeof setTimeout> | undefined;
  #stream: AbortController | null = null;
  #isAsleep = false;

  constructor(options: EventHubOptions) {
    this.#options = options;
  }

  /** @returns a function that ends it. */
  subscribe(listener: EventListener): () => void {
    this.#listeners.add(listener);
    this.#openOrClose();
    return () => {
      this.#listeners.delete(listener);
      this.#openOrClose();
    };
  }

  /** Closes the connection while the tab is hidden. */
  sleep(): void {
    this.#isAsleep = true;
    this.#openOrClose();
  }

  wake(): void {
    if (!this.#isAsleep) return;
    this.#isAsleep = false;
    this.#openOrClose();
    this.#hold({ kind: "gap" });
  }

  #openOrClose(): void {
    const isWanted = this.#listeners.size > 0 && !this.#isAsleep;
    if (isWanted && this.#stream === null) {
      this.#stream = new AbortController();
      void this.#read(this.#stream.signal);
    } else if (!isWanted && this.#stream !== null) {
      this.#stream.abort();
      this.#stream = null;
      this.#forget();
    }
  }

  async #read(signal: AbortSignal): Promise<void> {
    try {
      for await (const message of this.#options.follow({ signal })) {
        if (signal.aborted) return;
        this.#hold(message);
      }
    } catch (failure) {
      if (!signal.aborted) this.#options.onRefused(failure);
    }
  }

  #hold(message: ProjectStreamMessage): void {
    if (this.#listeners.size === 0) return;
    if (message.kind === "event") this.#held.push(message.event);
    if (message.kind === "gap" || this.#held.length > EVENTS_HELD_MAX) {
      this.#held = [];
      this.#hasGap = true;
    }
    this.#delivery ??= setTimeout(() => this.#deliver(), DELIVERY_MS);
  }

  #deliver(): void {
    const events = this.#held;
    const hasGap = this.#hasGap;
    this.#forget();
    for (const listener of this.#listeners) {
      if (hasGap) listener.onGap();
      if (events.length > 0) listener.onEvents(events);
    }
  }

  #forget(): void {
    clearTimeout(this.#delivery);
    this.#delivery = undefined;
    this.#held = [];
    this.#hasGap = false;
  }
}
