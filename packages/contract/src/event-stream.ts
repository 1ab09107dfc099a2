import { EventSourceParserStream } from "eventsource-parser/stream";
import type { EventResource } from "./schema/run.ts";

/** What a run's stream gives. After `end` nothing follows. */
export type RunStreamMessage =
  { readonly kind: "event"; readonly id: string; readonly event: EventResource } | { readonly kind: "end" };

/** What a project's stream gives. `gap`: events may have been missed; look runs up by the API. */
export type ProjectStreamMessage =
  { readonly kind: "event"; readonly id: string | null; readonly event: EventResource } | { readonly kind: "gap" };

export type StreamMessage = RunStreamMessage | ProjectStreamMessage;

/** The longest single message a stream may send; a server that sends more is not MeshHook. */
const MESSAGE_CHARACTERS_MAX = 64 * 1_048_576;

/**
 * Reads one connection's server-sent events until it ends. Comments (heartbeats) are left out.
 *
 * @param onIdOnly  Called with an id that came without a message: where to come back when nothing has happened yet.
 */
export async function* readEventStream(
  body: ReadableStream<Uint8Array>,
  onIdOnly: (id: string) => void = () => undefined,
): AsyncGenerator<StreamMessage> {
  const decoder = new TextDecoderStream() as {
    readonly readable: ReadableStream<string>;
    readonly writable: WritableStream<Uint8Array>;
  };
  // The parser reads ahead of the caller: ids of messages count only when the message is taken, so only the first may run ahead.
  let hasMessages = false;
  const onId = (id: string): void => {
    if (!hasMessages) onIdOnly(id);
  };
  const messages = body
    .pipeThrough(decoder)
    .pipeThrough(new EventSourceParserStream({ maxBufferSize: MESSAGE_CHARACTERS_MAX, onId }));
  const reader = messages.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      if (value.event === "end") yield { kind: "end" };
      else if (value.event === "gap") yield { kind: "gap" };
      else
        yield { kind: "event", id: value.id ?? null, event: JSON.parse(value.data) as EventResource } as StreamMessage;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
