import { once } from "node:events";
import { connect, type Socket } from "node:net";

import { afterAll, beforeAll, expect, it, vi } from "vitest";

import { publish, pureDefinition, startHarness, type Harness } from "./harness.ts";

const LARGE = JSON.stringify(Array.from({ length: 50_000 }, () => ({ a: { b: "c" } })));
const SMALL = "{}";

let harness: Harness;
let path: string;
/** In the order in which they were read. */
const read: string[] = [];
beforeAll(async () => {
  harness = await startHarness({
    deliver: (runtime, delivery) => {
      read.push((delivery.bodyText ?? "").length > SMALL.length ? "large" : "small");
      return runtime.deliver(delivery);
    },
  });
  ({ path } = await publish(harness.client, pureDefinition(), { bodyBytesMax: 10_485_760 }));
});
afterAll(() => harness.close());

interface Sender {
  /** Sends the last byte. */
  readonly finish: () => void;
  readonly answer: Promise<string>;
}

/** Sends a body but for its last byte. */
async function begin(body: string): Promise<Sender> {
  const socket: Socket = connect(harness.server.port, "127.0.0.1");
  const head = `POST ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json`;
  await new Promise((sent) =>
    socket.write(`${head}\r\ncontent-length: ${body.length}\r\n\r\n${body.slice(0, -1)}`, sent),
  );
  let seen = "";
  socket.setEncoding("utf8").on("data", (text: string) => (seen += text));
  return { finish: () => socket.write(body.slice(-1)), answer: once(socket, "close").then(() => seen) };
}

it("a small webhook does not wait for the large ones that came before it", async () => {
  const large = await Promise.all(Array.from({ length: 5 }, () => begin(LARGE)));
  const small = await begin(SMALL);
  // Everything has arrived except the last bytes, which arrive together.
  await vi.waitFor(async () => {
    const text = await (await fetch(`${harness.url}/metrics`)).text();
    const bytes = Number(/^meshhook_intake_bytes (\S+)$/m.exec(text)?.[1]);
    expect(bytes).toBeGreaterThanOrEqual(5 * (LARGE.length - 1) + 1);
  });
  for (const { finish } of [...large, small]) finish();
  for (const { answer } of [...large, small]) expect(await answer).toMatch(/^HTTP\/1\.1 202 /);
  expect(read).toEqual(["large", "small", "large", "large", "large", "large"]);
});
