import { parseJsonExactly } from "@meshhook/core";
import { createParser, type EventSourceMessage } from "eventsource-parser";
import type { EventResource } from "./schema/run.ts";

/** What a run's stream contains. After `end` nothing follows. */
export type RunStreamMessage =
  { readonly kind: "event"; readonly id: string; readonly event: EventResource } | { readonly kind: "end" };

/** What a project's stream contains. `gap`: events may have been missed; look runs up by the API. */
export type ProjectStreamMessage =
  { readonly kind: "event"; readonly id: string | null; readonly event: EventResource } | { readonly kind: "gap" };

/** One message with the id that resumes after it. */
export interface StreamMessage {
  readonly id: string | null;
  /** Null: an id without a message, from a project where nothing has happened yet. */
  readonly message:
    | { readonly kind: "event"; readonly event: EventResource }
    | { readonly kind: "end" }
    | { readonly kind: "gap" }
    | null;
}

/** The longest single message a stream may send; a server that sends more is not MeshHook. */
const MESSAGE_CHARACTERS_MAX = 64 * 1_048_576;

/** Reads one connection's server-sent events until it ends. Comments (heartbeats) are left out. */
export async function* readEventStream(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamMessage> {
  let messages: StreamMessage[] = [];
  let idAlone: string | null = null;
  const parser = createParser({
    maxBufferSize: MESSAGE_CHARACTERS_MAX,
    // The parser reports an id right before the message it belongs to; an id that is followed by anything else came alone.
    onId: (id) => {
      if (idAlone !== null) messages.push({ id: idAlone, message: null });
      idAlone = id;
    },
    onEvent: (message) => {
      if (idAlone !== null && message.id !== idAlone) messages.push({ id: idAlone, message: null });
      idAlone = null;
      messages.push({ id: message.id ?? null, message: contentOf(message) });
    },
    onError: (error) => {
      if (error.type === "max-buffer-size-exceeded") throw error;
    },
  });
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      parser.feed(decoder.decode(value, { stream: true }));
      if (idAlone !== null) messages.push({ id: idAlone, message: null });
      idAlone = null;
      const ready = messages;
      messages = [];
      yield* ready;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function contentOf(message: EventSourceMessage): StreamMessage["message"] {
  if (message.event === "end") return { kind: "end" };
  if (message.event === "gap") return { kind: "gap" };
  return { kind: "event", event: parseJsonExactly(message.data) as EventResource };
}
