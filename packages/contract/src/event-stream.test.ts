import { expect, it } from "vitest";

import { readEventStream, type StreamMessage } from "./event-stream.ts";

const TEXT = [
  "retry: 1000\n\n: still here\n\n",
  "id: feed.0\n\n",
  'data: {"message":"grüße"}\n\n',
  'id: feed.2\ndata: {"message":"two"}\n\n',
  "event: gap\nid: feed.9\ndata: {}\n\n",
  "event: end\ndata: {}\n\n",
].join("");

const WHOLE = [
  { id: "feed.0", message: null },
  { id: null, message: { kind: "event", event: { message: "grüße" } } },
  { id: "feed.2", message: { kind: "event", event: { message: "two" } } },
  { id: "feed.9", message: { kind: "gap" } },
  { id: null, message: { kind: "end" } },
];

async function read(chunks: readonly Uint8Array[]): Promise<StreamMessage[]> {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  const messages: StreamMessage[] = [];
  for await (const message of readEventStream(body)) messages.push(message);
  return messages;
}

it("a stream gives its messages in order, with the ids to resume from", async () => {
  expect(await read([new TextEncoder().encode(TEXT)])).toEqual(WHOLE);
});

it("a stream gives the same messages wherever the network splits it", async () => {
  const bytes = new TextEncoder().encode(TEXT);
  for (let at = 1; at < bytes.length; at++)
    expect(await read([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(WHOLE);
});
