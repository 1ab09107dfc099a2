import type { EventResource } from "@meshhook/contract";
import type { RunEvent } from "@meshhook/core";
import type { ProjectListener } from "@meshhook/runtime";

import { eventResource } from "../api/resources.ts";

/** Events of one project that wait to be sent; beyond it they are dropped, and a gap is told instead. */
const EVENTS_MAX = 5_000;
/** Text of one message. Realtime refuses larger ones, from 256 kB on with its smallest plan. */
const CHARACTERS_MAX = 200_000;

/** What one message contains: what the project's event stream has, several events at a time. */
export interface RealtimePayload {
  readonly events: readonly EventResource[];
  /** The id in the project's event stream from which to go on after these events; null where more of them are on their way. */
  readonly cursor: string | null;
  /** Events before these may be missing; look the runs up through the API. */
  readonly gap: boolean;
}

/** What is still to be told of a project, in the order of its event stream. */
export class WaitingEvents {
  #batches: { readonly events: readonly RunEvent[]; readonly cursor: string }[] = [];
  /** Events of the first batch that are sent. */
  #sent = 0;
  #held = 0;
  /** A process that begins to send does not know what was missed before. */
  #isGap = true;
  #cursor: string | null = null;
  readonly #onDropped: (events: number) => void;

  constructor(onDropped: (events: number) => void) {
    this.#onDropped = onDropped;
  }

  readonly listen: ProjectListener = ({ events, cursor, gap }) => {
    if (gap || this.#held + events.length > EVENTS_MAX) this.drop(events.length);
    else if (events.length > 0) {
      this.#batches.push({ events, cursor });
      this.#held += events.length;
    }
    this.#cursor = cursor;
  };

  /** Gives up what waits, and so many events beside it. */
  drop(more: number): void {
    this.#onDropped(this.#held + more);
    this.#batches = [];
    this.#sent = this.#held = 0;
    this.#isGap = true;
  }

  /** The next message; null: there is nothing to tell. */
  take(): RealtimePayload | null {
    const gap = this.#isGap;
    if (this.#cursor === null || (!gap && this.#held === 0)) return null;
    this.#isGap = false;
    const events: EventResource[] = [];
    let cursor = this.#batches.length === 0 ? this.#cursor : null;
    let characters = 0;
    for (let [batch] = this.#batches; batch !== undefined; [batch] = this.#batches) {
      for (const event of batch.events.slice(this.#sent)) {
        const resource = eventResource(event, false);
        characters += JSON.stringify(resource).length;
        if (events.length > 0 && characters > CHARACTERS_MAX) return { events, cursor, gap };
        events.push(resource);
        this.#sent += 1;
        this.#held -= 1;
        cursor = null;
      }
      this.#batches.shift();
      this.#sent = 0;
      cursor = batch.cursor;
    }
    return { events, cursor, gap };
  }
}
