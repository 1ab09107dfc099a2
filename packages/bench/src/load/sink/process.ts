/** The sink's process: answers every call and remembers it. Started by `sink.ts`. */
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { unixUs } from "../../measure/clock.ts";
import { Parent } from "../child/parent.ts";
import { MessageReader } from "../http/message-reader.ts";
import type { SinkCommand, SinkMessage } from "./protocol.ts";

const BODY = '{"accepted":true}';
const ANSWER = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${String(BODY.length)}\r\n\r\n${BODY}`;
const KEY = /\r\nidempotency-key: *([^\r\n]+)/i;
const RUN = /^[A-Z]+ [^ ?]*\?run=([0-9a-f-]{36})/;

const TICK_MS = 20;

let delayMs = 0;
let effects: string[] = [];
/** Every body that was seen, once: calls of a scenario repeat a few dozen of them. */
let bodies: string[] = [];
let bodyIds = new Map<string, number>();
/** What each answer took beyond the delay it was told, and how late a timer of the sink's own was: what a slow target adds by itself. */
let extraMs: number[] = [];
let connections = 0;
let connectionsOpened = 0;
let connectionsAtOnce = 0;

/** A scenario knows its bodies; beyond this many different ones, the rest is one. */
const BODIES_MAX = 10_000;

function bodyId(body: Buffer): number {
  const text = body.toString("utf8");
  let id = bodyIds.get(text);
  if (id === undefined) {
    if (bodies.length >= BODIES_MAX) return -1;
    id = bodies.push(text) - 1;
    bodyIds.set(text, id);
  }
  return id;
}

function p99Of(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(0.99 * values.length) - 1)] ?? 0;
}

let tickDueMs = performance.now() + TICK_MS;
setInterval(() => {
  extraMs.push(Math.max(0, performance.now() - tickDueMs));
  tickDueMs = performance.now() + TICK_MS;
}, TICK_MS);

const server = createServer({ noDelay: true }, (socket) => {
  const answer = (arrivedMs: number) => {
    extraMs.push(performance.now() - arrivedMs - delayMs);
    if (!socket.destroyed) socket.write(ANSWER, "latin1");
  };
  connections += 1;
  connectionsOpened += 1;
  connectionsAtOnce = Math.max(connectionsAtOnce, connections);
  socket.on("close", () => (connections -= 1));
  const reader = new MessageReader((head, body) => {
    effects.push(
      `${RUN.exec(head)?.[1] ?? ""}\t${KEY.exec(head)?.[1] ?? ""}\t${String(Math.round(unixUs()))}\t${String(bodyId(body))}`,
    );
    const arrivedMs = performance.now();
    if (delayMs === 0) answer(arrivedMs);
    else setTimeout(answer, delayMs, arrivedMs);
  });
  socket.on("data", (chunk: Buffer) => reader.push(chunk));
  socket.on("error", () => socket.destroy());
});

const parent = new Parent<SinkCommand, SinkMessage>((command) => {
  if (command.kind === "listen") {
    server.listen(0, "127.0.0.1", 1_024, () => {
      parent.send({ kind: "listening", port: (server.address() as AddressInfo).port });
    });
  } else if (command.kind === "reset") {
    delayMs = command.delayMs;
    effects = [];
    bodies = [];
    bodyIds = new Map();
    extraMs = [];
    connectionsOpened = connections;
    connectionsAtOnce = connections;
    parent.send({ kind: "resetDone" });
  } else {
    writeFileSync(command.path, effects.join("\n"));
    parent.send({
      kind: "reported",
      effects: effects.length,
      bodies,
      reopened: connectionsOpened - connectionsAtOnce,
      extraMsP99: p99Of(extraMs),
    });
  }
});
parent.send({ kind: "ready" });
